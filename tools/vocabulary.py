"""Plain English in comments, docstrings, names of tests, Markdown and YAML: `make lint` finds `IDIOMS` in every room.

`names.py` checks variables, and the length of tests' names, in the same rooms.
"""

from __future__ import annotations

import ast
import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools import names

PROGRAMS = ("app.py", "lambda", "launchpad", *map(str, Path().glob("packages/*/src")), "security", "stacks", "tools")
ROOMS = (*PROGRAMS, "benchmarks", "containers", "tests", *map(str, Path().glob("packages/*/tests")), "workloads")
DOCUMENTS = ("*.md", "*.md.j2", "config/*.yaml", "security/*.yaml", "workloads/*.yaml")
"""Patterns of git: the prose for users."""
LEFT_OUT = ("stacks/notebook_scripts/", "tools/vocabulary.py")
"""Scripts that templates carry, so that other words would be another template, and this file's examples."""
CLAUSE = r"((it|they|there|that|what|who)|(an?|the) \w+ (is|are|was|has|have|can|may|would|does|do))"
IDIOMS = {
    rf", for {CLAUSE}\b": 'use "because"',
    r"\bof (its|one's|their|our|my) own\b(?! [a-z])": 'drop it, or write "separate"',
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
"""Regular expressions, and what to write instead. A space in them is any white space, such as the end of a line."""
PREPOSITION = re.compile("(After|As|At|Before|By|For|From|In|Of|On|To|Under|With|Without) ")
"""How no docstring begins, also none below an attribute: one must have read the line above it to parse it."""
CODE = re.compile(r"^ *(```|~~~).*?^ *\1|(`+)[^`]+\2(?!`)", re.DOTALL | re.MULTILINE)
"""Code in Markdown: blocks between fences, and within a line."""


def docstrings(source: str) -> Iterator[tuple[int, str]]:
    """The docstrings of modules, classes, functions and attributes: the texts that stand alone, each with its line."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.lineno, node.value.value


def test_names(source: str) -> Iterator[tuple[int, str]]:
    """The names of tests as words, each with its line."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test_"):
            yield node.lineno, node.name.replace("_", " ")


def prose(path: Path) -> Iterator[tuple[int, str]]:
    """A Python file's comments, docstrings and test names, or another file without its code, each with its line."""
    text = path.read_text("utf-8")
    if path.suffix != ".py":
        yield 1, CODE.sub(lambda code: "`" + "\n" * code[0].count("\n") + "`", text)
        return
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    yield from docstrings(text)
    yield from test_names(text)


def mistakes(path: Path) -> Iterator[str]:
    """Each idiom in a file, as `file:line: the idiom: what to write`."""
    for start, text in prose(path):
        for idiom, remedy in IDIOMS.items():
            for match in re.finditer(idiom.replace(" ", r"\s+"), text):
                line = start + text.count("\n", 0, match.start())
                yield f"{path}:{line}: {' '.join(match[0].split()).strip(', ')!r}: {remedy}"
    for line, text in docstrings(path.read_text("utf-8")) if path.suffix == ".py" else ():
        if first := PREPOSITION.match(text):
            yield f"{path}:{line}: {first[0].strip()!r}: begin with a verb or a noun"


def files(room: str) -> list[Path]:
    """Every Python file of a room, in order."""
    path = Path(room)
    return [path] if path.is_file() else sorted(path.rglob("*.py"))


def documents() -> list[Path]:
    """Every file of git, or not yet of it, with prose for users."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate", "--", *DOCUMENTS]
    paths = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return [path for path in map(Path, paths) if path.is_file()]


def main(rooms: Sequence[str] = ()) -> int:
    """Print what is wrong; 1 if anything is. ``rooms`` may be given on the command line, to count in others."""
    prose_files = [path for room in rooms or ROOMS for path in files(room)] + ([] if rooms else documents())
    lines = [line for path in prose_files if not path.as_posix().startswith(LEFT_OUT) for line in mistakes(path)]
    for room in rooms or ROOMS:
        lines += names.mistakes(room, files(room))
    sys.stdout.writelines(f"{mistake}\n" for mistake in lines)
    return int(bool(lines))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
