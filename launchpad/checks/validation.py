"""Checks all handwritten files at once: `launchpad validate`.

Note: every file is checked even if others have mistakes, so that one round of corrections is enough. Only the
checks that need a broken file are skipped.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from launchpad import paths
from launchpad.catalogue import FILE, chosen_workloads, load_workload, render, workload_names
from launchpad.catalogue.definitions import PURPOSES, scripts_of
from launchpad.catalogue.imports import missing_imports
from launchpad.catalogue.together import problems_together
from launchpad.checks.earlier_models import earlier_model_problems
from launchpad.checks.environment import check_environment
from launchpad.checks.private_network import network_notes
from launchpad.images.containers import container_names, load_containers
from launchpad.messages.errors import InvalidFileError, LaunchpadError, Problem
from launchpad.requests import Definition
from launchpad.settings import EnvironmentSettings, environment_names, load_environment
from launchpad.settings.overlaps import overlap_note
from launchpad.settings.prices import load_prices
from launchpad.settings.promotion import promotion_problems
from launchpad.settings.shared_logs import twice_owned_logs
from launchpad.workload import Workload

ENDING = ".yaml"
IMAGE_FILE = "image.toml"
"""How the local AWS runs a container's image."""
_T = TypeVar("_T")


@dataclass(frozen=True)
class Folders:
    """The folders of the files."""

    config: Path = paths.CONFIG
    workloads: Path = paths.WORKLOADS
    containers: Path = paths.CONTAINERS


@dataclass
class Validation:
    """The checked files, and every problem once, in the order of the files."""

    folders: Folders = field(default_factory=Folders)
    files: int = 0
    notes: list[str] = field(default_factory=list)
    """What is no mistake, and worth knowing."""
    _problems: dict[str, Problem] = field(default_factory=dict)

    @property
    def problems(self) -> list[Problem]:
        """All problems."""
        return list(self._problems.values())

    def all(self) -> Validation:
        """Check every environment, the price list, all containers and workloads, and that they fit together."""
        config = self.folders.config
        self._misnamed([*config.glob("*.y*ml"), *self.folders.workloads.glob("*/workload.y*ml")])
        environments = self._environments()
        for environment in environments:
            self._promotion(environment)
        if overlaps := overlap_note(environments):
            self.notes.append(overlaps)
        for problem in twice_owned_logs(environments):
            self._add(problem)
        if os.path.lexists(prices := config / paths.PRICES.name):
            self._each(lambda name: load_prices(config / name), [prices.name])
        self.files += len(list(self.folders.containers.glob("*/container.yaml")))
        with self._reporting(self.folders.containers):
            load_containers(self.folders.containers)
        self._containers_without_image()
        workloads = self._workloads(workload_names(self.folders.workloads))
        rendered = [(environment, self._render(workloads, environment)) for environment in environments]
        for environment, definitions in rendered:
            self._together(environment, definitions)
        self.notes += network_notes(rendered)
        return self

    def _imports(self, workload: Workload) -> None:
        """Note what scripts import and their framework's image doesn't have. AWS's may have it, so it is no mistake."""
        folder = self.folders.workloads / workload.name
        for section in PURPOSES:
            part = getattr(workload, section)
            if part is None or part.entry_point is None:
                continue
            image = part.image or workload.image
            if image.framework:
                missing = missing_imports(part.entry_point, scripts_of(part, folder), image.framework)
                self.notes += [note for problem in missing if (note := str(problem)) not in self.notes]

    def only(self, names: Sequence[str]) -> Validation:
        """Check some workloads in every environment that has no mistakes itself."""
        workloads = self._workloads(names)
        for environment in Validation(self.folders)._environments():
            self._render(workloads, environment)
        return self

    def _environments(self) -> list[EnvironmentSettings]:
        config = self.folders.config
        return self._each(lambda name: load_environment(name, config), environment_names(config))

    def _workloads(self, names: Sequence[str]) -> list[Workload]:
        workloads = self._each(lambda name: load_workload(name, self.folders.workloads), names)
        for workload in workloads:
            self._imports(workload)
        environments = environment_names(self.folders.config)
        for problem in earlier_model_problems(workloads, environments, self.folders.workloads):
            self._add(problem)
        return workloads

    def _each(self, load: Callable[[str], _T], names: Sequence[str]) -> list[_T]:
        loaded = []
        for name in names:
            self.files += 1
            with self._reporting():
                loaded.append(load(name))
        return loaded

    def _render(self, workloads: Sequence[Workload], environment: EnvironmentSettings) -> dict[str, Definition]:
        """Render per environment, because an image can exist in one environment's region and not in another's."""
        definitions: dict[str, Definition] = {}
        chosen: list[str] = []
        with self._reporting():
            chosen = chosen_workloads(environment, self.folders.workloads)
        for workload in workloads:
            if workload.name not in chosen:
                continue
            folder = self.folders.workloads / workload.name
            with self._reporting(folder / FILE):
                definitions[workload.name], _ = render(workload, environment, folder, self.folders.containers)
        return definitions

    def _together(self, environment: EnvironmentSettings, definitions: dict[str, Definition]) -> None:
        for problem in problems_together(definitions, self.folders.workloads):
            self._add(problem)
        with self._reporting(environment.source):
            check_environment(environment, definitions, self.folders.workloads, self.folders.containers)

    def _promotion(self, environment: EnvironmentSettings) -> None:
        with self._reporting(environment.source):  # the config of a target may have mistakes
            for problem in promotion_problems(environment):
                self._add(problem)

    def _misnamed(self, files: Sequence[Path]) -> None:
        for path in sorted(files):
            if path.suffix != ENDING:
                self._add(Problem(path, None, "", f"is ignored; rename it to {path.stem}{ENDING}"))

    def _containers_without_image(self) -> None:
        for name in container_names(self.folders.containers):
            file = self.folders.containers / name / IMAGE_FILE
            if not file.is_file():
                message = "there is no such file; write one as docs/containers.md says, because the local AWS runs it"
                self._add(Problem(file, None, "", message))

    @contextmanager
    def _reporting(self, path: Path | None = None) -> Iterator[None]:
        """Collect problems instead of raising them; `path` is the file of a mistake that doesn't name one."""
        try:
            yield
        except InvalidFileError as error:
            for problem in error.problems:
                self._add(problem)
        except LaunchpadError as error:
            if path is None:
                raise
            self._add(Problem(path, None, "", str(error)))
        except OSError as error:
            if path is None or not error.filename:
                raise
            self._add(
                Problem(Path(error.filename), None, "", f"can't be read ({error.strerror}); correct or remove it")
            )

    def _add(self, problem: Problem) -> None:
        self._problems.setdefault(str(problem), problem)
