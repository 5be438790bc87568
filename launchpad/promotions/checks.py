"""Asks AWS what a config can't say of a promoted model: is it approved, did it pass, are these its bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from launchpad.platform_client.model_packages import APPROVED, metrics_in
from launchpad.promotions.artifacts import Progress, stored_digest
from launchpad.promotions.denials import is_denied
from launchpad.promotions.promotion import Clients, Promotion
from launchpad.requests import RequestError
from launchpad.requests.quality import check_quality


@dataclass(frozen=True)
class Doubt:
    """What is wrong with a promoted model, or what AWS did not let the caller see."""

    text: str
    remedy: str
    is_certain: bool = True
    """Whether it is wrong; otherwise it could not be asked."""


def doubts(clients: Clients, promotion: Promotion, progress: Progress) -> Iterator[Doubt]:
    """What speaks against serving it. Reads the artifact whole, unless S3 has its SHA-256."""
    yield from registered(clients, promotion)
    yield from _same_bytes(clients, promotion, progress)


def registered(clients: Clients, promotion: Promotion) -> Iterator[Doubt]:
    """What its version in the model registry speaks against it."""
    arn = promotion.promoted.model_package
    remedy = f"let environment {promotion.source} promote here: `promotes_to` in its config, then deploy it"
    try:
        package = clients.client("sagemaker").describe_model_package(ModelPackageName=arn)
    except ClientError as error:
        if not is_denied(error):
            yield Doubt(f"{arn} can't be read: {_words(error)}", "promote a version that exists")
        else:
            yield Doubt(f"{arn} may not be read: {_words(error)}", remedy, is_certain=False)
        return
    yield from wrong_package(package, promotion)


def withdrawn(clients: Clients, promotion: Promotion) -> Iterator[Doubt]:
    """Whether the version of a model that was copied earlier is no longer approved.

    Nothing else counts: the environment must not depend on the one before, nor on a gate that was raised since.
    """
    try:
        package = clients.client("sagemaker").describe_model_package(ModelPackageName=promotion.promoted.model_package)
    except ClientError:
        return
    yield from _not_approved(package, promotion)


def wrong_package(package: Mapping[str, Any], promotion: Promotion) -> Iterator[Doubt]:
    """What is wrong with the response of DescribeModelPackage."""
    group, number = _name(package)
    yield from _not_approved(package, promotion)
    try:
        check_quality(promotion.workload.model_dump(), metrics_in(package))
    except RequestError as error:
        text = str(error).removesuffix("; nothing was deployed")
        yield Doubt(f"version {number} of {group} does not pass, {text}", "promote a version that passes")
    artifact = package["InferenceSpecification"]["Containers"][0].get("ModelDataUrl", "")
    if artifact.partition("://")[2].partition("/")[2] != promotion.promoted.object_key:
        yield Doubt(
            f"version {number} of {group} is the artifact {artifact}, and the pin has {promotion.promoted.artifact}",
            "write the pin with `launchpad promote`",
        )


def _not_approved(package: Mapping[str, Any], promotion: Promotion) -> Iterator[Doubt]:
    group, number = _name(package)
    if (status := package["ModelApprovalStatus"]) != APPROVED:
        environment = group.partition("-")[0]
        approve = f"`launchpad approve {promotion.workload.name} --version {number} --env {environment}`"
        yield Doubt(f"version {number} of {group} is {status}", f"approve it ({approve}), or promote another version")


def _name(package: Mapping[str, Any]) -> tuple[str, str]:
    """The group and the number of a version."""
    group, _, number = str(package["ModelPackageArn"]).rpartition("model-package/")[2].partition("/")
    return group, number


def _same_bytes(clients: Clients, promotion: Promotion, progress: Progress) -> Iterator[Doubt]:
    promoted = promotion.promoted
    try:
        digest = stored_digest(clients.client("s3"), promoted.bucket, promoted.object_key, progress)
    except ClientError as error:
        if not is_denied(error):
            raise
        digest = None
    if digest is None:
        remedy = f"it was deleted, or bucket and key of {promotion.source} do not let this environment in: deploy it"
        yield Doubt(f"{promoted.artifact} can't be read", remedy, is_certain=False)
    elif digest != promoted.sha256:
        yield other_bytes(promoted.artifact, digest, promoted.sha256)


def other_bytes(uri: str, digest: str, pinned: str) -> Doubt:
    """An artifact is not what was approved."""
    text = f"{uri} has the SHA-256 {digest}, and {pinned} is pinned: it was overwritten after its promotion"
    return Doubt(text, "find out who wrote it; promote again what you trust")


def _words(error: ClientError) -> str:
    return str(error.response["Error"].get("Message", error))
