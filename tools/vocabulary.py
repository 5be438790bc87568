"""Plain English in comments, docstrings and names of tests: `make lint` finds the idioms of `IDIOMS` in every room.

`names.py` checks variables, and the length of tests' names, in the same rooms.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools import names

PROGRAMS = ("app.py", "lambda", "launchpad", *map(str, Path().glob("packages/*/src")), "security", "stacks", "tools")
ROOMS = (*PROGRAMS, "benchmarks", "containers", "tests", *map(str, Path().glob("packages/*/tests")), "workloads")
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
    r"\b(lies?|lay) in\b": 'use "is in"',
    r"\b[Mm]end(s|ed|ing)?\b": 'use "fix"',
    r"\b[Rr]ights\b": 'use "permissions"',
    r"\b(Surprise|What surprises):": 'use "Note:"',
    r"\b[Aa]rtefacts?\b": 'use "artifact", as AWS does',
}
"""Regular expressions, and what to write instead."""
PREPOSITION = re.compile("(After|As|At|Before|By|For|From|In|Of|On|To|Under|With|Without) ")
"""How no docstring of a module, class or function begins: one must have read the line above it to parse it."""
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
DOCUMENTED = (ast.Module, ast.ClassDef, *FUNCTIONS)


def prose(source: str) -> Iterator[tuple[int, str]]:
    """The comments, docstrings and test names (as words) of a Python file, each with the number of its first line."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.lineno, node.value.value
        elif isinstance(node, FUNCTIONS) and node.name.startswith("test_"):
            yield node.lineno, node.name.replace("_", " ")


def mistakes(path: Path) -> Iterator[str]:
    """Each idiom in a file, as `file:line: the idiom: what to write`."""
    for start, text in prose(path.read_text("utf-8")):
        for offset, line in enumerate(text.splitlines()):
            for idiom, remedy in IDIOMS.items():
                for match in re.finditer(idiom, line):
                    yield f"{path}:{start + offset}: {match[0].strip(', ')!r}: {remedy}"
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, DOCUMENTED) and (first := PREPOSITION.match(ast.get_docstring(node) or "")):
            yield f"{path}:{node.body[0].lineno}: {first[0].strip()!r}: begin with a verb or a noun"


def files(room: str) -> list[Path]:
    """Every Python file of a room, in order."""
    path = Path(room)
    return [path] if path.is_file() else sorted(path.rglob("*.py"))


def main(rooms: Sequence[str] = ()) -> int:
    """Print what is wrong; 1 if anything is. ``rooms`` may be given on the command line, to count in others."""
    rooms = rooms or ROOMS
    prose_files = [path for room in rooms for path in files(room)]
    lines = [line for path in prose_files if not path.as_posix().startswith(LEFT_OUT) for line in mistakes(path)]
    for room in rooms:
        lines += names.mistakes(room, files(room))
    sys.stdout.writelines(f"{mistake}\n" for mistake in lines)
    return int(bool(lines))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
