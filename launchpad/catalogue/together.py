"""What is wrong with workloads together, where each is right by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from launchpad.catalogue.outputs import job_outputs, overlap, pipeline_outputs
from launchpad.catalogue.served_together import FILE as FILE
from launchpad.catalogue.served_together import problems_of_endpoints
from launchpad.config_files.logical_ids import same_logical_ids
from launchpad.config_files.yaml_source import problem_at
from launchpad.messages.errors import Problem


def problems_together(definitions: Mapping[str, Mapping[str, Any]], folder: Path) -> list[Problem]:
    """Every mistake, in the file of the second workload of each pair."""
    return [
        *_endless_pipelines(definitions, folder),
        *_same_schedules(definitions, folder),
        *_same_metrics(definitions, folder),
        *problems_of_endpoints(definitions, folder),
    ]


def _endless_pipelines(definitions: Mapping[str, Mapping[str, Any]], folder: Path) -> Iterator[Problem]:
    """A pipeline must not write what starts it, not even through the pipelines of other workloads."""
    triggers = {name: prefix for name, each in definitions.items() if (prefix := each["pipeline"]["on_new_data"])}
    starts = {name: _started_by(definitions[name], triggers) for name in triggers}
    for name, prefix in triggers.items():
        writes = job_outputs(definitions[name])
        if writer := next((key for key, target in writes if overlap(target, prefix)), None):
            message = (
                f"{writer} writes to {prefix!r}: its own jobs would start the pipeline; choose a folder of new data"
            )
            yield problem_at(folder / name / FILE, ("pipeline", "on_new_data"), message)
        elif (circle := _circle(name, starts)) and name == min(circle):
            message = f"the pipelines of {' and '.join(circle)} write what starts the next, and would never end"
            yield problem_at(folder / name / FILE, ("pipeline", "on_new_data"), f"{message}; choose folders apart")


def _started_by(definition: Mapping[str, Any], triggers: Mapping[str, str]) -> list[str]:
    """The workloads whose pipelines start when this one's writes, by the prefixes that start them."""
    written = pipeline_outputs(definition)
    return [name for name, prefix in triggers.items() if any(overlap(target, prefix) for _, target in written)]


def _circle(first: str, starts: Mapping[str, list[str]]) -> list[str]:
    """The workloads on a way from `first` back to it, in order; empty without one."""
    ways, reached = [[first]], {first}
    for way in ways:  # grows, so the shortest way is found first
        for following in starts[way[-1]]:
            if following == first:
                return way
            if following not in reached:
                reached.add(following)
                ways.append([*way, following])
    return []


def _same_schedules(definitions: Mapping[str, Mapping[str, Any]], folder: Path) -> Iterator[Problem]:
    """Each schedule is a resource whose id is made from the workload's name, without the hyphens."""
    scheduled = [
        name
        for name, definition in definitions.items()
        if definition["pipeline"]["schedule"] or definition["monitoring"]
    ]
    for first, *others in same_logical_ids(scheduled):
        for second in others:
            message = f"{first!r} has a schedule too, and its name differs only in hyphens: rename one of the workloads"
            key = ("pipeline", "schedule") if definitions[second]["pipeline"]["schedule"] else ("monitoring",)
            yield problem_at(folder / second / FILE, key, message)


def _same_metrics(definitions: Mapping[str, Mapping[str, Any]], folder: Path) -> Iterator[Problem]:
    """The metrics and alarms of a workload's transform jobs have the name of its endpoint with `-transform`."""
    monitored = [name for name, definition in definitions.items() if definition["monitoring"]]
    for name in monitored:
        other = f"{name}-transform"
        if definitions[name]["transform"] and other in monitored:
            message = (
                f"the metrics of transform jobs of {name!r} have this workload's name: rename one of the workloads"
            )
            yield problem_at(folder / other / FILE, ("monitoring",), message)
