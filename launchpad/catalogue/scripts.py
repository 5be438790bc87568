"""Looks into a workload's scripts before a job does: a syntax error would cost the start of an instance.

Note: they are compiled by the Python that runs this command; an image may have a newer one.
"""

from __future__ import annotations

import platform
import warnings
from collections.abc import Iterable
from importlib.machinery import SourceFileLoader
from pathlib import Path

from launchpad.catalogue.packaging import source_files
from launchpad.messages.errors import Problem


def syntax_problems(folders: Iterable[Path]) -> list[Problem]:
    """The syntax errors of the Python files in source folders, each with its line."""
    scripts = {path for folder in folders if folder.is_dir() for path in source_files(folder).values()}
    with warnings.catch_warnings(action="ignore"):
        problems = [_problem(path) for path in sorted(scripts) if path.suffix == ".py"]
    return [problem for problem in problems if problem]


def _problem(path: Path) -> Problem | None:
    """What keeps a file from being compiled."""
    try:
        _compile(path)
    except SyntaxError as error:
        words = f"Python {platform.python_version()} can't read it: {error.msg}; correct the syntax"
        return Problem(path, error.lineno, "", words)
    except ValueError as error:  # null bytes
        return Problem(path, None, "", f"is not Python: {error}; correct the file")
    return None


def _compile(path: Path) -> None:
    """Compile a file, unless Python kept its byte code the last time. A full disk may have cut that off."""
    loader = SourceFileLoader(path.stem, str(path))
    try:
        loader.get_code(path.stem)
    except (EOFError, ValueError):
        loader.source_to_code(loader.get_data(str(path)), str(path))
