"""Asks AWS what a config can't say of a pinned model: is it approved, did it pass, are these its bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from launchpad.platform_client.model_packages import APPROVED, metrics_in
from launchpad.promotions.artifacts import ABSENT, Progress, stored_digest
from launchpad.promotions.denials import is_denied
from launchpad.promotions.promotion import Promotion, Reader
from launchpad.requests import RequestError
from launchpad.requests.quality import check_quality

if TYPE_CHECKING:
    from launchpad.workload import Workload


@dataclass(frozen=True)
class Doubt:
    """What is wrong with a promoted model, or what AWS did not let the caller see."""

    text: str
    remedy: str
    is_certain: bool = True
    """Whether it is wrong; otherwise it could not be asked."""


def judge(reader: Reader, promotion: Promotion, bucket: str | None, progress: Progress) -> tuple[bool, list[Doubt]]:
    """Whether the environment's own model bucket has its copy, and what speaks against serving it.

    `bucket` is None before the environment's first deploy. A copy counts for itself, but for a withdrawn approval.
    """
    files = promotion.promoted.files
    digests = {key: stored_digest(reader.client("s3"), bucket, key, progress) for key in files} if bucket else {}
    others = [key for key, digest in digests.items() if digest not in (None, files[key])]
    if others:
        return True, [other_copy(f"s3://{bucket}/{key}", str(digests[key]), files[key]) for key in others]
    if not digests or None in digests.values():
        return False, list(doubts(reader, promotion, progress))
    return True, list(withdrawn(reader, promotion))


def doubts(reader: Reader, promotion: Promotion, progress: Progress) -> Iterator[Doubt]:
    """What speaks against serving it. Reads the artifact whole, unless S3 has its SHA-256."""
    yield from registered(reader, promotion)
    yield from _same_bytes(reader, promotion, progress)


def registered(reader: Reader, promotion: Promotion) -> Iterator[Doubt]:
    """What its version in the model registry speaks against it."""
    remedy = f"let environment {promotion.source} promote here: `promotes_to` in its config, then deploy it"
    package = _described(reader, promotion.promoted.model_package, "promote a version that exists", remedy)
    if isinstance(package, Doubt):
        yield package
        return
    yield from _unfit(package, promotion.workload)
    group, number = _name(package)
    artifact = package["InferenceSpecification"]["Containers"][0].get("ModelDataUrl", "")
    if artifact.partition("://")[2].partition("/")[2] != promotion.promoted.object_key:
        yield Doubt(
            f"version {number} of {group} is the artifact {artifact}, and the pin has {promotion.promoted.artifact}",
            "write the pin with `launchpad promote`",
        )


def own_version(reader: Reader, arn: str, workload: Workload) -> Iterator[Doubt]:
    """What speaks against a version of the environment's own group (`model_package`)."""
    remedy = f"let the caller do sagemaker:DescribeModelPackage on {arn}"
    package = _described(reader, arn, "pin a version that exists", remedy)
    if isinstance(package, Doubt):
        yield package
    else:
        yield from _unfit(package, workload)


def readable(reader: Reader, uri: str) -> Iterator[Doubt]:
    """Whether a pinned artifact (`model_data`) exists. S3 answers 403 to a caller without s3:ListBucket."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    try:
        reader.client("s3").head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if is_denied(error):
            remedy = f"let the caller do s3:GetObject on it, and s3:ListBucket on {bucket}"
            yield Doubt(f"{uri} does not exist, or may not be read", remedy, is_certain=False)
        elif error.response["Error"]["Code"] in ABSENT:
            yield Doubt(f"{uri} does not exist", "pin an artifact that exists")
        else:
            raise


def withdrawn(reader: Reader, promotion: Promotion) -> Iterator[Doubt]:
    """Whether the version of a model that was copied earlier is no longer approved.

    Nothing else counts: the environment must not depend on the one before, nor on a gate that was raised since.
    """
    try:
        package = reader.client("sagemaker").describe_model_package(ModelPackageName=promotion.promoted.model_package)
    except ClientError:
        return
    yield from _not_approved(package, promotion.workload)


def _described(reader: Reader, arn: str, absent: str, denied: str) -> Mapping[str, Any] | Doubt:
    """The response of DescribeModelPackage, or why there is none, with the remedy for each case."""
    try:
        package: Mapping[str, Any] = reader.client("sagemaker").describe_model_package(ModelPackageName=arn)
    except ClientError as error:
        if is_denied(error):
            return Doubt(f"{arn} may not be read: {_words(error)}", denied, is_certain=False)
        return Doubt(f"{arn} can't be read: {_words(error)}", absent)
    return package


def _unfit(package: Mapping[str, Any], workload: Workload) -> Iterator[Doubt]:
    """Whether the version of a response of DescribeModelPackage is not approved, or misses the workload's gate."""
    group, number = _name(package)
    yield from _not_approved(package, workload)
    try:
        check_quality(workload.model_dump(), metrics_in(package))
    except RequestError as error:
        text = str(error).removesuffix("; nothing was deployed")
        yield Doubt(f"version {number} of {group} does not pass, {text}", "promote a version that passes")


def _not_approved(package: Mapping[str, Any], workload: Workload) -> Iterator[Doubt]:
    group, number = _name(package)
    if (status := package["ModelApprovalStatus"]) != APPROVED:
        environment = group.partition("-")[0]
        approve = f"`launchpad approve {workload.name} --version {number} --env {environment}`"
        yield Doubt(f"version {number} of {group} is {status}", f"approve it ({approve}), or promote another version")


def _name(package: Mapping[str, Any]) -> tuple[str, str]:
    """The group and the number of a version."""
    group, _, number = str(package["ModelPackageArn"]).rpartition("model-package/")[2].partition("/")
    return group, number


def _same_bytes(reader: Reader, promotion: Promotion, progress: Progress) -> Iterator[Doubt]:
    bucket = promotion.promoted.bucket
    for key, pinned in promotion.promoted.files.items():
        uri = f"s3://{bucket}/{key}"
        try:
            digest = stored_digest(reader.client("s3"), bucket, key, progress)
        except ClientError as error:
            if not is_denied(error):
                raise
            digest = None
        if digest is None:
            remedy = (
                f"it was deleted, or bucket and key of {promotion.source} do not let this environment in: deploy it"
            )
            yield Doubt(f"{uri} can't be read", remedy, is_certain=False)
        elif digest != pinned:
            yield other_bytes(uri, digest, pinned)


def other_copy(uri: str, digest: str, pinned: str) -> Doubt:
    """The environment's own bucket has other bytes where the copy would be."""
    return Doubt(
        f"{uri} has the SHA-256 {digest}, and {pinned} is pinned",
        "either the pin is wrong (`launchpad promote` writes it again), or the copy was overwritten (delete it, then"
        " deploy, which copies it again)",
    )


def other_bytes(uri: str, digest: str, pinned: str) -> Doubt:
    """An artifact is not what was approved."""
    text = f"{uri} has the SHA-256 {digest}, and {pinned} is pinned: it was overwritten after its promotion"
    return Doubt(text, "find out who wrote it; promote again what you trust")


def _words(error: ClientError) -> str:
    return str(error.response["Error"].get("Message", error))
