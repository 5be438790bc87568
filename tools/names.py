"""Names of variables and tests: `make lint` keeps participles and pronouns rare as variables, and test names short.

A variable is named after the thing that it holds, such as `bucket` or `response`; a test after the one promise that it
keeps. A few vague names are allowed in each room, because some are the right word, such as `left` in a drawing.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

VAGUE = re.compile(
    "answer|asked|began|begun|come|done|found|given|gone|got|held|kept|known|left|lost|made|named|one|place|said|seen|"
    "sent|shown|spent|taken|told|wanted|which|whole|whose|written"
)
LARGEST_SHARE = 0.005
LONGEST_TEST_NAME = 70
CARRIED = ("stacks/notebook_scripts/",)
"""Templates carry these files, so that another name would be another template."""
Trees = Sequence[tuple[Path, ast.Module]]


def bindings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Each variable and parameter where it gets its value, as (line, name)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
            yield node.lineno, node.name


def mistakes(room: str, paths: Iterable[Path]) -> list[str]:
    """What is wrong with the names of a room: its long test names, and its vague variables if they are too many."""
    trees = [(path, ast.parse(path.read_text("utf-8"))) for path in paths]
    return [*_long_test_names(trees), *_vague_variables(room, trees)]


def _long_test_names(trees: Trees) -> Iterator[str]:
    for path, tree in trees:
        functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
        for name, line in ((function.name, function.lineno) for function in functions):
            if name.startswith("test_") and len(name) > LONGEST_TEST_NAME:
                limit = f"{len(name)} characters, at most {LONGEST_TEST_NAME}"
                yield f"{path}:{line}: {name}: {limit}: name one promise, or split the test"


def _vague_variables(room: str, trees: Trees) -> list[str]:
    count, places = 0, []
    for path, tree in trees:
        for line, name in bindings(tree) if not path.as_posix().startswith(CARRIED) else ():
            count += 1
            if VAGUE.fullmatch(name):
                places.append(f"{path}:{line}: {name!r}: name the thing that it holds")
    if len(places) <= count * LARGEST_SHARE:
        return []
    share = f"{len(places)} of {count} variables ({len(places) / count:.1%})"
    return [*places, f"{room}: {share} have vague names; at most {LARGEST_SHARE:.1%} may"]
