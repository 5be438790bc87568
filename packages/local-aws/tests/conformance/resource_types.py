"""Properties of resource types that break one constraint of CloudFormation's schemas, and some that just meet it.

The schemas are cfn-lint's own, not the shorter ones that the local AWS is shipped with.
"""

from __future__ import annotations

import copy
import importlib.util
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import regex

from tests.conformance.shapes import fitting

Schema = dict[str, Any]
LONGEST, MOST = 5_000, 60
ODD_TEXTS = ("a b!", "é日\U0001f600", "", " ", "\n", "@", "~")
WRONG = {
    "string": ({}, "String", "JSONObject"), "integer": ("x", "Integer", "String"), "number": ("x", "Number", "String"),
    "boolean": ("x", "Boolean", "String"), "array": ("x", "JSONArray", "String"),
    "object": ("x", "JSONObject", "String"),
}  # fmt: skip
"""A value of another type, and the names of both types."""


class UnknownValueError(Exception):
    """No value that the schema allows was found."""


@dataclass(frozen=True)
class Case:
    """The properties of a resource, and what CloudFormation says of them; nothing for good ones."""

    type_name: str
    what: str
    properties: Schema
    message: str = ""


def schema_of(type_name: str) -> Schema:
    """The schema of a type in us-east-1."""
    spec = importlib.util.find_spec("cfnlint")
    assert spec is not None and spec.origin is not None
    folder = Path(spec.origin).parent / "data" / "schemas"
    index = json.loads((folder / "providers" / "us-east-1.json").read_text("utf-8"))
    schema: Schema = json.loads((folder / "resources" / f"{index[type_name]}.json").read_text("utf-8"))
    return schema


def cases(type_name: str) -> Iterator[Case]:
    """Every constraint of a type broken once, and its limits met."""
    root = schema_of(type_name)
    tags = root.get("tagging", {}).get("tagProperty", "").removeprefix("/properties/") or "Tags"
    read_only = {pointer.removeprefix("/properties/") for pointer in root.get("readOnlyProperties", ())}
    type_ = ResourceType(root, {tags, *read_only})
    for steps, shape in type_.places(root, ()):
        for what, value, message in type_.candidates(shape, steps):
            try:
                properties = type_.with_value(steps, value)
            except UnknownValueError:
                continue
            yield Case(type_name, f"{what} at {'/'.join(map(str, steps))}", properties, message)


class ResourceType:
    """One schema; ``left_out`` are properties that no template sets, and tags, which stacks add to."""

    def __init__(self, root: Schema, left_out: set[str]) -> None:
        self._root, self._left_out = root, left_out

    def places(
        self, shape: Schema, steps: tuple[Any, ...], within: tuple[str, ...] = ()
    ) -> Iterator[tuple[Any, Schema]]:
        """Every property at any depth, and the resource itself; a definition within itself is left out."""
        yield steps, shape
        if "properties" in shape:
            for name, member in shape["properties"].items():
                if steps or name not in self._left_out:
                    yield from self._inner(member, (*steps, name), within)
        elif "items" in shape:
            yield from self._inner(shape["items"], (*steps, 0), within)

    def _inner(self, member: Schema, steps: tuple[Any, ...], within: tuple[str, ...]) -> Iterator[tuple[Any, Schema]]:
        reference = member.get("$ref", "")
        if reference not in within or not reference:
            yield from self.places(self.resolved(member), steps, (*within, reference))

    def candidates(self, shape: Schema, steps: tuple[Any, ...]) -> Iterator[tuple[str, Any, str]]:
        """What is special, the value, and the message."""
        path, kinds = "/".join(["#", *map(str, steps)]), self.kinds(shape)
        if steps and "type" in shape and len(kinds) == 1 and kinds[0] in WRONG:
            value, expected, found = WRONG[kinds[0]]
            yield "wrong type", value, f"{path}: expected type: {expected}, found: {found}"
        if kinds == ["object"]:
            yield from self._objects(shape, path)
        elif kinds == ["array"]:
            yield from self._arrays(shape, path)
        elif kinds == ["string"]:
            yield from self._texts(shape, path)
        elif kinds in (["integer"], ["number"]):
            yield from self._numbers(shape, path)

    def _objects(self, shape: Schema, path: str) -> Iterator[tuple[str, Any, str]]:
        if low := shape.get("minProperties"):
            yield "too few", {}, f"{path}: minimum size: [{low}], found: [0]"
        try:
            base = self.smallest(shape)
        except UnknownValueError:
            return
        yield "smallest", base, ""
        for name in shape.get("required", ()):
            rest = {key: value for key, value in base.items() if key != name}
            yield f"without {name}", rest, f"{path}: required key [{name}] not found"
        if shape.get("additionalProperties") is False and "patternProperties" not in shape:
            yield "with another", {**base, "Zz": 1}, f"{path}: extraneous key [Zz] is not permitted"

    def _arrays(self, shape: Schema, path: str) -> Iterator[tuple[str, Any, str]]:
        low, high = shape.get("minItems", 0), shape.get("maxItems")
        try:
            item = self.smallest(self.resolved(shape.get("items", {})))
        except UnknownValueError:
            return
        if low:
            few = [item] * (low - 1)
            if not shape.get("uniqueItems") or low <= 2:
                yield "too few", few, f"{path}: expected minimum item count: {low}, found: {low - 1}"
        if high is not None and high < MOST and not shape.get("uniqueItems"):
            yield "too many", [item] * (high + 1), f"{path}: expected maximum item count: {high}, found: {high + 1}"
            yield "most", [item] * high, ""
        if shape.get("uniqueItems") and (high is None or high > 1) and low <= 2:
            yield "twice", [item, item], f"{path}: array items are not unique"

    def _texts(self, shape: Schema, path: str) -> Iterator[tuple[str, Any, str]]:
        low, high, pattern = shape.get("minLength", 0), shape.get("maxLength"), shape.get("pattern")
        if "enum" in shape:
            yield "enum", "Nope", f"{path}: Nope is not a valid enum value"
            other = str(shape["enum"][0]).swapcase()
            if other not in map(str, shape["enum"]):
                yield "case", other, f"{path}: {other} is not a valid enum value"
            yield "last", shape["enum"][-1], ""
            return
        if low and (short := self._fitting(pattern, low - 1)) is not None:
            yield "too short", short, f"{path}: expected minLength: {low}, actual: {low - 1}"
        if high is not None and high < LONGEST:
            if (long := self._fitting(pattern, high + 1)) is not None:
                yield "too long", long, f"{path}: expected maxLength: {high}, actual: {high + 1}"
            if (longest := self._fitting(pattern, high)) is not None and high >= low:
                yield "longest", longest, ""
        if pattern:
            for odd in ODD_TEXTS:
                if low <= len(odd) and (high is None or len(odd) <= high) and not _search(pattern, odd):
                    yield "pattern", odd, f"{path}: failed validation constraint for keyword [pattern]"

    def _numbers(self, shape: Schema, path: str) -> Iterator[tuple[str, Any, str]]:
        low, high = shape.get("minimum"), shape.get("maximum")
        if low is not None:
            yield "too small", low - 1, f"{path}: {low - 1} is not greater or equal to {low}"
            yield "least", low, ""
        if high is not None:
            yield "too large", high + 1, f"{path}: {high + 1} is not less or equal to {high}"
            yield "greatest", high, ""

    def _fitting(self, pattern: str | None, length: int) -> str | None:
        return fitting(pattern, length, length)

    def smallest(self, shape: Schema, within: int = 0) -> Any:
        """The smallest value that the schema allows."""
        kinds = self.kinds(shape)
        if within > 8 or not kinds:
            raise UnknownValueError
        if "enum" in shape:
            return shape["enum"][0]
        if "const" in shape:
            return shape["const"]
        if kinds[0] == "object":
            if shape.get("minProperties"):
                raise UnknownValueError
            required = shape.get("required", ())
            members = shape.get("properties", {})
            return {
                name: self.smallest(self.resolved(members[name]), within + 1) for name in required if name in members
            }
        if kinds[0] == "array":
            items = self.resolved(shape.get("items", {}))
            count = shape.get("minItems", 0)
            if count > 1 and shape.get("uniqueItems"):
                raise UnknownValueError
            return [self.smallest(items, within + 1) for _ in range(count)]
        return self._scalar(kinds[0], shape)

    def _scalar(self, kind: str, shape: Schema) -> Any:
        if kind == "string":
            low = shape.get("minLength", 0)
            text = fitting(shape.get("pattern"), low, min(shape.get("maxLength", LONGEST), LONGEST))
            if text is None:
                raise UnknownValueError
            return text
        return True if kind == "boolean" else shape.get("minimum", min(1, shape.get("maximum", 1)))

    def with_value(self, steps: tuple[Any, ...], value: Any) -> Schema:
        """The smallest resource, with this value in its place."""
        if not steps:
            return dict(value)
        properties: Schema = copy.deepcopy(self.smallest(self._root))
        holder, shape = properties, self._root
        for step in steps[:-1]:
            shape = self.resolved(shape["properties"][step] if isinstance(step, str) else shape["items"])
            if isinstance(step, str) and not holder.get(step):
                holder[step] = self.smallest(shape) or (
                    [self.smallest(self.resolved(shape["items"]))] if "items" in shape else {}
                )
            holder = holder[step]
        holder[steps[-1]] = value
        return properties

    def resolved(self, shape: Schema) -> Schema:
        """The definition that a reference names."""
        while "$ref" in shape:
            target: Any = self._root
            for part in shape["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            shape = target
        return shape

    def kinds(self, shape: Schema) -> list[str]:
        """The types that a value may have."""
        kind = shape.get("type", "object" if "properties" in shape else [])
        return [kind] if isinstance(kind, str) else list(kind)


def _search(pattern: str, text: str) -> Any:
    try:
        return regex.search(pattern, text)
    except regex.error:
        return True  # only Java reads it
