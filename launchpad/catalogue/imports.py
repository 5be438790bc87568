"""Finds imports that a script's image has no module for: the job would start an instance, and fail at its first line.

Only what is certain to run is looked at: imports on the top level of the entry point and of the workload's own modules
that it imports. A folder with a requirements.txt is not, because what it installs isn't known here.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from launchpad.messages.errors import Problem

DATA = Path(__file__).with_name("image_modules.json")
"""Written by `make lock-modules`."""
TOOLKITS = "sagemaker"
"""The prefix of the modules of AWS's toolkits, which every framework image has."""


def requirements_digest(files: Iterable[Path]) -> str:
    """The hash of lock files, by which a test sees that `DATA` is older than they are."""
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


def missing_imports(entry_point: str, files: Mapping[str, Path], framework: str) -> list[Problem]:
    """The imports that AWS's image of `framework` has no module for; `files` are the packaged scripts, by name."""
    if "requirements.txt" in files:
        return []
    modules = _modules(framework)
    missing = []
    for script in _reached(entry_point, files):
        for line, module in _top_level_imports(script):
            if module not in modules and not module.startswith(TOOLKITS) and not _own(module, files):
                missing.append(Problem(script, line, "", _message(module, framework)))
    return missing


def _message(module: str, framework: str) -> str:
    return (
        f"the image of {framework} has no module {module!r}, as far as the local AWS knows: name its package in"
        " requirements.txt next to the script (with `network_isolation: false`), or use another image"
    )


def _reached(entry_point: str, files: Mapping[str, Path]) -> Iterator[Path]:
    """The entry point and what it imports of the workload's own modules, and what these import."""
    names = [entry_point]
    for name in names:  # grows
        if name not in files:
            continue
        yield files[name]
        own = [own for _, module in _top_level_imports(files[name]) for own in _own(module, files)]
        names += [each for each in own if each not in names]


def _own(module: str, files: Mapping[str, Path]) -> list[str]:
    """The files of one of the workload's own modules or packages; only a package's `__init__.py` runs for certain."""
    if f"{module}.py" in files:
        return [f"{module}.py"]
    inside = [name for name in files if name.startswith(f"{module}/")]
    return [f"{module}/__init__.py"] if inside else []


def _top_level_imports(script: Path) -> Iterator[tuple[int, str]]:
    try:
        statements = ast.parse(script.read_bytes()).body
    except (SyntaxError, ValueError):
        return  # reported separately
    for statement in statements:
        if isinstance(statement, ast.Import):
            yield from ((statement.lineno, alias.name.partition(".")[0]) for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom) and not statement.level and statement.module:
            yield statement.lineno, statement.module.partition(".")[0]


def _modules(framework: str) -> frozenset[str]:
    return frozenset(locked_modules()[framework]["modules"]) | sys.stdlib_module_names


@functools.cache
def locked_modules() -> Mapping[str, Any]:
    """The modules of each framework's image, with the digest of the lock files that they come from."""
    content: Mapping[str, Any] = json.loads(DATA.read_text("utf-8"))
    return content
