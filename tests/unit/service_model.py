"""Checks a request against botocore's own model of the SageMaker API: more than botocore itself checks before a call.

botocore looks at required members, types and minimum lengths; this also looks at unknown members, enums, patterns and
maximum lengths, as the service would.
"""

from __future__ import annotations

import functools
from itertools import chain
from typing import Any

import regex
from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape

BEYOND_16_BITS = r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010ffff"
"""A range as Java writes it, in the models of Application Auto Scaling and others, and as `regex` does."""


@functools.cache
def service(name: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(name, "service-2"), name)


def sagemaker() -> ServiceModel:
    return service("sagemaker")


def violations(operation: str, request: Any, name: str = "sagemaker") -> list[str]:
    """Everything in `request` that the model of the API `name` forbids, each with its path."""
    shape = service(name).operation_model(operation).input_shape
    assert shape is not None
    return _check(shape, request, operation)


def _check(shape: Shape, value: Any, path: str) -> list[str]:
    return _CHECKS[shape.type_name](shape, value, path) + _limits(shape, value, path)


def _structure(shape: Any, value: Any, path: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{path}: not a structure: {value!r}"]
    missing = [f"{path}: {name} is missing" for name in shape.required_members if name not in value]
    unknown = [f"{path}: {name} is unknown" for name in value if name not in shape.members]
    inner = (
        _check(shape.members[name], item, f"{path}.{name}") for name, item in value.items() if name in shape.members
    )
    return [*missing, *unknown, *chain.from_iterable(inner)]


def _list(shape: Any, value: Any, path: str) -> list[str]:
    if not isinstance(value, list):
        return [f"{path}: not a list: {value!r}"]
    return list(chain.from_iterable(_check(shape.member, item, f"{path}[{i}]") for i, item in enumerate(value)))


def _map(shape: Any, value: Any, path: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{path}: not a map: {value!r}"]
    return list(
        chain.from_iterable(
            _check(shape.key, key, path) + _check(shape.value, item, f"{path}.{key}") for key, item in value.items()
        )
    )


def _scalar(*kinds: type) -> Any:
    def check(_shape: Shape, value: Any, path: str) -> list[str]:
        right = isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool))
        return [] if right else [f"{path}: {value!r} is not of type {' or '.join(kind.__name__ for kind in kinds)}"]

    return check


_CHECKS = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "string": _scalar(str),
    "boolean": _scalar(bool),
    "integer": _scalar(int),
    "long": _scalar(int),
    "float": _scalar(int, float),
    "double": _scalar(int, float),
}


def _limits(shape: Shape, value: Any, path: str) -> list[str]:
    metadata = shape.metadata
    broken = []
    if "enum" in metadata and value not in metadata["enum"]:
        broken.append(f"{path}: {value!r} is not in the enum")
    pattern = metadata.get("pattern", "").replace(*BEYOND_16_BITS)
    if pattern and isinstance(value, str) and not regex.fullmatch(pattern, value):
        broken.append(f"{path}: {value!r} does not match {metadata['pattern']}")
    size = value if isinstance(value, int | float) else len(value)
    if size < metadata.get("min", size) or size > metadata.get("max", size):
        broken.append(f"{path}: size {size} is not in {metadata.get('min')}..{metadata.get('max')}")
    return broken
