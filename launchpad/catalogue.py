"""All workloads of a checkout, rendered for one environment: what the launch functions carry with them.

The catalogue is why the number of resources does not grow with the number of workloads: it is data in the functions'
asset, not resources in a stack.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from launchpad import images, paths
from launchpad.packaging import Archive, pack, source_files
from launchpad.problems import InvalidFileError, LaunchpadError, Problem, suggest
from launchpad.settings import EnvironmentSettings
from launchpad.workload import Serving, Training, Workload
from launchpad.yaml_source import line_of, load, parse

FILE = "workload.yaml"
PURPOSES = {"training": "training", "serving": "inference"}
"""A job's section, to what its image is for."""


@dataclass(frozen=True)
class Catalogue:
    """Every workload's rendered definition by name, and the packaged scripts that they name by SHA-256."""

    workloads: Mapping[str, Mapping[str, Any]]
    archives: Mapping[str, Archive]


def workload_names(folder: Path = paths.WORKLOADS) -> list[str]:
    """The workloads there are: one folder with a `workload.yaml` each."""
    return sorted(file.parent.name for file in folder.glob(f"*/{FILE}"))


def load_workload(name: str, folder: Path = paths.WORKLOADS) -> Workload:
    """One workload, checked against the files around it too.

    Raises:
        LaunchpadError: there is no such workload.
        InvalidFileError: its file has mistakes.
    """
    path = folder / name / FILE
    if not path.is_file():
        raise LaunchpadError(f"no workload {name!r}; {suggest(name, workload_names(folder), 'workloads')}")
    workload = load(path, Workload)
    problems = _problems_beside(workload, path)
    if problems:
        raise InvalidFileError(problems)
    return workload


def load_catalogue(environment: EnvironmentSettings, folder: Path = paths.WORKLOADS) -> Catalogue:
    """Every workload, rendered for `environment`.

    Raises:
        InvalidFileError: with the problems of all workloads, not only of the first.
    """
    definitions: dict[str, dict[str, Any]] = {}
    archives: dict[str, Archive] = {}
    problems: list[Problem] = []
    for name in workload_names(folder):
        try:
            definitions[name], used = render(load_workload(name, folder), environment, folder / name)
            archives |= used
        except InvalidFileError as error:
            problems += error.problems
    if problems:
        raise InvalidFileError(problems)
    return Catalogue(definitions, archives)


def render(
    workload: Workload, environment: EnvironmentSettings, folder: Path
) -> tuple[dict[str, Any], dict[str, Archive]]:
    """The workload as plain data with its images resolved, and its scripts packaged: what a Lambda needs to launch it.

    Raises:
        InvalidFileError: an image can't be resolved.
    """
    definition = workload.model_dump(mode="json")
    archives: dict[str, Archive] = {}
    for section, purpose in PURPOSES.items():
        part = definition.get(section)
        if part is None:
            continue
        part["image"] = _image_uri(workload, purpose, part["instance"]["type"], environment, folder / FILE)
        if part["entry_point"] is not None:
            archive = pack(source_files(folder / part["source_dir"]))
            archives[archive.sha256] = archive
            part["source"] = archive.sha256
    return definition, archives


def _image_uri(
    workload: Workload, purpose: str, instance_type: str, environment: EnvironmentSettings, path: Path
) -> str:
    image = workload.image
    if image.uri:
        return image.uri
    try:
        return images.resolve(
            image.framework or image.algorithm or "", image.version, purpose, instance_type, environment.region
        )
    except ValueError as error:
        raise InvalidFileError([Problem(path, line_of(parse(path), ("image",)), "image", str(error))]) from None


def _problems_beside(workload: Workload, path: Path) -> list[Problem]:
    """What the schema can't see: the folder's name, and the files that the workload names."""
    document = parse(path)
    found: list[tuple[tuple[str, ...], str]] = []
    if workload.name != path.parent.name:
        found.append((("name",), f"must equal the folder's name: write `name: {path.parent.name}`"))
    for section in PURPOSES:
        part = getattr(workload, section)
        if part is not None and part.entry_point is not None:
            found += [((section, key), message) for key, message in _problems_of_source(part, path.parent)]
    return [Problem(path, line_of(document, key), ".".join(key), message) for key, message in found]


def _problems_of_source(part: Training | Serving, folder: Path) -> list[tuple[str, str]]:
    source = folder / part.source_dir
    if not source.is_dir():
        return [("source_dir", f"there is no folder {part.source_dir!r} beside {FILE}")]
    if not (source / str(part.entry_point)).is_file():
        return [("entry_point", f"there is no file {part.entry_point!r} in {part.source_dir!r}")]
    if (source / "requirements.txt").is_file() and part.network_isolation:
        message = (
            f"{part.source_dir}/requirements.txt is installed when the container starts, which needs the network:"
            " write `network_isolation: false`, or move the file out of the source folder"
        )
        return [("network_isolation", message)]
    return []
