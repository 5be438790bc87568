"""Chooses what is promoted: an approved version of the registry, or what a pinned environment has in service.

An environment that serves a promoted model registers nothing: what it proved is what its endpoint serves, and the
version is still the one of the environment where the model was trained.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.endpoints import SERVING, config_artifact, job_of
from launchpad.platform_client.model_packages import APPROVED, Version, find_version, newest_approved, version_in
from launchpad.platform_client.ownership import unless_gone
from launchpad.platform_client.platform import find_platform, key_arn
from launchpad.platform_client.records import record_of
from launchpad.promotions.artifacts import Progress, read_digest
from launchpad.promotions.companions import Companions, companions, training_facts
from launchpad.promotions.promotion import as_promotion_role
from launchpad.requests import RequestError
from launchpad.requests.names import endpoint_name
from launchpad.requests.quality import check_quality

if TYPE_CHECKING:
    from launchpad.settings.pinned_models import PromotedModel
    from launchpad.workload import Workload


@dataclass(frozen=True)
class Candidate:
    """A model that may be promoted, with what is known of it."""

    workload: str
    source: str
    model_package: str
    artifact: str
    key: str
    sha256: str
    size: int
    version: Version | None = None
    """None where its registry, which is in another account, can't be read."""
    unread: str = ""
    """Why that can't be read."""
    record: Mapping[str, Any] = field(default_factory=dict)
    """The platform's record of its training job; empty if that can't be read, or was not kept."""
    pinned_facts: Mapping[str, str] = field(default_factory=dict)
    """What the environment's own pin says of the training."""
    companions: Companions = field(default_factory=Companions)

    @property
    def number(self) -> int:
        """The version's number."""
        return int(self.model_package.rpartition("/")[2])

    @property
    def group(self) -> str:
        """The name of its model package group."""
        return self.model_package.split("/")[-2]

    @property
    def job(self) -> str:
        """The training job that made it."""
        return job_of(self.artifact) or ""

    @property
    def trained(self) -> Mapping[str, str]:
        """The known facts of its training: by the job's record, else as they were pinned."""
        return training_facts(self.record) or self.pinned_facts

    @property
    def pin(self) -> dict[str, Any]:
        """What a config says of it below `promoted`."""
        return {
            "from": self.source,
            "model_package": self.model_package,
            "artifact": self.artifact,
            "key": self.key,
            "sha256": self.sha256,
            **self.companions.pin,
            **({"trained": self.trained} if self.trained else {}),
        }


def choose(connection: Connection, workload: Workload, number: int | None, progress: Progress) -> Candidate:
    """The newest approved version, or the one with this number; where a promoted model is served, that one.

    Reads the artifact whole, for its SHA-256.

    Raises:
        LaunchpadError: there is none, it is not approved, misses its gate, or its artifact is gone.
    """
    pin = next((pin for pin in connection.settings.endpoints if pin.workload == workload.name), None)
    if pin and pin.promoted:
        return _served(connection, workload, pin.promoted, number, progress)
    version = newest_approved(connection, workload.name) if number is None else _numbered(connection, workload, number)
    _pass(version, workload)
    return _candidate(connection, workload, version.arn, version.artifact, progress, version=version)


def _numbered(connection: Connection, workload: Workload, number: int) -> Version:
    version = find_version(connection, workload.name, number)
    if version.status != APPROVED:
        raise LaunchpadError(
            f"version {number} of {version.group} is {version.status}: approve it with"
            f" `launchpad approve {workload.name} --version {number} --env {connection.name}`"
        )
    return version


def _served(
    connection: Connection, workload: Workload, promoted: PromotedModel, number: int | None, progress: Progress
) -> Candidate:
    """What an environment serves of the promoted model that it pins."""
    pinned, environment = int(promoted.model_package.rpartition("/")[2]), connection.name
    if number not in (None, pinned):
        raise LaunchpadError(
            f"{environment} proves version {pinned} of {workload.name}, which its config pins, not version {number}:"
            f" promote that to {environment} first"
        )
    artifact = promoted.copy_in(find_platform(connection).model_bucket)
    serves = _in_service(connection, workload.name)
    if serves != artifact:
        raise LaunchpadError(
            f"endpoint {endpoint_name(environment, workload.name)} serves {serves or 'nothing'}, and the config pins"
            f" {artifact}: run `launchpad deploy --env {environment}`, and try the endpoint before you promote it"
        )
    package, unread = _package(connection, promoted.model_package)
    version = version_in(package) if package else None
    if version:
        _pass(version, workload)
    chosen = _candidate(
        connection, workload, promoted.model_package, artifact, progress, version=version, unread=unread
    )
    if chosen.sha256 != promoted.sha256:
        raise LaunchpadError(
            f"{artifact} has the SHA-256 {chosen.sha256}, and {environment} pins {promoted.sha256}: it was overwritten;"
            f" find out who wrote it, delete it, and run `launchpad deploy --env {environment}`"
        )
    facts = promoted.trained.model_dump(exclude_none=True) if promoted.trained else {}
    return replace(chosen, pinned_facts=facts)


def _in_service(connection: Connection, workload: str) -> str:
    """The artifact that the workload's endpoint serves; empty if it is not in service."""
    sagemaker = connection.client("sagemaker")
    endpoint = unless_gone(sagemaker.describe_endpoint, EndpointName=endpoint_name(connection.name, workload))
    if endpoint is None or endpoint["EndpointStatus"] != SERVING:
        return ""
    return config_artifact(sagemaker, endpoint["EndpointConfigName"])[1]


def _package(connection: Connection, arn: str) -> tuple[Mapping[str, Any] | None, str]:
    """The response of DescribeModelPackage, or why it can't be read: with the promotion role, or as the caller."""
    role = as_promotion_role(connection)
    try:
        client = (role or connection).client("sagemaker")
        return client.describe_model_package(ModelPackageName=arn), ""
    except ClientError as error:
        return None, str(error.response["Error"].get("Message", error))


def _pass(version: Version, workload: Workload) -> None:
    """Refuse a version that is not approved, or misses the workload's gate.

    Raises:
        LaunchpadError: it does.
    """
    if version.status != APPROVED:
        raise LaunchpadError(f"version {version.number} of {version.group} is {version.status}: it may not be served")
    try:
        check_quality(workload.model_dump(), version.metrics)
    except RequestError as error:
        text = str(error).removesuffix("; nothing was deployed")
        raise LaunchpadError(
            f"version {version.number} of {version.group} does not pass, {text}; choose another with --version"
        ) from None


def _candidate(
    connection: Connection,
    workload: Workload,
    package: str,
    artifact: str,
    progress: Progress,
    *,
    version: Version | None,
    unread: str = "",
) -> Candidate:
    s3 = connection.client("s3")
    bucket, _, key = artifact.removeprefix("s3://").partition("/")
    head = unless_gone(s3.head_object, Bucket=bucket, Key=key) if key else None
    if head is None:
        raise LaunchpadError(
            f"the artifact of {package} is gone ({artifact or 'it has none'}): train it again, or choose another"
            " version"
        )
    encrypted_by = head.get("SSEKMSKeyId") or key_arn(connection)
    if not encrypted_by:
        raise LaunchpadError(
            f"the key that encrypts {artifact} is not known: run `launchpad deploy --env {connection.name}`, whose"
            " storage stack then puts it out"
        )
    return Candidate(
        workload=workload.name,
        source=connection.name,
        model_package=package,
        artifact=artifact,
        key=encrypted_by,
        sha256=read_digest(s3, bucket, key, progress),
        size=int(head["ContentLength"]),
        version=version,
        unread=unread,
        record=_record(connection, workload.name, version.artifact if version else artifact),
        companions=companions(connection, workload, artifact, progress),
    )


def _record(connection: Connection, workload: str, artifact: str) -> Mapping[str, Any]:
    """The record of the job that made an artifact, which is in that one's bucket; empty if it can't be read."""
    bucket = artifact.removeprefix("s3://").partition("/")[0]
    platform = replace(find_platform(connection), model_bucket=bucket)
    try:
        return record_of(connection, platform, workload, job_of(artifact) or "") or {}
    except ClientError:  # the bucket of an environment in another account
        return {}
