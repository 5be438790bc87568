"""The images that are built for one environment: what its workloads run in, and what its config names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from launchpad import paths
from launchpad.catalogue import load_catalogue
from launchpad.catalogue.chosen import WITH_SAMPLES, problems_of_names
from launchpad.catalogue.pinned_endpoints import Pin, load_pins
from launchpad.images.containers import Container, load_containers
from launchpad.messages.errors import InvalidFileError
from launchpad.requests import Definition
from launchpad.requests.context import CONTAINER_REFERENCE
from launchpad.settings import EnvironmentSettings


def chosen_containers(
    settings: EnvironmentSettings,
    definitions: Iterable[Definition],
    pins: Iterable[Pin],
    folder: Path = paths.CONTAINERS,
) -> Mapping[str, Container]:
    """The containers by name: those of the workloads, of the pinned endpoints, and of the config's `containers`.

    Raises:
        InvalidFileError: lists the problems of all containers, not only of the first; or the config names one that
            doesn't exist, or twice.
    """
    containers = load_containers(folder)
    if settings.name == WITH_SAMPLES and settings.workloads is None and settings.containers is None:
        return containers
    additional = settings.containers or ()
    if problems := list(problems_of_names(settings, "containers", additional, list(containers))):
        raise InvalidFileError(problems)
    pinned = (each for pin in pins for each in (pin.definition, *pin.before))
    used = {*additional, *_references([*definitions, *pinned])}
    return {name: container for name, container in containers.items() if name in used}


def built_containers(settings: EnvironmentSettings) -> frozenset[str] | None:
    """The names of the containers of an environment by its config; None if that or its workloads have mistakes."""
    try:
        return frozenset(chosen_containers(settings, load_catalogue(settings).workloads.values(), load_pins(settings)))
    except InvalidFileError:
        return None


def _references(definitions: Iterable[Definition]) -> Iterator[str]:
    """The containers that rendered definitions name, in whichever section."""
    for definition in definitions:
        for section in definition.values():
            image = section.get("image") if isinstance(section, Mapping) else None
            if image and image.startswith(CONTAINER_REFERENCE):
                yield image.removeprefix(CONTAINER_REFERENCE)
