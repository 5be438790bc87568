"""Versions of a workload's model package group: what the pipeline registered, and whether a person has approved it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.requests.names import endpoint_name

PENDING, APPROVED, REJECTED = "PendingManualApproval", "Approved", "Rejected"
"""The values of ModelApprovalStatus."""


@dataclass(frozen=True)
class Version:
    """One version of a group (DescribeModelPackage)."""

    arn: str
    status: str
    registered: datetime
    artifact: str
    """The S3 URI of the archive with the model, and with the scripts that serve it."""
    metrics: Mapping[str, float]

    @property
    def number(self) -> int:
        """The version's number, as in its ARN."""
        return int(self.arn.rpartition("/")[2])

    @property
    def group(self) -> str:
        """The name of its model package group."""
        return self.arn.split("/")[-2]


def read_version(connection: Connection, arn: str) -> Version:
    """Look a version up by its ARN (DescribeModelPackage)."""
    package = connection.client("sagemaker").describe_model_package(ModelPackageName=arn)
    return version_in(package)


def version_in(package: Mapping[str, Any]) -> Version:
    """The version that a response of DescribeModelPackage describes."""
    (container, *_) = package["InferenceSpecification"]["Containers"]
    return Version(
        arn=package["ModelPackageArn"],
        status=package["ModelApprovalStatus"],
        registered=package["CreationTime"],
        artifact=container.get("ModelDataUrl", ""),
        metrics=metrics_in(package),
    )


def find_version(connection: Connection, workload: str, number: int | None = None) -> Version:
    """The version of a workload's group with this number; without one, the newest that waits for approval.

    Raises:
        LaunchpadError: there is no such version.
    """
    summaries = list(_summaries(connection, workload))
    for summary in summaries:
        chosen = summary["ModelApprovalStatus"] == PENDING if number is None else _number(summary) == number
        if chosen:
            return read_version(connection, summary["ModelPackageArn"])
    raise LaunchpadError(_missing(connection.name, workload, number, summaries))


def newest_approved(connection: Connection, workload: str) -> Version:
    """The newest approved version of a workload's group.

    Raises:
        LaunchpadError: no version is approved.
    """
    version = approved_before(connection, workload)
    if version is None:
        summaries = list(_summaries(connection, workload))
        raise LaunchpadError(_missing(connection.name, workload, None, summaries, APPROVED))
    return version


def approved_before(connection: Connection, workload: str, number: int | None = None) -> Version | None:
    """The newest approved version of a workload's group, of those older than `number` if given; None without one."""
    for summary in sorted(_summaries(connection, workload), key=_number, reverse=True):
        older = number is None or _number(summary) < number
        if older and summary["ModelApprovalStatus"] == APPROVED:
            return read_version(connection, summary["ModelPackageArn"])
    return None


def set_approval(connection: Connection, version: Version, *, approved: bool) -> None:
    """Approve or reject a version (UpdateModelPackage)."""
    status = APPROVED if approved else REJECTED
    connection.client("sagemaker").update_model_package(ModelPackageArn=version.arn, ModelApprovalStatus=status)


def _summaries(connection: Connection, workload: str) -> Iterator[Mapping[str, Any]]:
    """The versions of a workload's group from ListModelPackages, the newest first; none if it has no group."""
    paginator = connection.client("sagemaker").get_paginator("list_model_packages")
    group = endpoint_name(connection.name, workload)
    try:
        for page in paginator.paginate(ModelPackageGroupName=group, SortBy="CreationTime", SortOrder="Descending"):
            yield from page["ModelPackageSummaryList"]
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("ValidationException", "ResourceNotFound"):
            raise


def _missing(
    environment: str,
    workload: str,
    number: int | None,
    summaries: list[Mapping[str, Any]],
    status: str = PENDING,
) -> str:
    group = endpoint_name(environment, workload)
    if not summaries:
        return (
            f"group {group} has no version; `launchpad pipeline run {workload} --env {environment}` trains a model, and"
            " registers one that passes its gate"
        )
    known = ", ".join(f"{_number(summary)} ({summary['ModelApprovalStatus']})" for summary in reversed(summaries[:10]))
    absence = f"no version {number}" if number is not None else _ABSENCE[status]
    remedy = "choose one with --version"
    if status == APPROVED:
        remedy = f"approve one with `launchpad approve {workload} --version N --env {environment}`"
    return f"group {group} has {absence}; its versions: {known}; {remedy}"


_ABSENCE = {PENDING: "no version that waits for approval", APPROVED: "no approved version"}


def _number(summary: Mapping[str, Any]) -> int:
    return int(summary["ModelPackageVersion"])


def metrics_in(package: Mapping[str, Any]) -> dict[str, float]:
    """The metrics in a package's properties: `package_request` writes them as text, and people may add others."""
    numbers = {}
    for name, text in package.get("CustomerMetadataProperties", {}).items():
        try:
            numbers[name] = float(text)
        except ValueError:
            continue
    return numbers
