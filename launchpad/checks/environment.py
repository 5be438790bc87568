"""What only an environment and the workloads together can have wrong; `validate` and every synth check the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from launchpad import paths
from launchpad.catalogue.pinned_endpoints import Pin, load_pins
from launchpad.catalogue.sizes import problems_of_size
from launchpad.images.containers import load_containers
from launchpad.messages.errors import InvalidFileError, Problem
from launchpad.quotas.limits import check_limits
from launchpad.requests import Definition
from launchpad.settings import EnvironmentSettings


def check_environment(
    settings: EnvironmentSettings,
    definitions: Mapping[str, Definition],
    workloads: Path = paths.WORKLOADS,
    containers: Path = paths.CONTAINERS,
) -> list[Pin]:
    """Check pins, instance limits, base images and AWS's size limits; return the pinned endpoints.

    Raises:
        InvalidFileError: lists every problem.
    """
    pins: list[Pin] = []
    problems = [
        *_problems(lambda: pins.extend(load_pins(settings, workloads, containers))),
        *_problems(lambda: check_limits(settings, definitions, pins, workloads)),
    ]
    images = load_containers(containers)
    for container in images.values():
        problems += _problems(lambda container=container: container.build_arguments(settings.region))  # type: ignore[misc]
    problems += problems_of_size(settings, definitions, images, workloads)
    if problems:
        raise InvalidFileError(problems)
    return pins


def _problems(check: Callable[[], object]) -> Iterator[Problem]:
    try:
        check()
    except InvalidFileError as error:
        yield from error.problems
