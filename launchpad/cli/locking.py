"""Locks the requirements of one workload or container: exact versions with hashes, written by uv."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from launchpad import paths
from launchpad.cli.programs import uv
from launchpad.messages.errors import LaunchpadError, shown, suggest

COMPILE = ("--universal", "--python-version", "3.11", "--generate-hashes")
COMPILE_OUTPUT = ("--no-emit-index-url", "--no-header", "--quiet")
BASE_HAS = "# base has: "
"""The beginning of a line with packages of a container's base image, which its lock file leaves out."""
WHEELS = paths.ROOT / "packages" / "local-aws" / "src" / "local_aws" / "runtimes" / "wheels.py"
"""Prints the variables with which uv finds PyTorch's builds for processors; they are not on the package index."""


def folder_of(name: str) -> Path:
    """The folder of a workload or container by its name, or by `workloads/NAME` or `containers/NAME`.

    Raises:
        LaunchpadError: it is neither, or both.
    """
    parent, _, last = name.rpartition("/")
    homes = {"workloads": paths.WORKLOADS, "containers": paths.CONTAINERS}
    folders = [home / last for kind, home in homes.items() if parent in ("", kind) and (home / last).is_dir()]
    if len(folders) > 1:
        raise LaunchpadError(f"{name!r} is a workload and a container; write workloads/{name} or containers/{name}")
    if not folders or not last:
        names = [path.name for home in homes.values() if home.is_dir() for path in home.iterdir() if path.is_dir()]
        raise LaunchpadError(f"no workload or container {name!r}; {suggest(last, sorted(names), 'folders')}")
    return folders[0]


def sources(folder: Path) -> list[Path]:
    """The files of requirements that are locked: `*.in` of the folder, and of a workload's `src`."""
    return sorted([*folder.glob("*.in"), *folder.glob("src/requirements.in")])


def lock(source: Path) -> Path:
    """Write the lock file next to `source`, and return it. Pins that still fit stay.

    Raises:
        LaunchpadError: uv finds no versions that fit; has uv's output.
    """
    target = source.with_suffix(".txt")
    arguments = [*COMPILE, *COMPILE_OUTPUT, *options_of(source), str(source), "-o", str(target)]
    try:
        uv.run_uv(["pip", "compile", *arguments], {**os.environ, **_wheels(source)})
    except LaunchpadError as error:
        raise LaunchpadError(f"{shown(source)}: {error}") from None
    return target


def options_of(source: Path) -> Sequence[str]:
    """What a lock file leaves out: what the base image has, or what data.py and a job's image have already."""
    if source.parent.parent == paths.CONTAINERS:
        lines = source.read_text("utf-8").splitlines()
        names = [name for line in lines if line.startswith(BASE_HAS) for name in line.removeprefix(BASE_HAS).split()]
        return [option for name in names for option in ("--no-emit-package", name)]
    if source.name == "data-requirements.in":
        return ["--no-deps"]
    return ["--no-emit-package", "numpy"] if source.parent.name == "src" else []


def _wheels(source: Path) -> dict[str, str]:
    if source.name != "requirements.in" or source.parent.parent == paths.CONTAINERS or not WHEELS.is_file():
        return {}
    result = subprocess.run([sys.executable, str(WHEELS), str(source)], capture_output=True, text=True, check=True)
    return dict(pair.split("=", 1) for pair in result.stdout.split())
