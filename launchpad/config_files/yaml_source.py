"""YAML files into typed, frozen settings; every mistake is reported with its line.

pydantic knows what is wrong and where in the structure; the YAML reader knows the line. This file joins the two.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, ValidationError, WithJsonSchema
from pydantic_core import ErrorDetails

from launchpad.config_files.yaml_nodes import MOST_BYTES, YamlError
from launchpad.config_files.yaml_reader import Document, Location, read_text
from launchpad.messages.errors import InvalidFileError, Problem, suggest
from launchpad.messages.plain_text import shortened

MOST_SHOWN = 80
"""The most characters of a key or value that a message quotes."""
MOST_PROBLEMS = 50
"""The most mistakes of one file that are reported, because a broken file can have thousands."""


class Settings(BaseModel):
    """The base class of everything that is read from YAML: immutable, and strict about unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
    """Models are built on first use, because a synth reads few kinds of files."""


class FieldError(ValueError):
    """A problem that a section's validator has with one of its keys; the key's line is reported."""

    def __init__(self, key: Location, message: str) -> None:
        self.key = key
        super().__init__(message)


SettingsT = TypeVar("SettingsT", bound=Settings)

_PATTERN_WORDS: dict[str, str] = {}


def pattern(expression: str, words: str, **limits: int) -> StringConstraints:
    """A constraint on a string, with `words` that explain `expression` to the user."""
    _PATTERN_WORDS[expression] = words
    return StringConstraints(pattern=expression, **limits)  # type: ignore[arg-type]


def _scalar(value: Any) -> str | bool | int | float:
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    raise ValueError("must be one value: text, a number, or true/false")


Scalar = Annotated[Any, AfterValidator(_scalar), WithJsonSchema({"type": ["string", "boolean", "number"]})]
"""A string, number or boolean, kept with the type that it has in YAML."""


def load(path: Path, model: type[SettingsT]) -> SettingsT:
    """Read `path` into `model`. Values are not converted: `"no"` is not a boolean, and 30.0 is not an integer.

    Raises:
        InvalidFileError: the file is not YAML, or does not fit `model`; names file, line, key and remedy.
    """
    document = parse(path)
    try:
        return model.model_validate(_lists_as_tuples(document.value), strict=True)
    except ValidationError as error:
        raise InvalidFileError(_problems(path, document, model, error)) from None


def _lists_as_tuples(value: Any) -> Any:
    """Turn lists into tuples, because pydantic's strict mode accepts only tuples for the tuples of settings."""
    if isinstance(value, dict):
        return {key: _lists_as_tuples(inner) for key, inner in value.items()}
    return tuple(map(_lists_as_tuples, value)) if isinstance(value, list) else value


def parse(path: Path) -> Document:
    """The keys and values of the file, with their lines.

    Raises:
        InvalidFileError: it can't be read, or is not YAML, or is not a mapping.
    """
    try:
        document = read_text(_bytes(path))
    except YamlError as error:
        raise InvalidFileError([Problem(path, error.line, "", str(error))]) from None
    if not isinstance(document.value, dict):
        raise InvalidFileError([Problem(path, 1, "", "expected keys with values, such as `name: ...`")])
    return document


def _bytes(path: Path) -> bytes:
    """The file's content, up to the limit. Only regular files are opened, because a pipe would wait for a writer."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise YamlError(f"this is a {'folder' if path.is_dir() else 'device or pipe'}; write a file instead", None)
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        message = "this link leads nowhere; remove it" if path.is_symlink() else "there is no such file"
        raise YamlError(message, None) from None
    except OSError as error:
        raise YamlError(f"can't be read ({error.strerror}); make it a file that you may read", None) from None


def line_of(document: Document, location: Location) -> int:
    """The 1-based line of `location`, or of the nearest enclosing key."""
    return document.line(location)


def problem_at(path: Path, location: Location, message: str) -> Problem:
    """A mistake at `location` of the file `path`, read again for the line (None if the file doesn't exist)."""
    line = line_of(parse(path), location) if path.is_file() else None
    return Problem(path, line, _dotted(location), message)


def _problems(path: Path, document: Document, model: type[Settings], error: ValidationError) -> Iterator[Problem]:
    details = error.errors(include_url=False)
    for detail in details[:MOST_PROBLEMS]:
        # pydantic's names for steps of its own are not keys of the file.
        location = tuple(part for part in detail["loc"] if part != "[key]" and not str(part).startswith("function-"))
        location += getattr(detail.get("ctx", {}).get("error"), "key", ())
        message = _message(model, location, detail, document.number(location))
        yield Problem(path, line_of(document, location), _dotted(location), message)
    if len(details) > MOST_PROBLEMS:
        yield Problem(path, None, "", f"{len(details) - MOST_PROBLEMS} more mistakes; correct those above first")


def _dotted(location: Location) -> str:
    return ".".join(shortened(str(part), MOST_SHOWN) for part in location)


_SHAPES = {
    "dict_type": "expected keys with values, such as {key: value}",
    "model_type": "expected keys with values below it",
    "tuple_type": "expected a list, such as [one, two]",
}
"""What a value must look like, in YAML's words rather than Python's."""


def _message(model: type[Settings], location: Location, detail: ErrorDetails, number: str | None) -> str:
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
    expected = _SHAPES.get(kind) or detail["msg"].replace("Input should", "should")
    if kind == "string_pattern_mismatch":
        expected = _PATTERN_WORDS.get(context["pattern"], detail["msg"])
    return f"{expected}{_not(detail['input'], number)}{_remedy(kind, detail['input'], number)}"


def _length(kind: str, context: Mapping[str, Any]) -> str:
    bound, size = ("at least", "min_length") if kind == "too_short" else ("at most", "max_length")
    number, actual = context[size], context.get("actual_length") or "more"
    return f"should have {bound} {number} item{'' if number == 1 else 's'}, not {actual}"


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
    return list(current.model_fields) if _is_settings(current) else []


def _is_settings(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Settings)


def _types_in(annotation: Any) -> list[Any]:
    parts = getattr(annotation, "__args__", ())
    return [annotation, *(inner for part in parts for inner in _types_in(part))]
