"""Keeps cloud assemblies, because the same inputs give the same bytes and a synth takes seconds.

The key is a hash of everything that the app can read: its code and that of the packages it uses, the files of the
checkout, and the variables that the app and the CDK look at.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path

import launchpad
from launchpad import paths

FOLDER_VARIABLE = "LAUNCHPAD_ASSEMBLIES"
"""Another folder for the kept assemblies than `build/assemblies`; empty, and none is kept."""
INPUTS = ("app.py", "cdk.json", "images.lock.json", "lambda", "requirements", "stacks")
PROJECT_INPUTS = ("config", "containers", "prices", "workloads")
PACKAGES = ("aws-cdk-lib", "constructs")
VARIABLES = ("CDK_", "JSII_", "LAUNCHPAD_", "PYTHON")
"""The prefixes of the variables that may change an assembly."""
PLACES = ("LAUNCHPAD_ROOT", "LAUNCHPAD_PROJECT", FOLDER_VARIABLE)
"""Variables that say only where the files are: the same files elsewhere give the same assembly."""
MOST_KEPT = 60
"""About as many as `make test` has; each is one or two megabytes."""
MOST_HASHED = 2**20
"""A larger file is known by its size and time. No script or template is that large, but data next to them may be."""


def key(environment: str, variables: Mapping[str, str], context: Mapping[str, str] | None = None) -> str:
    """The hash of everything that decides the environment's assembly; `context` is the CDK's."""
    digest = hashlib.sha256()
    names = sorted(name for name in variables if name.startswith(VARIABLES) and name not in PLACES)
    of_interest = [(name, variables[name]) for name in names]
    versions = [sys.version, *(version(name) for name in PACKAGES)]
    digest.update(repr((environment, of_interest, sorted((context or {}).items()), versions)).encode())
    inputs = [*(paths.ROOT / name for name in INPUTS), *(paths.PROJECT / name for name in PROJECT_INPUTS)]
    for root in [Path(launchpad.__file__).parent, *inputs]:
        for file in sorted(_files(root)):
            digest.update(_content(file, f"{root.name}/{file.relative_to(root)}"))
    return digest.hexdigest()


def restore(key: str, folder: Path) -> bool:
    """Copy the kept assembly to `folder`; False if none is kept."""
    kept = _kept()
    if kept is None or not (kept / key).is_dir():
        return False
    os.utime(kept / key)  # first, so that no synth of other inputs forgets it during the copy
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(kept / key, folder, symlinks=True)
    return True


def keep(key: str, folder: Path) -> None:
    """Keep a finished assembly, and forget those that have not been used for longest."""
    kept = _kept()
    if kept is None or (kept / key).exists():
        return
    kept.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix="incomplete-", dir=kept))
    shutil.copytree(folder, aside, symlinks=True, dirs_exist_ok=True)
    try:
        aside.rename(kept / key)
    except OSError:  # another synth of the same inputs was faster
        shutil.rmtree(aside, ignore_errors=True)
    for old in sorted(kept.iterdir(), key=_last_use, reverse=True)[MOST_KEPT:]:
        shutil.rmtree(old, ignore_errors=True)


def _kept() -> Path | None:
    folder = os.environ.get(FOLDER_VARIABLE, str(paths.BUILD / "assemblies"))
    return Path(folder) if folder else None


def _last_use(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _files(root: Path) -> Iterator[Path]:
    if root.is_file():
        yield root
    for parent, folders, names in os.walk(root, followlinks=True):
        folders[:] = [name for name in folders if name != "__pycache__"]
        yield from (Path(parent, name) for name in names)


def _content(file: Path, name: str) -> bytes:
    """Name, mode and content of a file, in a form that no two different files share."""
    try:
        status = file.stat()
        if status.st_size > MOST_HASHED:
            content = f"{status.st_size} {status.st_mtime_ns}"
        else:
            content = hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:  # a dangling link, or a file that is being replaced: the synth reports it
        return repr((name, error.strerror)).encode()
    return repr((name, status.st_mode & 0o111, content)).encode()
