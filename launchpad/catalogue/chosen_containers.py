"""The images that are built for one environment: all of the checkout, or what its chosen workloads run in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from launchpad import paths
from launchpad.catalogue.pinned_endpoints import Pin
from launchpad.images.containers import Container, load_containers
from launchpad.requests import Definition
from launchpad.requests.context import CONTAINER_REFERENCE
from launchpad.settings import EnvironmentSettings


def chosen_containers(
    settings: EnvironmentSettings,
    definitions: Iterable[Definition],
    pins: Iterable[Pin],
    folder: Path = paths.CONTAINERS,
) -> Mapping[str, Container]:
    """Every container by name; where the config has `workloads`, those of these and of the pinned endpoints.

    Raises:
        InvalidFileError: lists the problems of all containers, not only of the first.
    """
    containers = load_containers(folder)
    if settings.workloads is None:
        return containers
    pinned = (each for pin in pins for each in (pin.definition, *(before for before, _ in pin.preprocessors)))
    used = set(_references([*definitions, *pinned]))
    return {name: container for name, container in containers.items() if name in used}


def _references(part: Any) -> Iterator[str]:
    """The containers that a rendered definition names, in whichever section."""
    if isinstance(part, str) and part.startswith(CONTAINER_REFERENCE):
        yield part.removeprefix(CONTAINER_REFERENCE)
    elif isinstance(part, Mapping):
        yield from _references(list(part.values()))
    elif isinstance(part, (list, tuple)):
        for each in part:
            yield from _references(each)
