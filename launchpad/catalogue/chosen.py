"""Which workloads an environment has: those that its config names, else all but for the samples of the platform.

`workloads/samples.yaml` lists the samples. They are part of `local`, and of another environment only where its config
names them. A workload that is not in the list runs everywhere by default, also if it began as a copy of a sample.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from launchpad import paths
from launchpad.config_files.yaml_source import Settings, load, problem_at
from launchpad.messages.errors import Problem, suggest
from launchpad.settings import EnvironmentSettings

FILE = "samples.yaml"
WITH_SAMPLES = "local"
"""The environment that has every workload and image by default."""


class SamplesFile(Settings):
    """The content of `samples.yaml`."""

    samples: tuple[str, ...]
    """Names of workloads. A folder that was deleted may stay in the list."""


def sample_names(folder: Path = paths.WORKLOADS) -> frozenset[str]:
    """The names of the samples in a folder of workloads; none without the list.

    Raises:
        InvalidFileError: the list has mistakes.
    """
    path = folder / FILE
    return frozenset(load(path, SamplesFile).samples) if os.path.lexists(path) else frozenset()


def left_out(environment: EnvironmentSettings, folder: Path = paths.WORKLOADS) -> frozenset[str]:
    """The samples that an environment lacks whose config names no workloads.

    Raises:
        InvalidFileError: the list of samples has mistakes.
    """
    return frozenset() if environment.name == WITH_SAMPLES else sample_names(folder)


def may_run(name: str, environment: EnvironmentSettings, folder: Path = paths.WORKLOADS) -> bool:
    """Whether a workload runs in an environment.

    Raises:
        InvalidFileError: the list of samples has mistakes.
    """
    if environment.workloads is not None:
        return name in environment.workloads
    return name not in left_out(environment, folder)


def problems_of_names(
    environment: EnvironmentSettings, key: str, names: Sequence[str], existing: Collection[str]
) -> Iterator[Problem]:
    """Each name in a list of the config (`workloads` or `containers`) that doesn't exist or is listed twice."""
    for number, name in enumerate(names):
        if name not in existing:
            message = f"there is no {key[:-1]} {name!r}; {suggest(name, existing, key)}"
            yield problem_at(environment.source, (key, number), message)
        elif name in names[:number]:
            yield problem_at(environment.source, (key, number), f"{name!r} is listed twice; remove one")
