"""Docker, where an image has to be built: not on the local AWS, and not for images that were pushed before.

`launchpad deploy` doesn't run these checks first, because it prepares Docker itself before any stack
(`launchpad/image_builds/preparation.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from botocore.exceptions import BotoCoreError, ClientError

from launchpad.doctor.check import Check, Finding, ok, problem, warning
from launchpad.doctor.deployment import Deployment
from launchpad.image_builds.assembly_images import AssemblyImage
from launchpad.image_builds.docker_engine import DockerEngine, read_engine
from launchpad.image_builds.pushed_images import media_types, removal, unrunnable

NOT_NEEDED = "not needed: no image is built"
REMEDY = "install and start Docker with its plugin buildx"


def checks() -> list[Check]:
    """All checks of this group."""
    return [Check("Docker", "engine", engine, asks_aws=False), Check("Docker", "pushed images", pushed)]


def engine(deployment: Deployment) -> Iterable[Finding]:
    """Read the engine; without one, ask Amazon ECR which images would have to be built."""
    if not deployment.images:
        yield ok(NOT_NEEDED)
        return
    docker = read_engine(deployment.variables)
    if docker.problem is None:
        yield ok(_versions(docker))
        return
    try:
        existing = media_types(deployment.client("ecr"), deployment.images)
    except (ClientError, BotoCoreError):
        yield warning(f"{docker.problem} (whether an image has to be built could not be asked)", REMEDY)
        return
    yield _without_docker(docker.problem, deployment, existing)


def pushed(deployment: Deployment) -> Iterable[Finding]:
    """Look at the format of images that exist: SageMaker runs only Docker's, and a bad image is never pushed again."""
    if not deployment.images:
        return
    existing = media_types(deployment.client("ecr"), deployment.images)
    images = unrunnable(existing)
    for image, media_type in images.items():
        in_ecr, in_docker = removal(image, deployment.settings.region)
        yield problem(
            f"SageMaker doesn't run {image.container} in the format {media_type}",
            f"`{in_ecr}` and `{in_docker}`, then deploy again",
        )
    if not images:
        yield ok(f"{len(existing)} of {len(deployment.images)} exist, in a format that SageMaker runs")


def _without_docker(reason: str, deployment: Deployment, existing: Mapping[AssemblyImage, str]) -> Finding:
    missing = [image.container for image in deployment.images if image not in existing]
    if not missing:
        return ok(f"not needed: all {len(existing)} images are in Amazon ECR ({reason})")
    return problem(f"{reason}. To build: {', '.join(missing)}", REMEDY)


def _versions(docker: DockerEngine) -> str:
    parts = {
        "daemon": docker.server_version,
        "client": docker.client_version,
        "buildx": docker.buildx_version,
        "image store": docker.image_store,
    }
    return ", ".join(f"{part} {value}" for part, value in parts.items() if value)
