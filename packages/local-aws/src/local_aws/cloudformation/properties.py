"""Template properties as an API operation's request: templates may write numbers and booleans as strings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape


def request_members(shape: StructureShape, properties: dict[str, Any]) -> dict[str, Any]:
    """The properties that are members of ``shape``, converted to its types.

    Raises `ValueError` with the path of a value that can't be converted.
    """
    return {
        name: coerced(shape.members[name], value, name) for name, value in properties.items() if name in shape.members
    }


def coerced(shape: Shape, value: Any, path: str) -> Any:
    """``value`` converted to ``shape``. Members that the shape lacks stay: the API's validation refuses them."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        return {
            name: coerced(shape.members[name], item, f"{path}.{name}") if name in shape.members else item
            for name, item in value.items()
        }
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [coerced(shape.member, item, f"{path}[{number}]") for number, item in enumerate(value)]
    if isinstance(shape, MapShape) and isinstance(value, dict):
        return {key: coerced(shape.value, item, f"{path}.{key}") for key, item in value.items()}
    return _scalar(shape.type_name, value, path)


def _scalar(type_name: str, value: Any, path: str) -> Any:
    convert = _CONVERSIONS.get(type_name)
    if convert is None or not isinstance(value, str | int | float):
        return value
    try:
        return convert(value)
    except (ValueError, KeyError):
        raise ValueError(f"Property {path} must be of type {type_name}, not {value!r}") from None


_CONVERSIONS: dict[str, Callable[[Any], Any]] = {
    "integer": int,
    "long": int,
    "float": float,
    "double": float,
    "boolean": lambda value: value if isinstance(value, bool) else {"true": True, "false": False}[str(value).lower()],
    "string": lambda value: str(value).lower() if isinstance(value, bool) else str(value),
}
