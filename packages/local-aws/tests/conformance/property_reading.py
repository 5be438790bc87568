"""Which properties of resource types have no effect, from the source: nothing that makes the resource names them.

A type of our own hands its properties on to operations; one of the emulator's has functions, which call others. Names
are not followed through the code: a property that shares its name with one that is read counts as read too.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from botocore import xform_name
from botocore.model import OperationModel

from local_aws.cloudformation.completions import COMPLETIONS
from local_aws.cloudformation.schema import schemas
from local_aws.cloudformation.types import TYPES
from tests.conformance.models import model_of
from tests.conformance.reading import SERVICES, SOURCE, Members, key
from tests.conformance.reading import paths as members_of
from tests.local_aws.launcher import PYTHON

OURS = {each.type_name: each for each in TYPES}
EMULATED = {"events": "eventbridge", "lambda": "lambda_svc", "logs": "cloudwatch_logs"}
"""The emulator's modules for services, where they have other names."""
COMPLETING = {"AWS::S3::Bucket": ("completions", "bucket_lifecycle")}
"""Our modules that complete a type of the emulator's, if not only the one."""
ENGINE = "cloudformation.provisioners"


def unread_properties(type_name: str, without_effect: Members) -> list[str]:
    """The properties without effect, `A.B` for B inside A; of one that is not read, only itself.

    ``without_effect`` are the members of our own operations that have none.
    """
    ours, ignored = type_name in OURS, list[str]()
    read, endings = _handed_on(type_name, without_effect) if ours else (_made(type_name), ())
    inside = frozenset[str]() if ours else _words(type_name.split("::")[1].lower())
    for path in paths(type_name):
        name = path.rpartition(".")[2]
        spellings = {name, name[:1].lower() + name[1:]}
        is_read = spellings & read or ("." in path and spellings & inside) or name.endswith(endings)
        if not is_read and not any(path.startswith(f"{other}.") for other in ignored):
            ignored.append(path)
    return ignored


def paths(type_name: str) -> Iterator[str]:
    """Every property that a template may set, at any depth, the outer ones first; tags as a whole."""
    root = schemas()[type_name]
    pointers = root.get("readOnlyProperties", ())
    read_only = {pointer.removeprefix("/properties/").replace("/", ".") for pointer in pointers}
    for path in map(".".join, _inside(root, root, (), ())):
        if path not in read_only and not path.startswith(("Tags.", "ResourceTags.")):
            yield path


def _inside(
    root: dict[str, Any], shape: dict[str, Any], path: tuple[str, ...], within: tuple[str, ...]
) -> Iterator[tuple[str, ...]]:
    if reference := shape.get("$ref", ""):
        if reference in within:
            return
        shape, within = root["definitions"][reference.rpartition("/")[2]], (*within, reference)
    for name, member in shape.get("properties", {}).items():
        yield (*path, name)
        yield from _inside(root, member, (*path, name), within)
    if isinstance(shape.get("items"), dict):
        yield from _inside(root, shape["items"], path, within)


def _handed_on(type_name: str, without_effect: Members) -> tuple[frozenset[str], tuple[str, ...]]:
    """The names in the module of a type of ours, and of the members that the operations which it calls read.

    Besides, how names end that the module puts together.
    """
    ours = OURS[type_name]
    file = inspect.getmodule(type(ours)).__file__  # type: ignore[union-attr]
    tree = ast.parse(Path(str(file)).read_text(encoding="utf-8"))
    called = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    texts, noun, model = frozenset(_texts(tree)), getattr(ours, "noun", None), _model(ours.service)
    names = [
        name
        for name in model.operation_names
        if name in (f"Create{noun}", f"Update{noun}")
        or (noun is None and (name in texts or xform_name(name) in called))
    ]
    last = (node.values[-1] for node in ast.walk(tree) if isinstance(node, ast.JoinedStr))
    endings = tuple(str(each.value) for each in last if isinstance(each, ast.Constant) and str(each.value).isalpha())
    return texts.union(*(_read_by(model.operation_model(name), without_effect) for name in names)), endings


_model = cache(model_of)


def _read_by(operation: OperationModel, without_effect: Members) -> frozenset[str]:
    """The last names of the members that have an effect or are refused."""
    service, owners = operation.service_model.service_name, members_of(operation)
    if service not in SERVICES:
        return frozenset(path.rpartition(".")[2] for path in owners) & _words(service)
    declared = without_effect.get(service, {})
    ignored = [
        path for path, owner in owners.items() if operation.name in declared.get(key(operation, path, owner), ())
    ]
    within = tuple(f"{path}." for path in ignored)
    return frozenset(path.rpartition(".")[2] for path in owners if path not in ignored and not path.startswith(within))


@cache
def _words(service: str) -> frozenset[str]:
    """The words in the emulator's code for a service, and in ours that changes it."""
    ours = [*(SOURCE / "ministack").glob("*.py"), *(SOURCE / service).glob("*.py")]
    files = [_emulator() / f"{EMULATED.get(service, service)}.py", *ours]
    return frozenset(word for path in files for word in re.findall(r"\w+", path.read_text(encoding="utf-8")))


@cache
def _made(type_name: str) -> frozenset[str]:
    """The texts in the functions that create and update a type of the emulator's, and in all that these call."""
    waiting = [(ENGINE, node.id) for node in ast.walk(_handlers()[type_name]) if isinstance(node, ast.Name)]
    visited, texts = set[tuple[str, str]](), set[str]()
    while waiting:
        definition = waiting.pop()
        if definition not in visited:
            visited.add(definition)
            literals, called = _looked_into(*definition)
            texts |= literals
            waiting += called
    completing = COMPLETING.get(type_name, ("completions",)) if type_name in COMPLETIONS else ()
    files = (SOURCE / "cloudformation" / f"{name}.py" for name in completing)
    return frozenset(texts).union(*(_texts(ast.parse(path.read_text(encoding="utf-8"))) for path in files))


@cache
def _handlers() -> dict[str, ast.expr]:
    """What the emulator's stack engine calls, by type."""
    table = _named(ENGINE)["_RESOURCE_HANDLERS"]
    assert isinstance(table, ast.Dict)
    pairs = zip(table.keys, table.values, strict=True)
    return {str(name.value): handlers for name, handlers in pairs if isinstance(name, ast.Constant)}


@cache
def _looked_into(module: str, name: str) -> tuple[frozenset[str], frozenset[tuple[str, str]]]:
    """The texts in a function or a constant of one of the emulator's modules, and where its names lead."""
    node = _named(module).get(name)
    if node is None:
        return frozenset(), frozenset()
    aliases, places = _aliases(module), set[tuple[str, str]]()
    for each in ast.walk(node):
        if isinstance(each, ast.Name):
            places.add((module, each.id))
        elif isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name) and each.value.id in aliases:
            places.add((aliases[each.value.id], each.attr))
    return frozenset(_texts(node)), frozenset(places)


@cache
def _aliases(module: str) -> dict[str, str]:
    """The emulator's services that a module imports, by the names that it gives them."""
    return {
        str(alias.asname): alias.name.removeprefix("ministack.services.")
        for node in _tree(module).body
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.name.startswith("ministack.services.")
    }


@cache
def _named(module: str) -> dict[str, ast.AST]:
    """The functions and the constants of one of the emulator's modules."""
    definitions: dict[str, ast.AST] = {}
    for node in _tree(module).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            definitions[node.name] = node
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            definitions[node.targets[0].id] = node.value
    return definitions


@cache
def _tree(module: str) -> ast.Module:
    path = _emulator() / f"{module.replace('.', '/')}.py"
    return ast.parse(path.read_text(encoding="utf-8") if path.exists() else "")


def _texts(tree: ast.AST) -> Iterator[str]:
    """The texts in the code, without its comments."""
    comments = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in comments:
            yield node.value


def _emulator() -> Path:
    (folder,) = PYTHON.parents[1].glob("lib/python3.*/site-packages/ministack/services")
    return folder
