"""What is wrong with endpoints that several workloads make together: pipelines of containers, and shared endpoints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from launchpad.config_files.yaml_reader import Location
from launchpad.config_files.yaml_source import problem_at
from launchpad.messages.errors import Problem, suggest

FILE = "workload.yaml"
Definitions = Mapping[str, Mapping[str, Any]]
ALIKE = (
    *("image", "entry_point", "environment", "instance", "mode", "network_isolation", "scaling", "release"),
    *("hours", "idle_hours"),
)
"""The keys of `serving` that describe the endpoint, and not one of its models."""


def problems_of_endpoints(definitions: Definitions, folder: Path) -> Iterator[Problem]:
    """Every mistake, in the file of the workload that names another."""
    for name, definition in definitions.items():
        for key, message in (*_preprocessors(name, definition, definitions, folder), *_shared(definition, definitions)):
            yield problem_at(folder / name / FILE, ("serving", *key), message)


def _preprocessors(
    name: str, definition: Mapping[str, Any], definitions: Definitions, folder: Path
) -> Iterator[tuple[Location, str]]:
    for number, other in enumerate((definition.get("serving") or {}).get("preprocessors") or ()):
        if message := _wrong_preprocessor(name, other, definitions, folder):
            yield ("preprocessors", number), message


def _wrong_preprocessor(name: str, other: str, definitions: Definitions, folder: Path) -> str | None:
    if other == name:
        return "is this workload itself; name those that come before it"
    if other not in definitions and (folder / other / FILE).is_file():
        remedy = "add it to the `workloads` of the config, or correct its mistakes"
        return f"workload {other!r} is not in this environment: {remedy}"
    if other not in definitions:
        return f"there is no workload {other!r}; {suggest(other, list(definitions), 'workloads')}"
    section, own = definitions[other].get("serving"), definitions[name]["serving"]
    if not section:
        return f"{other!r} has no `serving` section, which says how its model works on a request: write one"
    if section["preprocessors"] or section["shared_endpoint"]:
        return f"{other!r} is no single container (preprocessors, shared_endpoint); name the containers one by one"
    if section["network_isolation"] != own["network_isolation"]:
        return f"{other!r} has another network_isolation, and containers of one model have one: write the same in both"
    return None


def _shared(definition: Mapping[str, Any], definitions: Definitions) -> Iterator[tuple[Location, str]]:
    section = definition.get("serving") or {}
    shared = section.get("shared_endpoint")
    if not shared:
        return
    if shared in definitions:
        yield ("shared_endpoint",), f"{shared!r} is a workload, whose endpoint would have this name; choose another"
    sharing = [other for other, each in definitions.items() if _endpoint_of(each) == shared]
    first = definitions[sharing[0]]["serving"]
    different = [key for key in ALIKE if first[key] != section[key]]
    if different:
        message = f"{sharing[0]!r} shares this endpoint and has another {different[0]}; write the same in both"
        yield ((different[0],) if different[0] != "image" else ("shared_endpoint",)), message


def _endpoint_of(definition: Mapping[str, Any]) -> str | None:
    shared: str | None = (definition.get("serving") or {}).get("shared_endpoint")
    return shared
