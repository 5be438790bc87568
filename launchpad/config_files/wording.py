"""What pydantic found wrong, in the words of a YAML file rather than of Python."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, StringConstraints, WithJsonSchema
from pydantic_core import ErrorDetails

from launchpad.config_files.yaml_reader import Location
from launchpad.messages.errors import suggest
from launchpad.messages.plain_text import shortened

MOST_SHOWN = 80
"""The most characters of a key or value that a message quotes."""


class Settings(BaseModel):
    """The base class of everything that is read from YAML: immutable, and strict about unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, allow_inf_nan=False)
    """Models are built on first use, because a synth reads few kinds of files."""


_PATTERN_WORDS: dict[str, str] = {}


def pattern(expression: str, words: str, **limits: int) -> StringConstraints:
    """A constraint on a string, with `words` that explain `expression` to the user.

    Note: write `[0-9]` and `[A-Za-z0-9_]` for what AWS calls digits and word characters. Those of pydantic are of every
    script, and its engine takes a tenth of a second to compile a hundred of them in a row.

    Raises:
        ValueError: the same expression has other words elsewhere.
    """
    if _PATTERN_WORDS.setdefault(expression, words) != words:
        raise ValueError(f"{expression} is explained twice: {words!r}, {_PATTERN_WORDS[expression]!r}")
    return StringConstraints(pattern=expression, **limits)  # type: ignore[arg-type]


def for_editors(expression: str, **limits: int) -> WithJsonSchema:
    """What editors check of a string that a function checks: they know more of regular expressions than pydantic."""
    return WithJsonSchema({"type": "string", "pattern": expression, **limits})


_SHAPES = {
    "dict_type": "expected keys with values, such as {key: value}",
    "model_type": "expected keys with values below it",
    "tuple_type": "expected a list, such as [one, two]",
}
"""What a value must look like, in YAML's words rather than Python's."""


def message(model: type[Settings], location: Location, detail: ErrorDetails, number: str | None) -> str:
    """The message for a mistake; `number` is the value as written in the file, if it is a number."""
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        known = _keys_at(model, location[:-1])
        return f"unknown key; {suggest(shortened(str(location[-1]), MOST_SHOWN), known, 'keys')}"
    if kind == "missing":
        return "this key is required"
    if kind == "value_error":
        return str(context["error"])
    if kind in ("too_short", "too_long"):
        return _length(kind, context)
    expected = _SHAPES.get(kind) or detail["msg"].replace("Input should", "should").replace("String should", "should")
    if kind == "string_pattern_mismatch":
        expected = _PATTERN_WORDS.get(context["pattern"], detail["msg"])
    return f"{expected}{_not(detail['input'], number)}{_remedy(kind, detail['input'], number)}"


def _length(kind: str, context: Mapping[str, Any]) -> str:
    bound, size = ("at least", "min_length") if kind == "too_short" else ("at most", "max_length")
    number, actual = context[size], context.get("actual_length")
    return f"should have {bound} {number} item{'' if number == 1 else 's'}, not {'more' if actual is None else actual}"


def _not(value: Any, number: str | None) -> str:
    if isinstance(value, dict | tuple):
        return ""
    if value is None:
        return "; there is no value here"
    return f", not {number or repr(value if not isinstance(value, str) else shortened(value, MOST_SHOWN))}"


def _remedy(kind: str, value: Any, number: str | None) -> str:
    if kind == "string_type" and number is not None:
        return f'; write it in quotes: "{number}"'
    if kind == "string_type" and isinstance(value, bool):
        return "; write it in quotes"
    if kind in _UNQUOTED and isinstance(value, str):
        return _UNQUOTED[kind]
    return ""


_UNQUOTED = {
    "bool_type": "; write true or false, without quotes",
    "int_type": "; write a whole number, without quotes",
    "float_type": "; write a number, without quotes",
}


def _keys_at(model: type[Settings], location: Location) -> list[str]:
    """The keys that `model` allows at `location`; empty where it is not a section."""
    current: Any = model
    for part in location:
        if isinstance(part, int):
            continue
        field = current.model_fields.get(part) if _is_settings(current) else None
        if field is None:
            continue
        current = next((kind for kind in _types_in(field.annotation) if _is_settings(kind)), None)
    return [field.alias or name for name, field in current.model_fields.items()] if _is_settings(current) else []


def _is_settings(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Settings)


def _types_in(annotation: Any) -> list[Any]:
    parts = getattr(annotation, "__args__", ())
    return [annotation, *(inner for part in parts for inner in _types_in(part))]
