"""The images that this repository builds: each is a folder under `containers/` with a Dockerfile.

A Dockerfile that extends one of AWS's own images takes it as the build argument `BASE_IMAGE`, because its registry
differs by region. `container.yaml` next to it names the image, and the image lock gives its URI.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from launchpad import paths
from launchpad.config_files.yaml_source import Settings, load, problem_at
from launchpad.images import image_lock
from launchpad.messages.errors import InvalidFileError, LaunchpadError, Problem, suggest
from launchpad.requests.context import CONTAINER_REFERENCE

FILE = "container.yaml"
DOCKERFILE = "Dockerfile"
_NAME = re.compile(r"[a-z0-9](-?[a-z0-9]){0,39}")
_BASE_ARGUMENT = re.compile(r"^\s*ARG\s+BASE_IMAGE\s*(=?)", re.IGNORECASE | re.MULTILINE)
_FIRST_BASE = re.compile(r"^\s*(?:ARG\s+BASE_IMAGE\s*=|FROM\s+)\s*([^\s$]+)", re.IGNORECASE | re.MULTILINE)
_INSTANCE_TYPE = {"cpu": "ml.m5.large", "gpu": "ml.g5.xlarge"}
"""An instance type for each accelerator, because the image lock is queried by instance type."""


class BaseImage(Settings):
    """One of AWS's own framework images."""

    framework: str
    """A name from the image lock: sklearn, pytorch, tensorflow, xgboost, huggingface."""
    version: str | None = None
    """The framework's version; by default the newest in the lock."""
    purpose: Literal["training", "inference"] = "training"
    accelerator: Literal["cpu", "gpu"] = "cpu"


class ContainerFile(Settings):
    """The content of `container.yaml`."""

    base: BaseImage


@dataclass(frozen=True)
class Container:
    """One folder under `containers/`."""

    name: str
    folder: Path
    base: BaseImage | None
    """None where the Dockerfile names its base image itself."""

    def base_image(self, region: str) -> str:
        """The base image: AWS's in this region, or the one that the Dockerfile's first `FROM` names.

        Raises:
            InvalidFileError: neither can be determined.
        """
        if given := self.build_arguments(region).get("BASE_IMAGE"):
            return given
        dockerfile = self.folder / DOCKERFILE
        found = _FIRST_BASE.search(dockerfile.read_text("utf-8"))
        if found is None:
            message = "no base image is named: begin it with `ARG BASE_IMAGE=...` and `FROM ${BASE_IMAGE}`"
            raise InvalidFileError([Problem(dockerfile, None, "", message)])
        return found[1]

    def build_arguments(self, region: str) -> dict[str, str]:
        """Docker's `--build-arg`s: the base image in this region, if the Dockerfile takes it.

        Raises:
            InvalidFileError: the image lock has no such image.
        """
        if self.base is None:
            return {}
        base = self.base
        instance_type = _INSTANCE_TYPE[base.accelerator]
        try:
            return {
                "BASE_IMAGE": image_lock.resolve(base.framework, base.version, base.purpose, instance_type, region),
            }
        except ValueError as error:
            raise InvalidFileError([problem_at(self.folder / FILE, ("base",), str(error))]) from None


def container_names(folder: Path = paths.CONTAINERS) -> list[str]:
    """The names of all images, one folder each; hidden folders and Python's caches don't count."""
    if not folder.is_dir():
        return []
    return sorted(path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith((".", "_")))


def load_containers(folder: Path = paths.CONTAINERS) -> Mapping[str, Container]:
    """Every container by name, in order.

    Raises:
        InvalidFileError: lists the problems of all containers, not only of the first.
    """
    containers: dict[str, Container] = {}
    problems: list[Problem] = []
    for name in container_names(folder):
        try:
            containers[name] = _load(folder / name)
        except InvalidFileError as error:
            problems += error.problems
    if problems:
        raise InvalidFileError(problems)
    return containers


def reference(name: str, folder: Path = paths.CONTAINERS) -> str:
    """The placeholder for a container's image in a rendered workload.

    Raises:
        LaunchpadError: the folder doesn't exist.
    """
    names = container_names(folder)
    if name not in names:
        raise LaunchpadError(f"there is no folder containers/{name}; {suggest(name, names, 'containers')}")
    return f"{CONTAINER_REFERENCE}{name}"


def repository_name(environment: str, container: str) -> str:
    """The repository in Amazon ECR. The name is fixed because images are pushed before their stack is deployed."""
    return f"launchpad/{environment}/{container}"


def _load(folder: Path) -> Container:
    if not _NAME.fullmatch(folder.name):
        message = f"{folder.name!r} can't name a repository: use up to 40 lower-case letters, digits and inner hyphens"
        raise InvalidFileError([Problem(folder, None, "", message)])
    dockerfile, settings = folder / DOCKERFILE, folder / FILE
    if not dockerfile.is_file():
        raise InvalidFileError([Problem(dockerfile, None, "", "there is no such file; a container needs one")])
    text = dockerfile.read_text("utf-8")
    base = load(settings, ContainerFile).base if settings.is_file() else None
    argument = _BASE_ARGUMENT.search(text)
    if base and not argument:
        message = "the Dockerfile takes no base image: begin it with `ARG BASE_IMAGE` and `FROM $BASE_IMAGE`"
        raise InvalidFileError([problem_at(settings, ("base",), message)])
    if argument and not argument[1] and not base:
        line = text[: argument.start(1)].rstrip().count("\n") + 1
        message = f"BASE_IMAGE has no value: name one of AWS's images in {FILE}, such as `base: {{framework: sklearn}}`"
        raise InvalidFileError([Problem(dockerfile, line, "", message)])
    return Container(folder.name, folder, base)
