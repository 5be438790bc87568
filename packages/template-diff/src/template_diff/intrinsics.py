"""Resolves CloudFormation's intrinsic functions as far as a template alone allows.

What remains unknown becomes a reference (see `references`), so that two spellings of one value (`Fn::Join`, `Fn::Sub`,
a parameter's default, an export of another stack) are equal. Note: numbers and booleans become text as well, because
CloudFormation does not distinguish 80 and "80".
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from template_diff.model import Template
from template_diff.references import OPEN, Value, reference

Exported: TypeAlias = Callable[[str], Value | None]
"""Returns what another stack of the environment exports under a name; None if no stack exports it."""

NO_VALUE = reference("AWS::NoValue")
_VARIABLE = re.compile(r"\$\{([^}]*)\}")


class Scope:
    """The meaning of names within one template."""

    def __init__(self, stack: str, template: Template, exported: Exported) -> None:
        self.stack = stack
        self.exported = exported
        self.resources: Mapping[str, Any] = template.get("Resources") or {}
        self.parameters: Mapping[str, Any] = template.get("Parameters") or {}
        self.mappings: Mapping[str, Any] = template.get("Mappings") or {}
        self.conditions: Mapping[str, Any] = template.get("Conditions") or {}

    def resolve(self, raw: Any) -> Value:
        """`raw` with every function in it resolved; keys and items that are `AWS::NoValue` are left out."""
        if isinstance(raw, dict):
            if len(raw) == 1:
                name, argument = next(iter(raw.items()))
                if name in _FUNCTIONS:
                    return _FUNCTIONS[name](self, argument)
            pairs = ((str(key), self.resolve(item)) for key, item in raw.items())
            return {key: item for key, item in pairs if item != NO_VALUE}
        if isinstance(raw, list):
            return [item for item in map(self.resolve, raw) if item != NO_VALUE]
        return scalar(raw)

    def name(self, name: str) -> str:
        """A reference to `name` (`Bucket` or `Bucket.Arn`) in this template."""
        owner = name.partition(".")[0]
        return reference(f"{self.stack}/{name}" if owner in self.resources else name)

    def parameter(self, name: str) -> Value:
        """A parameter's value if none is passed: the default, or a reference to what only AWS knows."""
        parameter = self.parameters[name]
        if "Default" not in parameter:
            return reference(name)
        kind, default = str(parameter.get("Type", "String")), scalar(parameter["Default"])
        if kind.startswith("AWS::SSM::Parameter::"):
            return reference(f"resolve:ssm:{default}")
        return [part.strip() for part in default.split(",")] if "List" in kind else default

    def condition(self, name: str) -> str:
        """The text of a named condition, so that a change of its definition shows where it is used."""
        return _as_text(self.resolve(self.conditions[name])) if name in self.conditions else reference(name)


def scalar(raw: Any) -> str:
    """A JSON scalar as text, as CloudFormation reads it."""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, float) and raw.is_integer():
        return str(int(raw))
    return "" if raw is None else str(raw)


def _as_text(value: Value) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _items(value: Value) -> list[Value]:
    return value if isinstance(value, list) else [value]


def _ref(scope: Scope, argument: Any) -> Value:
    name = str(argument)
    return scope.parameter(name) if name in scope.parameters else scope.name(name)


def _get_att(scope: Scope, argument: Any) -> Value:
    parts = argument if isinstance(argument, list) else [argument]
    return scope.name(".".join(_as_text(scope.resolve(part)) for part in parts))


def _sub(scope: Scope, argument: Any) -> Value:
    text, extra = argument if isinstance(argument, list) else (argument, {})

    def value(match: re.Match[str]) -> str:
        name = match[1].strip()
        if name.startswith("!"):
            return "${" + name[1:] + "}"
        if name in extra:
            return _as_text(scope.resolve(extra[name]))
        return _as_text(_ref(scope, name) if "." not in name else scope.name(name))

    return _VARIABLE.sub(value, str(text))


def _join(scope: Scope, argument: Any) -> Value:
    delimiter, parts = str(argument[0]), scope.resolve(argument[1])
    if isinstance(parts, list):
        return delimiter.join(map(_as_text, parts))
    return reference(f"Join({json.dumps(delimiter)}, {_as_text(parts)})")


def _find_in_map(scope: Scope, argument: Any) -> Value:
    keys = [_as_text(scope.resolve(key)) for key in argument[:3]]
    try:
        return scope.resolve(scope.mappings[keys[0]][keys[1]][keys[2]])
    except KeyError:
        return reference(f"FindInMap({', '.join(keys)})")


def _select(scope: Scope, argument: Any) -> Value:
    index, choices = scope.resolve(argument[0]), scope.resolve(argument[1])
    if isinstance(choices, list) and isinstance(index, str) and index.isdigit() and int(index) < len(choices):
        return choices[int(index)]
    return reference(f"Select({_as_text(index)}, {_as_text(choices)})")


def _split(scope: Scope, argument: Any) -> Value:
    delimiter, text = str(argument[0]), _as_text(scope.resolve(argument[1]))
    if OPEN in text:
        return reference(f"Split({json.dumps(delimiter)}, {text})")
    return list(text.split(delimiter))


def _import_value(scope: Scope, argument: Any) -> Value:
    name = _as_text(scope.resolve(argument))
    value = scope.exported(name)
    return reference(f"ImportValue({name})") if value is None else value


def _if(scope: Scope, argument: Any) -> Value:
    yes, no = scope.resolve(argument[1]), scope.resolve(argument[2])
    return yes if yes == no else {"Fn::If": [scope.condition(str(argument[0])), yes, no]}


def _base64(scope: Scope, argument: Any) -> Value:
    return reference("Base64") + _as_text(scope.resolve(argument))


def _condition(scope: Scope, argument: Any) -> Value:
    if isinstance(argument, str) and argument in scope.conditions:
        return scope.condition(argument)
    return {"Condition": scope.resolve(argument)}


def _call(label: str) -> Callable[[Scope, Any], Value]:
    def resolve(scope: Scope, argument: Any) -> Value:
        return reference(f"{label}({', '.join(map(_as_text, _items(scope.resolve(argument))))})")

    return resolve


_FUNCTIONS: Mapping[str, Callable[[Scope, Any], Value]] = {
    "Ref": _ref,
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::FindInMap": _find_in_map,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::ImportValue": _import_value,
    "Fn::If": _if,
    "Fn::Base64": _base64,
    "Condition": _condition,
    **{
        f"Fn::{label}": _call(label)
        for label in ("Equals", "And", "Or", "Not", "GetAZs", "Cidr", "Transform", "ToJsonString", "Length", "Contains")
    },
}
