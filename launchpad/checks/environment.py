"""What only an environment and the workloads together can have wrong; `validate` and every synth check the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from launchpad import paths
from launchpad.catalogue import FILE
from launchpad.catalogue.chosen_containers import chosen_containers
from launchpad.catalogue.pinned_endpoints import Pin, load_pins, with_pinned
from launchpad.catalogue.sizes import problems_of_size
from launchpad.checks.private_network import unreached_packages, unreached_services
from launchpad.config_files.yaml_source import problem_at
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
    """Check pins, instance limits, limits of cost, base images and AWS's size limits; return the pinned endpoints.

    Raises:
        InvalidFileError: lists every problem.
    """
    pins: list[Pin] = []
    problems = [*_problems(lambda: pins.extend(load_pins(settings, workloads, containers)))]
    served = with_pinned(definitions, pins)
    problems += [
        *_problems(lambda: check_limits(settings, definitions, pins, workloads)),
        *_serverless_without_consent(settings, definitions, workloads),
        *_too_expensive(settings, definitions, workloads),
        *unreached_services(settings, served, workloads),
        *unreached_packages(settings, served, workloads),
    ]
    images = chosen_containers(settings, definitions.values(), pins, containers)
    for container in images.values():
        problems += _problems(lambda container=container: container.build_arguments(settings.region))  # type: ignore[misc]
    problems += problems_of_size(settings, definitions, images, workloads)
    if problems:
        raise InvalidFileError(problems)
    return pins


def _serverless_without_consent(
    settings: EnvironmentSettings, definitions: Mapping[str, Definition], workloads: Path
) -> Iterator[Problem]:
    """Serverless workloads where models are deployed directly; elsewhere only pins are served, which have a check."""
    if settings.allow_serverless or not settings.direct_deploy:
        return
    for name, definition in definitions.items():
        if definition["serving"] and definition["serving"]["mode"] == "serverless":
            message = (
                f"a serverless endpoint is outside the network of environment {settings.name!r}: write"
                f" `allow_serverless: true` in {settings.source.name}, or another mode"
            )
            yield problem_at(workloads / name / FILE, ("serving", "mode"), message)


def _too_expensive(
    settings: EnvironmentSettings, definitions: Mapping[str, Definition], workloads: Path
) -> Iterator[Problem]:
    """Workloads whose tuning may cost more in this region than they allow."""
    limited = {name: each for name, each in definitions.items() if (each.get("tuning") or {}).get("max_cost_usd")}
    if not limited:
        return
    from launchpad.costs.price_list import region_prices  # only here, because most synths need no prices
    from launchpad.costs.tuning_budget import over_limit

    prices = region_prices(settings.region)
    for name, definition in limited.items():
        if message := over_limit(definition, prices):
            words = f"in {settings.region}, {message}"
            yield problem_at(workloads / name / FILE, ("tuning", "max_cost_usd"), words)


def _problems(check: Callable[[], object]) -> Iterator[Problem]:
    try:
        check()
    except InvalidFileError as error:
        yield from error.problems
