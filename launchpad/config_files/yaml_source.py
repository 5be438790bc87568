"""YAML files into typed, frozen settings; every mistake is reported with its line.

pydantic knows what is wrong and where in the structure; the YAML reader knows the line. This file joins the two.
"""

from __future__ import annotations

import math
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BeforeValidator, ValidationError, WithJsonSchema
from pydantic_core import ErrorDetails

from launchpad.config_files.wording import MOST_SHOWN, message
from launchpad.config_files.wording import Settings as Settings
from launchpad.config_files.wording import for_editors as for_editors
from launchpad.config_files.wording import pattern as pattern
from launchpad.config_files.yaml_nodes import MOST_BYTES, YamlError
from launchpad.config_files.yaml_reader import Document, Location, read_text
from launchpad.messages.errors import InvalidFileError, Problem
from launchpad.messages.plain_text import shortened

_Listed = TypeVar("_Listed", str, int)
MOST_PROBLEMS = 50
"""The most mistakes of one file that are reported, because a broken file can have thousands."""


def distinct(values: tuple[_Listed, ...]) -> tuple[_Listed, ...]:
    """Refuse a value that is listed twice; for `AfterValidator`."""
    if twice := sorted({value for value in values if values.count(value) > 1}):
        raise ValueError(f"{', '.join(map(str, twice))} is listed twice; remove one")
    return values


class FieldError(ValueError):
    """A problem that a section's validator has with one of its keys; the key's line is reported."""

    def __init__(self, key: Location, message: str) -> None:
        self.key = key
        super().__init__(message)


class SectionError(ValueError):
    """Several problems that a section's validator has with its keys, so that all are reported at once."""

    def __init__(self, errors: Iterable[FieldError]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(map(str, self.errors)))


def refuse(mistakes: Iterable[tuple[Location, str]]) -> None:
    """Raise all mistakes of a section at once, each with its key and what to write there; nothing without any.

    Raises:
        SectionError: there are some.
    """
    if problems := [FieldError(key, message) for key, message in mistakes]:
        raise SectionError(problems)


SettingsT = TypeVar("SettingsT", bound=Settings)


def _scalar(value: Any) -> str | bool | int | float:
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            if isinstance(value, float) and not math.isfinite(value):
                raise ValueError(f"must be a finite number, not {value}: JSON has no other")
            return kind(value)
    raise ValueError("must be one value: text, a number, or true/false")


def _whole(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"write a whole number, not {value!r}")
    return value


WHOLE = BeforeValidator(_whole)
"""Annotates a `Literal` of numbers, which would also take 30.0 for 30 and true for 1."""


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
    mistakes = [mistake for detail in error.errors(include_url=False) for mistake in _mistakes(document, model, detail)]
    for location, words in mistakes[:MOST_PROBLEMS]:
        yield Problem(path, line_of(document, location), _dotted(location), words)
    if len(mistakes) > MOST_PROBLEMS:
        yield Problem(path, None, "", f"{len(mistakes) - MOST_PROBLEMS} more mistakes; correct those above first")


def _mistakes(document: Document, model: type[Settings], detail: ErrorDetails) -> Iterator[tuple[Location, str]]:
    """Each mistake of one of pydantic's errors: its keys, and what is wrong."""
    # pydantic's names for its internal steps are not keys of the file.
    location = tuple(part for part in detail["loc"] if part != "[key]" and not str(part).startswith("function-"))
    error = detail.get("ctx", {}).get("error")
    for each in getattr(error, "errors", (error,)):
        if isinstance(each, FieldError):
            yield (*location, *each.key), str(each)
        else:
            yield location, message(model, location, detail, document.number(location))


def _dotted(location: Location) -> str:
    return ".".join(shortened(str(part), MOST_SHOWN) for part in location)
