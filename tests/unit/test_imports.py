"""What ships to Lambda imports the standard library, boto3 with what it needs, and itself: all that the asset has."""

from __future__ import annotations

import ast
import sys

import pytest

from launchpad.paths import ROOT

FUNCTIONS = sorted((ROOT / "lambda").glob("*.py"))
REQUESTS = sorted((ROOT / "launchpad/requests").rglob("*.py"))


def imported(source: str) -> set[str]:
    """All modules that a source imports, wherever it does."""
    modules = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            modules |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules.add("." * node.level + (node.module or ""))
    return modules


def others(source: str, allowed: set[str]) -> set[str]:
    """What it imports but the standard library and ``allowed`` modules, with all that they contain."""
    known = sys.stdlib_module_names | allowed
    return {name for name in imported(source) if not any(f"{name}.".startswith(f"{each}.") for each in known)}


@pytest.mark.parametrize("path", REQUESTS, ids=lambda path: path.stem)
def test_requests_import_the_standard_library(path):
    assert others(path.read_text(), {"launchpad.requests"}) == set()


@pytest.mark.parametrize("path", FUNCTIONS, ids=lambda path: path.stem)
def test_functions_import_requests_and_each_other(path):
    own = {module.stem for module in FUNCTIONS}
    assert others(path.read_text(), {"boto3", "botocore", "dateutil", "launchpad.requests", *own}) == set()


@pytest.mark.parametrize(
    "source",
    ["import launchpad", "from launchpad.settings import Settings", "def f():\n import yaml", "from . import a"],
)
def test_any_other_import_is_refused(source):
    assert others(source, {"launchpad.requests"}) != set()
