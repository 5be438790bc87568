"""Old endpoint configurations, models and model packages. None of them costs anything; quotas count them.

Only what has the environment's name and tag and no stack is deleted. SageMaker deletes a model or a configuration that
an endpoint uses without a word (API reference, DeleteEndpointConfig: "you may lose visibility into the instance type"),
so whether it is used is looked up here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError
from housekeeping_rows import Row
from platform_access import ENVIRONMENT, tags_of
from retention_references import Names, References, sagemaker
from retention_rows import Rules

from launchpad.requests import RequestError

CONFIG, MODEL, PACKAGE = "endpoint configuration", "model", "model package"
UNAPPROVED = ("PendingManualApproval", "Rejected")
GONE = ("Could not find", "does not exist")
_PREFIX = f"{ENVIRONMENT.name}-"


def old_configs(references: References, rules: Rules) -> Iterator[Row]:
    """Yield the endpoint configurations that no endpoint uses and no rollback needs."""
    summaries = _old(references, "list_endpoint_configs", "EndpointConfig", "EndpointConfigs", rules)
    if summaries:
        used = Names(references.served, references.records)
        reason = "no endpoint uses it"
        yield from _unused(CONFIG, summaries, "EndpointConfig", used, rules, reason)


def old_models(references: References, rules: Rules) -> Iterator[Row]:
    """Yield the models that no endpoint, newer endpoint configuration, job, rollback or monitoring needs."""
    summaries = _old(references, "list_models", "Model", "Models", rules)
    if summaries:
        jobs = (references.running, references.transforms)
        used = Names(references.served, references.configs, references.records, *jobs)
        yield from _unused(MODEL, summaries, "Model", used, rules, "no endpoint configuration uses it")


def old_packages(references: References, rules: Rules) -> Iterator[Row]:
    """Yield the versions that were never approved, or rejected, and are not the newest of their group."""
    limit = rules.limit("model_packages_days")
    versions = [version for group in _groups(references) for version in _superseded(references, group, limit)]
    if not versions:
        return
    used = Names(references.pins, references.models, references.records, references.running)
    for arn in versions:
        version = sagemaker().describe_model_package(ModelPackageName=arn)
        since = max(version["CreationTime"], version.get("LastModifiedTime", version["CreationTime"]))
        if arn not in used and since < limit:
            reason = "it was rejected" if version["ModelApprovalStatus"] == "Rejected" else "it was never approved"
            yield rules.row(PACKAGE, arn.partition("/")[2], arn, since, "model_packages_days", reason)


def remove_from_sagemaker(row: Row) -> None:
    """Delete a model, an endpoint configuration, or a version that is still not approved; one that is gone is fine.

    Raises:
        RequestError: the version was approved meanwhile.
    """
    delete: Mapping[str, tuple[Callable[..., Any], str, str]] = {
        CONFIG: (sagemaker().delete_endpoint_config, "EndpointConfigName", row.name),
        MODEL: (sagemaker().delete_model, "ModelName", row.name),
        PACKAGE: (sagemaker().delete_model_package, "ModelPackageName", row.arn),
    }
    operation, member, name = delete[row.kind]
    try:
        if row.kind == PACKAGE:
            status = sagemaker().describe_model_package(ModelPackageName=name)["ModelApprovalStatus"]
            if status not in UNAPPROVED:
                raise RequestError(f"it is {status} by now")
        operation(**{member: name})
    except ClientError as error:
        if not any(words in str(error) for words in GONE):
            raise


def _old(references: References, operation: str, noun: str, member: str, rules: Rules) -> list[Mapping[str, Any]]:
    """The environment's models or configurations that are old enough."""
    listed = references.listed(operation, member, NameContains=_PREFIX, CreationTimeBefore=rules.limit("models_days"))
    return [summary for summary in listed if summary[f"{noun}Name"].startswith(_PREFIX)]


def _unused(
    kind: str, summaries: list[Mapping[str, Any]], noun: str, used: Names, rules: Rules, reason: str
) -> Iterator[Row]:
    for summary in summaries:
        name, arn = summary[f"{noun}Name"], summary[f"{noun}Arn"]
        if name not in used and _is_own(arn):
            yield rules.row(kind, name, arn, summary["CreationTime"], "models_days", reason)


def _is_own(arn: str) -> bool:
    """Whether the platform made it, and no stack has it."""
    tags = tags_of(sagemaker(), arn)
    return tags.get("launchpad:environment") == ENVIRONMENT.name and "aws:cloudformation:stack-name" not in tags


def _groups(references: References) -> Iterator[str]:
    """The model package groups of this environment's workloads; versions have no tags."""
    for group in references.listed("list_model_package_groups", "ModelPackageGroupSummaryList", NameContains=_PREFIX):
        if group["ModelPackageGroupName"].startswith(_PREFIX) and _is_own(group["ModelPackageGroupArn"]):
            yield group["ModelPackageGroupName"]


def _superseded(references: References, group: str, limit: datetime) -> list[str]:
    """The group's old versions that are not approved, without the newest of all."""
    versions = list(references.listed("list_model_packages", "ModelPackageSummaryList", ModelPackageGroupName=group))
    newest = max((version["ModelPackageVersion"] for version in versions), default=0)
    return [
        version["ModelPackageArn"]
        for version in versions
        if version["ModelPackageVersion"] != newest
        and version["ModelApprovalStatus"] in UNAPPROVED
        and version["CreationTime"] < limit
    ]
