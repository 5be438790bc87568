"""The workloads of one environment, rendered for it and shipped with the launch functions.

Because the catalogue is data in the functions' asset, the number of resources in the stacks does not grow with the
number of workloads.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from launchpad import paths
from launchpad.catalogue.chosen import left_out, problems_of_names
from launchpad.catalogue.closed_services import refuse_closed_services, rules_key
from launchpad.catalogue.packaging import Archive, pack, source_files, unpackable
from launchpad.catalogue.scripts import syntax_problems
from launchpad.catalogue.together import FILE, problems_together
from launchpad.config_files.yaml_reader import Location
from launchpad.config_files.yaml_source import load, problem_at
from launchpad.images import image_lock
from launchpad.images.containers import reference
from launchpad.messages.errors import InvalidFileError, LaunchpadError, Problem, suggest
from launchpad.settings import EnvironmentSettings
from launchpad.workload import Image, Source, Training, Workload

PURPOSES = {"prepare": "training", "training": "training", "evaluate": "training", "serving": "inference"}
"""The purpose of the image, by the section that runs it."""
CPU = "ml.m5.large"
"""An instance type without a GPU, for images with a single build."""
STS, REGIONAL_STS = "sts", {"AWS_STS_REGIONAL_ENDPOINTS": "regional"}
"""SDKs before July 2025 call the global sts.amazonaws.com in the older regions, to which no private endpoint leads
("AWS STS Regional endpoints", AWS SDKs and Tools reference guide)."""
_MISSING = "create it, or correct the name"
MONITORING_CONTAINER = "monitoring"
"""The folder under `containers/` whose image runs monitoring jobs."""
SCRIPTED = (*PURPOSES, "spark")
"""The sections whose scripts are packaged."""


@dataclass(frozen=True)
class Catalogue:
    """Every workload's rendered definition by name, and the packaged scripts that they name by SHA-256."""

    workloads: Mapping[str, Mapping[str, Any]]
    archives: Mapping[str, Archive]

    @property
    def monitored(self) -> Mapping[str, Mapping[str, Any]]:
        """The workloads with a `monitoring` section."""
        return {name: definition for name, definition in self.workloads.items() if definition.get("monitoring")}


def workload_names(folder: Path = paths.WORKLOADS) -> list[str]:
    """The names of all workloads: each is a folder with a `workload.yaml`."""
    return sorted(file.parent.name for file in folder.glob(f"*/{FILE}"))


def chosen_workloads(environment: EnvironmentSettings, folder: Path = paths.WORKLOADS) -> list[str]:
    """The names of the workloads of one environment: those that its config names, else all but for samples.

    Raises:
        InvalidFileError: the config names one that doesn't exist, or twice.
    """
    every = workload_names(folder)
    if environment.workloads is None:
        samples = left_out(environment, folder)
        return [name for name in every if name not in samples]
    if problems := list(problems_of_names(environment, "workloads", environment.workloads, every)):
        raise InvalidFileError(problems)
    return sorted(environment.workloads)


def load_workload(name: str, folder: Path = paths.WORKLOADS) -> Workload:
    """Load one workload and check it against the files next to it.

    Raises:
        LaunchpadError: the workload doesn't exist.
        InvalidFileError: its file has mistakes.
    """
    path = folder / name / FILE
    if not os.path.lexists(path):  # a dangling symlink is reported as a mistake in this file
        raise LaunchpadError(f"no workload {name!r}; {suggest(name, workload_names(folder), 'workloads')}")
    workload = load(path, Workload)
    parts = [part for section in SCRIPTED if (part := getattr(workload, section)) is not None]
    sources = {path.parent / part.source_dir for part in parts if part.entry_point is not None}
    problems = [*_problems_beside(workload, path), *syntax_problems(sources)]
    if problems:
        raise InvalidFileError(problems)
    return workload


def load_catalogue(
    environment: EnvironmentSettings,
    folder: Path = paths.WORKLOADS,
    containers: Path = paths.CONTAINERS,
    leave_out: Collection[str] = (),
) -> Catalogue:
    """The environment's workloads except those to `leave_out`, rendered for `environment`.

    Raises:
        InvalidFileError: lists the problems of all workloads, not only of the first.
    """
    definitions: dict[str, dict[str, Any]] = {}
    archives: dict[str, Archive] = {}
    problems: list[Problem] = []
    for name in chosen_workloads(environment, folder):
        if name in leave_out:
            continue
        try:
            definitions[name], used = render(load_workload(name, folder), environment, folder / name, containers)
            archives |= used
        except InvalidFileError as error:
            problems += error.problems
    problems += problems_together(definitions, folder)
    if problems:
        raise InvalidFileError(dict.fromkeys(problems))  # a region that lacks an image is one mistake of the config
    return Catalogue(definitions, archives)


def broken_workloads(environment: EnvironmentSettings, folder: Path = paths.WORKLOADS) -> dict[str, list[Problem]]:
    """The problems of each workload that can't be loaded and rendered by itself."""
    broken: dict[str, list[Problem]] = {}
    for name in chosen_workloads(environment, folder):
        try:
            render(load_workload(name, folder), environment, folder / name)
        except InvalidFileError as error:
            broken[name] = list(error.problems)
    return broken


def render(
    workload: Workload, environment: EnvironmentSettings, folder: Path, containers: Path = paths.CONTAINERS
) -> tuple[dict[str, Any], dict[str, Archive]]:
    """Render a workload for a Lambda function that launches it: plain data with resolved images, and packaged scripts.

    Raises:
        InvalidFileError: an image can't be resolved.
    """
    definition = workload.model_dump(mode="json", exclude={"data_script"})  # no job runs it
    if workload.monitoring:
        definition["monitoring"]["image"] = _monitoring_image(environment, folder / FILE, containers)
    archives: dict[str, Archive] = {}
    packed: dict[tuple[str, ...], Archive] = {}
    for section in SCRIPTED:
        part = getattr(workload, section)
        if part is None:
            continue
        if "environment" in definition[section] and STS in part.aws_services:
            definition[section]["environment"] = {**REGIONAL_STS, **definition[section]["environment"]}
        if section in PURPOSES:
            definition[section]["image"] = _image(workload, section, environment, folder / FILE, containers)
        if section == "training":
            refuse_closed_services(part, environment, folder / FILE)
            if rules_key(part):
                definition[section]["rule_image"] = _rule_image(part, environment, folder / FILE)
        if part.entry_point is not None:
            folders = (part.source_dir, *part.libraries)
            archive = packed.get(folders) or packed.setdefault(folders, pack(scripts_of(part, folder)))
            archives[archive.sha256] = archive
            definition[section]["source"] = archive.sha256
    return definition, archives


def scripts_of(part: Source, folder: Path) -> dict[str, Path]:
    """One section's scripts by name in its archive: the source folder and modules on top, other libraries by folder."""
    files = source_files(folder / part.source_dir)
    for library in part.libraries:
        files |= _library_files(folder / library)
    return files


def _library_files(library: Path) -> dict[str, Path]:
    if library.is_file():
        return {library.name: library}
    return {f"{library.name}/{inner}": path for inner, path in source_files(library).items()}


def _image(workload: Workload, section: str, environment: EnvironmentSettings, path: Path, containers: Path) -> str:
    part = getattr(workload, section)
    image = part.image or workload.image
    key = (section, "image") if part.image else ("image",)
    types = _instance_types(part, section)
    with _located(path, key, environment):
        uris = [_image_uri(image, PURPOSES[section], name, environment.region, containers) for name in types]
    for name, uri in zip(types, uris, strict=True):
        if section == "serving" and uri != uris[0]:
            message = f"{types[0]} and {name} need different builds of the image; write types of one kind"
            raise InvalidFileError([problem_at(path, ("serving", "instance", "types"), message)])
    return uris[0]


def _instance_types(part: Any, section: str) -> tuple[str, ...]:
    if section == "training":
        return (part.instance.types[0],)
    if section == "serving":
        return part.instance_types or (CPU,)  # serverless has no GPU
    return (part.instance.type,)


def _monitoring_image(environment: EnvironmentSettings, path: Path, containers: Path) -> str:
    with _located(path, ("monitoring",), environment):
        return reference(MONITORING_CONTAINER, containers)


def _rule_image(training: Training, environment: EnvironmentSettings, path: Path) -> str:
    with _located(path, ("training", rules_key(training) or ""), environment):
        return image_lock.resolve("debugger", None, image_lock.RULES, CPU, environment.region)


@contextmanager
def _located(path: Path, key: Location, environment: EnvironmentSettings) -> Iterator[None]:
    """Report a missing image where it is named; or at the config's region, if the region is why it is missing."""
    try:
        yield
    except image_lock.NotInRegionError as error:
        raise InvalidFileError([problem_at(environment.source, ("region",), str(error))]) from None
    except LaunchpadError as error:
        raise InvalidFileError([problem_at(path, key, str(error))]) from None


def _image_uri(image: Image, purpose: str, instance_type: str, region: str, containers: Path) -> str:
    """An image's URI; for a container of this repository, the reference that `launchpad.requests` resolves."""
    if image.uri:
        return str(image.uri)
    if image.container:
        return reference(image.container, containers)
    return image_lock.resolve(image.framework or image.algorithm or "", image.version, purpose, instance_type, region)


def _problems_beside(workload: Workload, path: Path) -> list[Problem]:
    """Check what the schema can't: the folder's name, and the files that the workload names."""
    problems: list[tuple[tuple[str, ...], str]] = []
    if workload.name != path.parent.name:
        problems.append((("name",), f"must equal the folder's name: write `name: {path.parent.name}`"))
    if "data_script" in workload.model_fields_set and not (path.parent / workload.data_script).is_file():
        problems.append((("data_script",), f"there is no file {workload.data_script!r} next to {FILE}; {_MISSING}"))
    for section in SCRIPTED:
        part = getattr(workload, section)
        if part is not None and part.entry_point is not None:
            problems += [((section, key), message) for key, message in _problems_of_source(part, path.parent)]
    return [problem_at(path, key, message) for key, message in problems]


def _problems_of_source(part: Source, folder: Path) -> list[tuple[str, str]]:
    source = folder / part.source_dir
    if not source.is_dir():
        return [("source_dir", f"there is no folder {part.source_dir!r} next to {FILE}; {_MISSING}")]
    if not (source / str(part.entry_point)).is_file():
        return [("entry_point", f"there is no file {part.entry_point!r} in {part.source_dir!r}; {_MISSING}")]
    if complaint := _problem_of_entries(folder, part.source_dir):
        return [("source_dir", complaint)]
    if complaint := _problem_of_libraries(part, folder):
        return [("libraries", complaint)]
    if (source / "requirements.txt").is_file() and getattr(part, "network_isolation", False):
        message = (
            f"{part.source_dir}/requirements.txt is installed when the container starts, which needs the network:"
            " write `network_isolation: false`, or move the file out of the source folder"
        )
        return [("network_isolation", message)]
    return []


def _problem_of_entries(folder: Path, inner: str) -> str | None:
    """What a source folder has that its archive can't have."""
    names = unpackable(folder / inner)
    if not names:
        return None
    remedy = "put what a link leads to in its place, or remove it"
    return f"{names[0]!r} in {inner!r} is neither a file nor a folder; {remedy}"


def _problem_of_libraries(part: Source, folder: Path) -> str | None:
    if not part.libraries:
        return None
    missing = [library for library in part.libraries if not (folder / library).exists()]
    if missing:
        return f"there is no folder or file {missing[0]!r} next to {FILE}; {_MISSING}"
    for library in part.libraries:
        if complaint := _problem_of_entries(folder, library):
            return complaint
    names = source_files(folder / part.source_dir)
    for library in part.libraries:
        files = _library_files(folder / library)
        if hidden := sorted(names.keys() & files.keys()):
            return f"{hidden[0]!r} is already in {part.source_dir!r} or another library; rename it, or remove the line"
        names |= files
    return None
