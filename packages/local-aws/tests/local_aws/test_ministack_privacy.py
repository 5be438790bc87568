"""Only the folder `ministack/` imports ministack, and no module uses the private names of another."""

from __future__ import annotations

import ast
import re

import pytest

from tests.local_aws.launcher import ROOT

SOURCES = ROOT / "packages/local-aws/src/local_aws"
PRIVATE = re.compile(r"_[^_].*")
OTHERS_PRIVATE = {
    ("process/ending.py", "os._exit"),
    ("runtimes/foreground.py", "os._exit"),
    ("runtimes/inside/supervisor.py", "os._exit"),
    ("runtimes/inside/training.py", "errors._CalledProcessError"),  # AWS's toolkit
    ("cloudformation/operations.py", "client._request_signer._credentials"),  # botocore
    ("cloudformation/operations.py", "client._request_signer"),
}
"""Private names of other libraries, each with the file that uses it."""
TOOLKITS = re.compile(r"sagemaker_(containers|training)\.")
"""AWS's modules in its images, whose public names are made of private modules, as in AWS's own."""


def private_names(source):
    """What a module uses of others' private names: imported, as attributes, or by getattr and setattr."""
    nodes = list(ast.walk(ast.parse(source)))
    own = {name for node in nodes if isinstance(node, ast.ClassDef) for name in _members(node)}
    for node in nodes:
        if isinstance(node, ast.Attribute) and PRIVATE.fullmatch(node.attr):
            if not _is_self(node.value) and node.attr not in own:
                yield ast.unparse(node)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from (f"{node.module}.{name.name}" for name in node.names if PRIVATE.fullmatch(name.name))
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("getattr", "setattr", "hasattr", "delattr"):
            name = ast.unparse(node.args[1]).removeprefix("f").strip("'\"")
            if PRIVATE.fullmatch(name):
                yield ast.unparse(node)


def _is_self(node):
    return ast.unparse(node) in ("self", "cls", "super()")


def _members(owner):
    """What a class defines: methods, fields, and what its methods assign to self."""
    for node in ast.walk(owner):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and _is_self(node.value):
            yield node.attr


def outside():
    files = sorted(path for path in SOURCES.rglob("*.py") if path.parent.name != "ministack")
    return [path.relative_to(SOURCES).as_posix() for path in files]


def test_no_other_file_imports_ministack():
    importing = re.compile(r"^\s*(from|import) ministack\b", re.MULTILINE)
    assert [path for path in outside() if importing.search((SOURCES / path).read_text())] == []


def test_no_other_file_uses_private_names():
    used = {(path, name) for path in outside() for name in private_names((SOURCES / path).read_text())}
    toolkits = {(path, name) for path, name in used if path.startswith("runtimes/images/") and TOOLKITS.match(name)}
    assert used - toolkits == OTHERS_PRIVATE


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("def install(engine): engine._fail = None", ["engine._fail"]),
        ("def _fail(): ...\ndef install(engine): engine._fail = _fail", ["engine._fail"]),
        ("def read(stores): return stores.sts._sessions", ["stores.sts._sessions"]),
        ("def read(module, name): return getattr(module, f'_{name}')", ["getattr(module, f'_{name}')"]),
        ("def change(module): setattr(module, '_buckets', {})", ["setattr(module, '_buckets', {})"]),
        ("from local_aws.iam import _may", ["local_aws.iam._may"]),
        ("class A:\n def copy(self, other): self._x = other._x", []),
        ("class A:\n @classmethod\n def make(cls): return cls()._prepare()\n def _prepare(self): ...", []),
        ("def module(a): return a.__module__, getattr(a, '__doc__')", []),
    ],
)
def test_the_rule_sees_private_names(source, names):
    assert list(private_names(source)) == names
