"""What workloads can't reach from an environment's private network: services of AWS, packages to install, MLflow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from launchpad.catalogue import FILE
from launchpad.catalogue.definitions import PURPOSES
from launchpad.catalogue.endpoint_services import called_services, tracking_is_reached
from launchpad.config_files.yaml_source import problem_at
from launchpad.messages.errors import Problem
from launchpad.requests import Definition
from launchpad.settings import EnvironmentSettings

REQUIREMENTS = "requirements.txt"
INDEXES = {"PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX", "PIP_CONFIG_FILE"}
"""Variables by which pip looks for packages elsewhere than in the public index."""


def unreached_services(
    settings: EnvironmentSettings, definitions: Mapping[str, Definition], folder: Path
) -> Iterator[Problem]:
    """Services that programs call where the config makes no interface endpoint, and no way to the internet."""
    if settings.network.interface_endpoints is not False or settings.network.may_reach_internet:
        return
    for name, definition in definitions.items():
        for section, services in called_services(settings, definition).items():
            message = (
                f"environment {settings.name!r} has no endpoint of {', '.join(services)}: remove"
                f" `interface_endpoints: false` in {settings.source.name}, or write `nat: true` there"
            )
            yield problem_at(folder / name / FILE, (section, "aws_services"), message)


def unreached_packages(
    settings: EnvironmentSettings, definitions: Mapping[str, Definition], folder: Path
) -> Iterator[Problem]:
    """A requirements.txt that is installed when a container starts, in a network without a way to the packages."""
    if settings.network.may_reach_internet:
        return
    for name, definition in definitions.items():
        for section, part in _open_sections(definition):
            if not part["entry_point"] or INDEXES & part["environment"].keys():
                continue
            if not (folder / name / part["source_dir"] / REQUIREMENTS).is_file():
                continue
            message = (
                f"{part['source_dir']}/{REQUIREMENTS} is installed when the container starts, and environment"
                f" {settings.name!r} has no way to the internet: write `network: {{nat: true}}` in"
                f" {settings.source.name}, or PIP_INDEX_URL under `{section}.environment` (an index that the network"
                " reaches; PIP_NO_INDEX for none), or put the packages into a container (docs/containers.md)"
            )
            yield problem_at(folder / name / FILE, (section, "network_isolation"), message)


def network_notes(rendered: Sequence[tuple[EnvironmentSettings, Mapping[str, Definition]]]) -> list[str]:
    """What programs without isolation will not reach, once for all environments in which it is so."""
    notes: dict[str, list[str]] = {}
    for settings, definitions in rendered:
        for name, definition in definitions.items():
            for note in _notes(settings, definitions, name, definition):
                notes.setdefault(note, []).append(settings.name)
    return [note.format(" and ".join(environments)) for note, environments in notes.items()]


def _notes(
    settings: EnvironmentSettings, definitions: Mapping[str, Definition], name: str, definition: Definition
) -> Iterator[str]:
    if settings.network.may_reach_internet:
        return
    for section, part in _open_sections(definition):
        if not part["aws_services"] and settings.network.interface_endpoints is None:
            yield (
                f"{name}: the program of `{section}` reaches S3 and no other service of AWS in {{}}; name what it"
                f" calls in `{section}.aws_services`"
            )
    training = definition.get("training")
    logs_itself = settings.tracking and training and not training["network_isolation"]
    if logs_itself and not tracking_is_reached(settings, definitions):
        yield (
            f"{name}: the program of `training` does not reach MLflow in {{}}, so it gets no MLFLOW_TRACKING_URI; the"
            " platform logs the job all the same. For a program that logs itself write `network: {{nat: true}}`, or"
            " `tracking: {{size: Small}}` for a server with a private endpoint"
        )


def _open_sections(definition: Definition) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The sections whose container is in the network, and not isolated."""
    for section in PURPOSES:
        part = definition.get(section)
        if part and not part["network_isolation"] and part.get("mode") != "serverless":
            yield section, part
