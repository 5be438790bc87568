"""Plain English in comments and docstrings: `make lint` finds the idioms that CONTRIBUTING.md lists, room by room.

A room is added to `ROOMS` when it is clean, and stays clean from then on.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOMS = ("app.py", "lambda", "launchpad", *map(str, Path().glob("packages/*/src")), "security", "stacks", "tools")
LEFT_OUT = ("stacks/notebook_scripts/", "tools/vocabulary.py")
"""Scripts that templates carry, so that other words would be another template, and this file's examples."""
CLAUSE = r"((it|they|there|that|what|who)|(an?|the) \w+ (is|are|was|has|have|can|may|would|does|do))"
IDIOMS = {
    rf", for {CLAUSE}\b": 'use "because"',
    r"\bof (its|one's|their|our|my|your) own\b(?! [a-z])": 'drop it, or write "separate"',
    r"\b(is|are|was|were|be|been) told\b": 'use "is reported", "raises" or "returns"',
    r"\b[Ww]hoever\b": "name who: the caller, the deploying principal",
    r"\b([Nn]obody|[Ee]verybody|[Ss]omebody)\b": "name who: no role, all callers",
    r"\b[Bb]eside\b": 'use "next to", "in addition to"',
    r"\b[Hh]ence\b": 'use "so"',
    r"\b[Mm]end(s|ed|ing)?\b": 'use "fix"',
    r"\b[Rr]ights\b": 'use "permissions"',
    r"\b(Surprise|What surprises):": 'use "Note:"',
    r"\b[Aa]rtefacts?\b": 'use "artifact", as AWS does',
}
"""Regular expressions, and what to write instead."""


def prose(source: str) -> Iterator[tuple[int, str]]:
    """The comments and docstrings of a Python file, each with the number of its first line."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.lineno, node.value.value


def mistakes(path: Path) -> Iterator[str]:
    """Each idiom in a file, as `file:line: the idiom: what to write`."""
    for start, text in prose(path.read_text("utf-8")):
        for offset, line in enumerate(text.splitlines()):
            for idiom, remedy in IDIOMS.items():
                for match in re.finditer(idiom, line):
                    yield f"{path}:{start + offset}: {match[0].strip(', ')!r}: {remedy}"


def files(rooms: Iterable[str]) -> Iterator[Path]:
    """Every Python file of the rooms, in order."""
    for room in map(Path, rooms):
        paths = [room] if room.is_file() else sorted(room.rglob("*.py"))
        yield from (path for path in paths if not path.as_posix().startswith(LEFT_OUT))


def main(rooms: Iterable[str] = ROOMS) -> int:
    """Print what is wrong; 1 if anything is. ``rooms`` may be given on the command line, to count in others."""
    lines = [mistake for path in files(rooms) for mistake in mistakes(path)]
    sys.stdout.writelines(f"{mistake}\n" for mistake in lines)
    return int(bool(lines))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ROOMS))
