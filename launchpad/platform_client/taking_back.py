"""Finds what an earlier deployment left in the account, so that the next one takes it back or says what is in the way.

Two ways exist. CloudFormation imports a named resource in the deployment itself (`ImportExistingResources`), if its
type is identified by that name. The key and the buckets have generated names: an import names each of them before.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from botocore.exceptions import ClientError

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.ownership import unless_gone
from launchpad.platform_client.platform import NEVER_CREATED, resources, stack_name, stacks
from launchpad.platform_client.retained import Retained, retained_resources

Templates = Mapping[str, Mapping[str, Any]]
"""Templates by the names of their stacks."""


@dataclass(frozen=True)
class Named:
    """A type of which the app's templates retain resources with fixed names."""

    property: str
    exists: Callable[[Connection, str], bool]
    remedy: str = ""
    """What to do about an existing one, if CloudFormation can't import it by its name."""


def _has_repository(connection: Connection, name: str) -> bool:
    return unless_gone(connection.client("ecr").describe_repositories, repositoryNames=[name]) is not None


def _has_server(connection: Connection, name: str) -> bool:
    describe = connection.client("sagemaker").describe_mlflow_tracking_server
    return unless_gone(describe, TrackingServerName=name) is not None


def _has_notebook(connection: Connection, name: str) -> bool:
    describe = connection.client("sagemaker").describe_notebook_instance
    return unless_gone(describe, NotebookInstanceName=name) is not None


def _has_domain(connection: Connection, name: str) -> bool:
    pages = connection.client("sagemaker").get_paginator("list_domains").paginate()
    return any(domain["DomainName"] == name for page in pages for domain in page["Domains"])


NAMED = {
    "AWS::ECR::Repository": Named("RepositoryName", _has_repository),
    "AWS::SageMaker::MlflowTrackingServer": Named("TrackingServerName", _has_server),
    "AWS::SageMaker::NotebookInstance": Named(
        "NotebookInstanceName",
        _has_notebook,
        "save the work on its volume, stop it, and delete it (`aws sagemaker delete-notebook-instance"
        " --notebook-instance-name {name}`), or give the notebook another name in the config",
    ),
    "AWS::SageMaker::Domain": Named(
        "DomainName",
        _has_domain,
        "save the work of its users, and delete the applications, spaces, users and the domain"
        " (`aws sagemaker list-domains` has its id, `aws sagemaker delete-domain` deletes it)",
    ),
}
"""The types, and how to find one by its name. Of the last two, CloudFormation's schemas have a read-only identifier."""
IDENTIFIERS = {"AWS::S3::Bucket": "BucketName", "AWS::KMS::Key": "KeyId"}
"""The types of the storage stack that are imported, and what identifies one in an import."""


@dataclass(frozen=True)
class Leftovers:
    """What the next deployment finds in the account."""

    storage: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Logical ids of the storage stack, with the identifiers of what is imported; empty if nothing is."""
    importable: tuple[Retained, ...] = ()
    """Resources that the deployment imports by their names."""
    in_the_way: tuple[Retained, ...] = ()
    """Resources with which the deployment would fail."""
    unknown: str = ""
    """Why the caller can't see what is left; empty if they can."""

    def of(self, selected: Collection[str]) -> Leftovers:
        """Leave out what the named stacks would not create; the key and buckets are taken back with any stack."""
        importable, in_the_way = (
            tuple(item for item in items if item.stack in selected) for items in (self.importable, self.in_the_way)
        )
        return replace(self, importable=importable, in_the_way=in_the_way)

    def refuse(self) -> None:
        """Refuse to deploy if something is in the way.

        Raises:
            LaunchpadError: has the resources, each with a remedy.
        """
        lines = [
            f"  {item.kind} {item.name}: {NAMED[item.kind].remedy.format(name=item.name)}" for item in self.in_the_way
        ]
        if lines:
            raise LaunchpadError(
                "an earlier deployment left what this one would create, and CloudFormation can't take it back:\n"
                + "\n".join(lines)
            )


NOTHING_LEFT = Leftovers()


def leftovers(connection: Connection, templates: Templates) -> Leftovers:
    """Look for what exists of what the templates would create; nothing is left of an environment that retains nothing.

    A caller who may only assume CDK's roles sees no stacks: then `unknown` says so.
    """
    if not connection.settings.retain_data:
        return NOTHING_LEFT
    try:
        existing = list(_existing(connection, templates))
        storage = _storage(connection, templates)
    except ClientError as error:
        if _is_denied(error):
            return Leftovers(unknown=str(error))
        raise
    return Leftovers(
        storage=storage,
        importable=tuple(item for item in existing if not NAMED[item.kind].remedy),
        in_the_way=tuple(item for item in existing if NAMED[item.kind].remedy),
    )


def _existing(connection: Connection, templates: Templates) -> Iterator[Retained]:
    deployed = _created(connection)
    for stack, template in templates.items():
        declared = {key: value for key, value in template.get("Resources", {}).items() if value["Type"] in NAMED}
        if not declared:
            continue
        managed = {item["LogicalResourceId"] for item in resources(connection, stack)} if stack in deployed else set()
        for logical_id, resource in declared.items():
            kind = NAMED[resource["Type"]]
            name = resource["Properties"].get(kind.property)
            if logical_id not in managed and isinstance(name, str) and _visible(kind.exists, connection, name):
                yield Retained(resource["Type"], logical_id, name, stack)


def _storage(connection: Connection, templates: Templates) -> dict[str, dict[str, str]]:
    """What to import into the storage stack: all of its key and buckets, because they name each other, or nothing."""
    name = stack_name(connection.name, "storage")
    if name not in templates or name in _created(connection):
        return {}
    retained = {item.logical_id: item for item in _left_by_the_last(connection, name)}
    declared = {key: value["Type"] for key, value in templates[name]["Resources"].items()}
    kinds = {key: kind for key, kind in declared.items() if kind in IDENTIFIERS}
    if any(key not in retained or retained[key].kind != kind for key, kind in kinds.items()):
        return {}
    if not all(_visible(_is_usable, connection, retained[key]) for key in kinds):
        return {}
    return {key: {IDENTIFIERS[kind]: retained[key].name} for key, kind in kinds.items()}


def _created(connection: Connection) -> set[str]:
    """The names of the stacks that manage something: one whose first creation failed is created again."""
    return {stack["StackName"] for stack in stacks(connection) if stack["StackStatus"] not in NEVER_CREATED}


def _left_by_the_last(connection: Connection, name: str) -> list[Retained]:
    """What the youngest deleted stack of this name that left anything left (ListStacks has those of 90 days).

    A younger one that left nothing is a creation that failed, and was deleted to be tried again.
    """
    cloudformation = connection.client("cloudformation")
    pages = cloudformation.get_paginator("list_stacks").paginate(StackStatusFilter=["DELETE_COMPLETE"])
    summaries = [stack for page in pages for stack in page["StackSummaries"] if stack["StackName"] == name]
    for stack in sorted(summaries, key=lambda stack: stack["CreationTime"], reverse=True):
        if remains := list(retained_resources(cloudformation, stack["StackId"])):
            return remains
    return []


def _is_usable(connection: Connection, item: Retained) -> bool:
    if item.kind == "AWS::S3::Bucket":
        try:
            connection.client("s3").head_bucket(Bucket=item.name)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("404", "NoSuchBucket"):
                return False
            raise
        return True
    key = unless_gone(connection.client("kms").describe_key, KeyId=item.name)
    return key is not None and key["KeyMetadata"]["KeyState"] == "Enabled"


def _visible(check: Callable[..., bool], *arguments: Any) -> bool:
    """Check it; False if the caller may not: then CloudFormation says what is in the way."""
    try:
        return check(*arguments)
    except ClientError as error:
        if _is_denied(error):
            return False
        raise


def _is_denied(error: ClientError) -> bool:
    return error.response["Error"]["Code"] in ("AccessDenied", "AccessDeniedException", "403")
