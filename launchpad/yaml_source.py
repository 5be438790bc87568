"""YAML files into typed, frozen settings; every mistake is told with its line.

pydantic knows what is wrong and where in the structure; the YAML parser knows on which line that is. This file joins
the two. What surprises: there are two parsers. libyaml is 20 times as fast, and does for a file without mistakes;
ruamel-yaml remembers lines, and reads a file again only to tell what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, ClassVar, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, ValidationError, WithJsonSchema
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.resolver import implicit_resolvers

from launchpad.problems import InvalidFileError, Problem, suggest

Location = tuple[int | str, ...]


class Settings(BaseModel):
    """Base of everything that is read from YAML: immutable, and strict about unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
    """Built when first used: a synth reads files of few kinds."""


class MisfitError(ValueError):
    """What the validator of a whole section finds wrong with one of its keys: raise it to have that key's line told."""

    def __init__(self, key: Location, message: str) -> None:
        self.key = key
        super().__init__(message)


SettingsT = TypeVar("SettingsT", bound=Settings)

_PATTERN_WORDS: dict[str, str] = {}


def pattern(expression: str, words: str, **limits: int) -> StringConstraints:
    """A constraint on a text, with `words` to tell a person what `expression` wants."""
    _PATTERN_WORDS[expression] = words
    return StringConstraints(pattern=expression, **limits)  # type: ignore[arg-type]


def _scalar(value: Any) -> str | bool | int | float:
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    raise ValueError("must be one value: text, a number, or true/false")


Scalar = Annotated[Any, AfterValidator(_scalar), WithJsonSchema({"type": ["string", "boolean", "number"]})]
"""Text, a number or a truth value, kept as what it is in YAML."""


def load(path: Path, model: type[SettingsT]) -> SettingsT:
    """Read `path` into `model`.

    Raises:
        InvalidFileError: the file is not YAML, or not what `model` wants; names file, line, key and remedy.
    """
    try:
        return model.model_validate(_quickly(path))
    except (AttributeError, KeyError, OSError, TypeError, ValueError, yaml.YAMLError):  # and pydantic's, a ValueError
        document = parse(path)
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise InvalidFileError(_problem(path, document, model, detail) for detail in error.errors()) from None


class _Quick(yaml.CSafeLoader):  # type: ignore[misc]
    """libyaml with the rules of YAML 1.2, as ruamel-yaml has them: `on` is a text."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}
    tags: ClassVar[dict[Any, str]] = {}

    def resolve(self, kind: Any, value: Any, implicit: Any) -> str:
        """Asked of every text; most are keys, and stand in many files."""
        asked = (kind, value, implicit)
        known = self.tags.get(asked)
        if known is None:
            known = self.tags[asked] = super().resolve(kind, value, implicit)
        return known


for _versions, _tag, _expression, _first in implicit_resolvers:
    if (1, 2) in _versions:
        _Quick.add_implicit_resolver(_tag, _expression, _first)

_SCALARS: dict[str, Callable[[str], Any]] = {
    "tag:yaml.org,2002:str": str,
    "tag:yaml.org,2002:null": lambda _text: None,
    "tag:yaml.org,2002:bool": lambda text: text.lower() == "true",
    "tag:yaml.org,2002:int": lambda text: int(text, 0),
    "tag:yaml.org,2002:float": float,
}


def _quickly(path: Path) -> Any:
    """The file as plain values. Raises for mistakes, and for what is rare in YAML: that is the other parser's."""
    loader = _Quick(path.read_bytes())
    try:
        return _plain(loader.get_single_node())
    finally:
        loader.dispose()


def _plain(node: Any) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return _SCALARS[node.tag](node.value)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item) for item in node.value]
    mapping = {_plain(key): _plain(value) for key, value in node.value}
    if len(mapping) != len(node.value):
        raise ValueError("a key stands twice")
    return mapping


def parse(path: Path) -> Any:
    """The file as nested mappings that remember their line numbers.

    Raises:
        InvalidFileError: it can't be read, or is not YAML, or is not a mapping.
    """
    try:
        document = YAML(typ="rt").load(path.read_text("utf-8"))
    except FileNotFoundError:
        raise InvalidFileError([Problem(path, None, "", "there is no such file")]) from None
    except UnicodeDecodeError as error:
        raise InvalidFileError([Problem(path, None, "", f"not UTF-8 text ({error.reason})")]) from None
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        message = " ".join(str(part) for part in (error.problem, error.context) if part).split("\n")[0]
        raise InvalidFileError([Problem(path, line, "", f"not valid YAML: {message}")]) from None
    if not isinstance(document, dict):
        raise InvalidFileError([Problem(path, 1, "", "expected keys with values, such as `name: ...`")])
    return document


def line_of(document: Any, location: Location) -> int:
    """The 1-based line on which `location` stands, or that of the nearest enclosing key."""
    line = 1
    for part in location:
        try:
            place = document.lc
            line = (place.key(part) if isinstance(document, dict) else place.item(part))[0] + 1
            document = document[part]
        except (AttributeError, KeyError, IndexError, TypeError):
            break
    return line


def problem_at(path: Path, location: Location, message: str) -> Problem:
    """A mistake at `location` of the file `path`, which is read again for the line; without one if there is no file."""
    line = line_of(parse(path), location) if path.is_file() else None
    return Problem(path, line, _dotted(location), message)


def _problem(path: Path, document: Any, model: type[Settings], detail: ErrorDetails) -> Problem:
    # What pydantic itself calls a step on the way is no key of the file.
    location = tuple(part for part in detail["loc"] if part != "[key]" and not str(part).startswith("function-"))
    location += getattr(detail.get("ctx", {}).get("error"), "key", ())
    return Problem(path, line_of(document, location), _dotted(location), _message(model, location, detail))


def _dotted(location: Location) -> str:
    return ".".join(str(part) for part in location)


_SHAPES = {
    "dict_type": "expected keys with values, such as {key: value}",
    "model_type": "expected keys with values below it",
    "tuple_type": "expected a list, such as [one, two]",
}
"""What a whole value has to look like, in YAML's words rather than in Python's."""


def _message(model: type[Settings], location: Location, detail: ErrorDetails) -> str:
    if detail["type"] == "extra_forbidden":
        known = _keys_at(model, location[:-1])
        return f"unknown key; {suggest(str(location[-1]), known, 'keys')}"
    if detail["type"] == "missing":
        return "this key is required"
    if detail["type"] == "value_error":
        return str(detail["ctx"]["error"])
    given = detail["input"]
    if detail["type"] == "string_pattern_mismatch":
        return f"{_PATTERN_WORDS.get(detail['ctx']['pattern'], detail['msg'])}, not {given!r}"
    wanted = _SHAPES.get(detail["type"]) or detail["msg"].replace("Input should", "should")
    return f"{wanted}, not {given!r}" if not isinstance(given, dict | list) else wanted


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
