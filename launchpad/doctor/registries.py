"""The registries of base images: whether a build can pull from them with the caller's credentials."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from botocore.exceptions import ClientError

from launchpad.doctor.check import Check, Finding, ok, problem, unknown
from launchpad.doctor.deployment import Deployment
from launchpad.doctor.docker import NOT_NEEDED
from launchpad.doctor.names import DENIED
from launchpad.image_builds.docker_engine import image_problem, read_engine
from launchpad.images.base_images import base_images
from launchpad.images.image_lock import ECR_IMAGE


def checks() -> list[Check]:
    """All checks of this group."""
    return [Check("registries", "login", login), Check("registries", "base images", bases)]


def login(deployment: Deployment) -> Iterable[Finding]:
    """Get a token of Amazon ECR, with which Docker logs in to AWS's registries and to the account's own."""
    if not deployment.images:
        yield ok(NOT_NEEDED)
        return
    try:
        deployment.client("ecr").get_authorization_token()
    except ClientError as error:
        if error.response["Error"]["Code"] not in DENIED:
            raise
        yield problem("you may not get a token of Amazon ECR", "ask for `ecr:GetAuthorizationToken`")
        return
    yield ok("you may get a token of Amazon ECR")


def bases(deployment: Deployment) -> Iterable[Finding]:
    """Read each base image's manifest: from Amazon ECR by its API, from other registries by Docker."""
    if not deployment.images:
        return
    images = base_images(deployment.settings.name)
    failures = [finding for image in images if (finding := _unreadable(deployment, image))]
    yield from failures
    if not failures:
        yield ok(f"all {len(images)} can be read")


def _unreadable(deployment: Deployment, image: str) -> Finding | None:
    match = ECR_IMAGE.fullmatch(image)
    if match:
        account, _, repository, tag = match.groups()
        return _not_in_ecr(deployment, image, account, repository, tag or "latest")
    if reason := read_engine(deployment.variables).problem:
        return unknown(f"{image}: {reason}")
    if reason := image_problem(image, deployment.variables):
        return problem(f"{image}: {reason}", "check the network and `docker login`")
    return None


def _not_in_ecr(deployment: Deployment, image: str, account: str, repository: str, tag: str) -> Finding | None:
    tags: Sequence[dict[str, str]] = [{"imageTag": tag}]
    try:
        response = deployment.client("ecr").batch_get_image(
            registryId=account, repositoryName=repository, imageIds=tags
        )
    except ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
        return problem(f"{image}: {message} ({code})", "ask for the permissions to pull it, in docs/github.md#roles")
    if not response["images"]:
        return problem(f"{image} doesn't exist", "renew the image lock: `launchpad images lock`")
    return None
