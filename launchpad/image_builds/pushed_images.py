"""What Amazon ECR has of the images that a deploy pushes, and whether SageMaker can run it (DescribeImages).

An image that exists is never pushed again: its tag is a hash of its sources, and tags are immutable. So an image in a
format that SageMaker can't run stays until it is deleted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from launchpad.image_builds.assembly_images import AssemblyImage
from launchpad.images.manifests import RUNNABLE_MEDIA_TYPE
from launchpad.messages.errors import LaunchpadError

_MISSING = ("ImageNotFoundException", "RepositoryNotFoundException")
_DENIED = "AccessDeniedException"
"""A caller that may only assume the publishing role can't look; the CDK CLI then does, as that role."""


def media_types(ecr: Any, images: Iterable[AssemblyImage]) -> Mapping[AssemblyImage, str]:
    """The media type of each image's manifest, without the images that don't exist or that the caller may not see."""
    types = ((image, _media_type(ecr, image)) for image in images)
    return {image: media_type for image, media_type in types if media_type is not None}


def refuse_unrunnable(types: Mapping[AssemblyImage, str], region: str) -> None:
    """Refuse images that SageMaker can't run.

    Raises:
        LaunchpadError: names each with its media type, and the commands that make room for a good one.
    """
    images = unrunnable(types)
    if not images:
        return
    lines = [f"  {image} ({media_type})" for image, media_type in images.items()]
    remedies = [f"  {command}" for image in images for command in removal(image, region)]
    raise LaunchpadError(
        f"SageMaker runs only images with a manifest of type {RUNNABLE_MEDIA_TYPE}, but Amazon ECR has\n"
        + "\n".join(lines)
        + "\nAn image that exists is not pushed again: delete each, in ECR and here, then deploy again with Docker and"
        " its plugin buildx:\n" + "\n".join(remedies)
    )


def unrunnable(types: Mapping[AssemblyImage, str]) -> dict[AssemblyImage, str]:
    """The images that SageMaker can't run, with their media types."""
    return {image: media_type for image, media_type in types.items() if media_type != RUNNABLE_MEDIA_TYPE}


def removal(image: AssemblyImage, region: str) -> tuple[str, str]:
    """The commands that delete an image, in ECR and as the CDK CLI keeps it in Docker, where it is not built again."""
    repository = f"--region {region} --repository-name {image.repository}"
    return (
        f"aws ecr batch-delete-image {repository} --image-ids imageTag={image.tag}",
        f"docker image rm --force cdkasset-{image.tag}",
    )


def _media_type(ecr: Any, image: AssemblyImage) -> str | None:
    try:
        response = ecr.describe_images(repositoryName=image.repository, imageIds=[{"imageTag": image.tag}])
    except ClientError as error:
        if error.response["Error"]["Code"] in (*_MISSING, _DENIED):
            return None
        raise
    return str(response["imageDetails"][0].get("imageManifestMediaType", "unknown"))
