"""Which members of requests the local AWS reads, from its source: the others are accepted and have no effect.

A member counts as read where the code that implements its operation names it for anything but to copy it from the
request into what Describe returns. Names are not followed through the code: a member that shares its name with one
that is read counts as read too, unless `members.yaml` says that it has no effect.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

SOURCE = Path(__file__).resolve().parents[2] / "src" / "local_aws"
EVERYWHERE = r"api/|iam/|json_apis|sagemaker/(request_rules|resources|tags|refusals|closed_services)"
SERVICES = {
    "application-autoscaling": "application_autoscaling/|cloudwatch/|ministack/(alarm|cloudwatch)",
    "ce": "cost_explorer/",
    "emr": "emr/|ec2/",
    "emr-serverless": "emr/|ec2/",
    "sagemaker": "sagemaker/|files/|mlflow/|ec2/",
    "service-quotas": "service_quotas/",
}
"""Where a service is implemented, below `SOURCE`. SageMaker's runtime is left out: it hands every header on."""
JOBS = r"files/|ec2/|sagemaker/(job|input_objects|instance_|vpc|builtin|metrics|logs)"
ROOMS = {
    "CreateTrainingJob": rf"{JOBS}|sagemaker/training_",
    "CreateHyperParameterTuningJob": rf"{JOBS}|sagemaker/(training_|tuning_)",
    "CreateProcessingJob": rf"{JOBS}|sagemaker/processing_",
    "CreateTransformJob": rf"{JOBS}|sagemaker/(transform_|hosting/)",
    "CreateNotebookInstance|UpdateNotebookInstance": r"ec2/|sagemaker/(work|studio|notebook|lifecycle|vpc)",
    "CreateModelPackage|UpdateModelPackage": rf"{JOBS}|sagemaker/(model|hosting/)",
}
"""Where an operation is implemented, if not in the whole of its service."""
Members = dict[str, dict[str, list[str]]]
"""Each service's members, and the operations in which they have no effect."""
NAMED_BY_RULE = re.compile(r"\w+(Equals|Contains|ArnList)|(?P<noun>\w+?)Name")
"""Filters of lists, and names of resources, are put together from the names of kinds (`api/paging.py`)."""


def unread(operation: OperationModel) -> list[str]:
    """The members that are not read, `A.B` for B inside A; of a structure that is not read, only itself."""
    names, unread = _names_for(operation), list[str]()
    for path in paths(operation):
        if path.rpartition(".")[2] not in names and not any(path.startswith(f"{above}.") for above in unread):
            unread.append(path)
    return [path for path in unread if not _by_rule(operation.name, path)]


def paths(operation: OperationModel) -> dict[str, StructureShape]:
    """Every member of a request, and the structure that it belongs to."""
    return {".".join(path): owner for path, owner in _paths(operation.input_shape, (), ())}


def key(operation: OperationModel, path: str, owner: StructureShape) -> str:
    """How a table names a member: by its path at the top, and by the type that it belongs to below."""
    return path if owner is operation.input_shape else f"{owner.name}.{path.rpartition('.')[2]}"


def _by_rule(operation: str, path: str) -> bool:
    rule = NAMED_BY_RULE.fullmatch(path.rpartition(".")[2])
    if rule is None:
        return False
    return operation.startswith(("List", "Get")) if rule["noun"] is None else operation.endswith(rule["noun"])


def _paths(
    shape: Shape | None, path: tuple[str, ...], within: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], StructureShape]]:
    if isinstance(shape, StructureShape) and shape.name not in within:
        for name, member in shape.members.items():
            yield (*path, name), shape
            yield from _paths(member, (*path, name), (*within, shape.name))
    elif isinstance(shape, ListShape):
        yield from _paths(shape.member, path, within)
    elif isinstance(shape, MapShape):
        yield from _paths(shape.value, path, within)


def _names_for(operation: OperationModel) -> frozenset[str]:
    rooms = SERVICES[operation.service_model.service_name]
    own = next((room for name, room in ROOMS.items() if re.fullmatch(name, operation.name)), rooms)
    return _names_in(f"({own}|{EVERYWHERE})")


@cache
def _names_in(rooms: str) -> frozenset[str]:
    files = (path for path in SOURCE.rglob("*.py") if re.match(rooms, str(path.relative_to(SOURCE))))
    return frozenset(name for path in files for name in _names(path))


@cache
def _names(path: Path) -> frozenset[str]:
    reader = _Names()
    reader.visit(ast.parse(path.read_text(encoding="utf-8")))
    return frozenset(reader.names)


class _Names(ast.NodeVisitor):
    """Texts in the code, without keys that are written and members that are only copied."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self._depth = 0

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self.names.add(node.value)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._depth += 1
        self.generic_visit(node)
        self._depth -= 1

    def visit_Dict(self, node: ast.Dict) -> None:
        """Keys count in a table of the module, not in what a function builds."""
        for key, value in zip(node.keys, node.values, strict=True):
            if key is not None and not (self._depth and isinstance(key, ast.Constant)):
                self.visit(key)
            if copied := _copied(key, value):
                self.visit(copied)
            else:
                self.visit(value)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if isinstance(node.ctx, ast.Load):
            self.visit(node.slice)
        self.visit(node.value)


def _copied(key: ast.expr | None, value: ast.expr) -> ast.expr | None:
    """What ``"A": request["A"]`` or ``"A": request.get("A", ...)`` takes A from; None for any other value."""
    if not isinstance(key, ast.Constant):
        return None
    if isinstance(value, ast.Subscript) and _is(value.slice, key):
        return value.value
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "get":
        return value.func.value if _is(value.args[0], key) else None
    return None


def _is(node: ast.expr, key: ast.Constant) -> bool:
    return isinstance(node, ast.Constant) and node.value == key.value
