"""What comes before and after the CDK CLI builds and pushes images: Docker, logins, and a look at what was pushed.

The CDK CLI asks Amazon ECR for each image's tag first. It starts Docker only for an image that doesn't exist.
"""

from __future__ import annotations

from collections.abc import Sequence

from launchpad.image_builds.assembly_images import AssemblyImage
from launchpad.image_builds.docker_engine import read_engine
from launchpad.image_builds.pushed_images import media_types, refuse_unrunnable
from launchpad.image_builds.registry_logins import log_in
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection


def prepare_docker(connection: Connection, images: Sequence[AssemblyImage]) -> list[str]:
    """Get Docker ready to build the images that don't exist yet. Return the registries that it was logged in to.

    Raises:
        LaunchpadError: an image has to be built and Docker can't, or SageMaker can't run one that exists.
    """
    existing = media_types(connection.client("ecr"), images) if images else {}
    refuse_unrunnable(existing, connection.settings.region)
    missing = [image for image in images if image not in existing]
    if not missing:
        return []
    variables = connection.variables()
    engine = read_engine(variables)
    if engine.problem:
        names = ", ".join(image.container for image in missing)
        raise LaunchpadError(f"these images must be built, which takes Docker: {names}. {engine.problem}")
    registries = sorted(frozenset[str]().union(*(image.base_registries for image in missing)))
    for registry in registries:
        log_in(connection.session, registry, variables)
    return registries


def check_pushed(connection: Connection, images: Sequence[AssemblyImage]) -> None:
    """Check after the deploy that SageMaker can run what was pushed: its jobs would fail, minutes or days later.

    Raises:
        LaunchpadError: it can't; carries the remedy.
    """
    if images:
        refuse_unrunnable(media_types(connection.client("ecr"), images), connection.settings.region)
