"""Enforces `instance_limits.types` at synth: no workload, pin or notebook requests more than the config allows.

A mistake is reported in the file where it must be fixed: a workload's `workload.yaml`, or the config for a pin.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from launchpad import paths
from launchpad.catalogue import FILE
from launchpad.catalogue.pinned_endpoints import Pin
from launchpad.config_files.yaml_source import problem_at
from launchpad.messages.errors import InvalidFileError, Problem
from launchpad.quotas.instance_usage import ENDPOINT, WARM_POOL, instance_usages, most_of_endpoint
from launchpad.requests import Definition
from launchpad.settings import EnvironmentSettings


def check_limits(
    settings: EnvironmentSettings,
    workloads: Mapping[str, Definition],
    pins: Iterable[Pin],
    folder: Path = paths.WORKLOADS,
) -> None:
    """Compare what one run, one endpoint, or all notebooks request with the limit of the instance type.

    Raises:
        InvalidFileError: lists every workload and pin that requests too much.
    """
    if not settings.instance_limits.types:
        return
    problems = [*_in_workloads(settings, workloads, folder), *_in_pins(settings, pins), *_in_notebooks(settings)]
    if problems:
        raise InvalidFileError(problems)


def _in_workloads(
    settings: EnvironmentSettings, workloads: Mapping[str, Definition], folder: Path
) -> Iterator[Problem]:
    for name, definition in workloads.items():
        together: Counter[tuple[Any, str]] = Counter()
        for usage in instance_usages(definition):
            if usage.kind == WARM_POOL or (usage.kind == ENDPOINT and not settings.direct_deploy):
                continue  # a warm pool reuses the job's instances, and pinned endpoints are checked below
            job = usage.job, usage.instance_type
            together[job] += usage.count
            message = _too_much(settings, usage.instance_type, together[job])
            if message:
                yield problem_at(folder / name / FILE, usage.key, message)


def _in_pins(settings: EnvironmentSettings, pins: Iterable[Pin]) -> Iterator[Problem]:
    for number, pin in enumerate(pins):
        for name, count in most_of_endpoint(pin.definition["serving"]):
            if message := _too_much(settings, name, count * pin.fleets):
                key = "maximum_instances" if pin.endpoint.scales else "scaling" if pin.endpoint.scaling else "instance"
                yield problem_at(settings.source, ("endpoints", number, key), message)


def _in_notebooks(settings: EnvironmentSettings) -> Iterator[Problem]:
    together: Counter[str] = Counter()
    for number, notebook in enumerate(settings.notebooks):
        together[notebook.instance_type] += 1
        message = _too_much(settings, notebook.instance_type, together[notebook.instance_type])
        if message:
            yield problem_at(settings.source, ("notebooks", number), message)


def _too_much(settings: EnvironmentSettings, instance_type: str, count: int) -> str | None:
    limit = settings.instance_limits.types.get(instance_type)
    if limit is None or count <= limit:
        return None
    allowed = f"allows {limit}" if limit else "allows none"
    return (
        f"asks for {count} of {instance_type} at once, environment {settings.name!r} {allowed} (instance_limits.types);"
        " write fewer or another type, or raise the limit"
    )
