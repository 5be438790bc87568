"""Docker, where an image has to be built: not on the local AWS, and not for images that were pushed before."""

from __future__ import annotations

from collections.abc import Iterable

from botocore.exceptions import BotoCoreError, ClientError

from launchpad.doctor.assembly import ImageAsset
from launchpad.doctor.check import Check, Finding, ok, problem, warning
from launchpad.doctor.deployment import Deployment
from launchpad.image_builds.docker_engine import DockerEngine, read_engine

ABSENT = ("RepositoryNotFoundException", "ImageNotFoundException")


def checks() -> list[Check]:
    """All checks of this group."""
    return [Check("Docker", "engine", engine, cheap=True, asks_aws=False)]


def engine(deployment: Deployment) -> Iterable[Finding]:
    """Read the engine; without one, ask Amazon ECR which images would have to be built."""
    images = deployment.assembly.images if deployment.assembly else []
    if not deployment.builds_images or not images:
        yield ok("not needed: no image is built")
        return
    docker = read_engine(deployment.variables)
    if docker.problem is None:
        yield ok(_versions(docker))
        return
    yield _without_docker(docker.problem, missing_images(deployment, images), len(images))


def missing_images(deployment: Deployment, images: Iterable[ImageAsset]) -> list[ImageAsset] | None:
    """The images that are not in their repository yet (ECR DescribeImages); None if the caller may not ask."""
    client, missing = deployment.client("ecr"), []
    for image in images:
        try:
            client.describe_images(repositoryName=image.repository, imageIds=[{"imageTag": image.tag}])
        except ClientError as error:
            if error.response["Error"]["Code"] not in ABSENT:
                return None
            missing.append(image)
        except BotoCoreError:
            return None
    return missing


def _without_docker(reason: str, missing: list[ImageAsset] | None, count: int) -> Finding:
    remedy = "install and start Docker 23 or newer"
    if missing is None:
        return warning(f"{reason}. Whether an image has to be built could not be asked", remedy)
    if not missing:
        return ok(f"not needed: all {count} images are in Amazon ECR ({reason})")
    names = ", ".join(asset.repository for asset in missing)
    return problem(f"{reason}. To build: {names}", remedy)


def _versions(docker: DockerEngine) -> str:
    store = f", image store {docker.image_store}" if docker.image_store else ""
    return f"daemon {docker.server_version}, client {docker.client_version}, buildx {docker.buildx_version}{store}"
