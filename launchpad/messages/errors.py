"""Mistakes in a user's files, reported as `file:line: key: what is wrong. What to write instead.`"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from launchpad.messages.plain_text import one_line, shortened


class LaunchpadError(Exception):
    """A mistake that the user can fix; its message is all that they need to see."""


@dataclass(frozen=True)
class Problem:
    """One mistake in one file."""

    path: Path
    line: int | None
    key: str
    message: str

    def __str__(self) -> str:
        place = f"{shown(self.path)}:{self.line}" if self.line else shown(self.path)
        return one_line(": ".join(part for part in (place, self.key, self.message) if part))


class InvalidFileError(LaunchpadError):
    """A file can't be used; carries all problems in it, not only the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def shown(path: Path) -> str:
    """`path` relative to the current folder if it is inside, otherwise as it is."""
    try:
        return str(path.absolute().relative_to(Path.cwd()))  # absolute(), not resolve(): links are not followed
    except ValueError:
        return str(path)


def suggest(wrong: str, known: Iterable[str], noun: str) -> str:
    """A remedy for a wrong name: the closest known name, or else the list of all (`noun` is their plural)."""
    names, wrong = sorted(known), shortened(wrong, 100)
    near = difflib.get_close_matches(wrong, names, n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"known {noun}: {', '.join(names) or 'none'}"
