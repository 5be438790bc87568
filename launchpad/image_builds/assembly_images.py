"""The images that a deploy of a cloud assembly pushes, read from its manifests of assets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from launchpad.cloud_assembly import read_stacks, selected_stacks
from launchpad.image_builds.docker_engine import registry_of

_PRIVATE_IMAGE = re.compile(r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.[a-z][a-z.]*[a-z]/[^\s\"']+")
"""An image in a private registry of Amazon ECR, which asks for a login."""


@dataclass(frozen=True)
class AssemblyImage:
    """One image: where it is pushed, and what it is built from."""

    repository: str
    """The repository's name in the environment's account and region."""
    tag: str
    """A hash of all that the image is built from."""
    base_registries: frozenset[str]
    """The private registries of Amazon ECR that its bases are pulled from."""

    @property
    def container(self) -> str:
        """The folder below `containers/`."""
        return self.repository.rpartition("/")[2]

    def __str__(self) -> str:
        return f"{self.repository}:{self.tag}"


def images_of(assembly: Path, stack_name: str | None = None) -> list[AssemblyImage]:
    """The images of all stacks, or of one and those that it depends on: these the CDK CLI deploys with it."""
    stacks = selected_stacks(read_stacks(assembly), stack_name).values()
    return [image for stack in stacks for file in stack.asset_manifests for image in _images(file)]


def _images(asset_manifest: Path) -> Iterator[AssemblyImage]:
    content = json.loads(asset_manifest.read_text("utf-8"))
    for image in content.get("dockerImages", {}).values():
        source = image["source"]
        dockerfile = asset_manifest.parent / source["directory"] / source.get("dockerFile", "Dockerfile")
        registries = _base_registries(dockerfile, source.get("dockerBuildArgs", {}))
        for destination in image["destinations"].values():
            yield AssemblyImage(destination["repositoryName"], destination["imageTag"], registries)


def _base_registries(dockerfile: Path, build_arguments: Mapping[str, str]) -> frozenset[str]:
    """Every private registry in the Dockerfile and the build arguments, because each stage may have another base."""
    lines = dockerfile.read_text("utf-8").splitlines()
    text = "\n".join([*(line for line in lines if not line.lstrip().startswith("#")), *build_arguments.values()])
    return frozenset(registry_of(image) for image in _PRIVATE_IMAGE.findall(text))
