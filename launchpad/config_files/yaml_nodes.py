"""Parses YAML into nodes with libyaml and the rules of YAML 1.2's core schema: `on`, `12:30`, 2026-01-02 are text.

Note: bounds keep a hostile or broken file from costing time, memory or the interpreter's stack; each is reported with
its line.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

import yaml

MOST_BYTES = 2**20
MOST_LEVELS = 40
MOST_VALUES = 10_000
"""The most keys and values of a file; an alias counts as everything that it stands for."""
MOST_DIGITS = 40

TAG = "tag:yaml.org,2002:"
_DIGITS = "[0-9]+(?:_[0-9]+)*"
_CORE = (
    ("null", r"~|null|Null|NULL|", "~nN"),
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", rf"[-+]?{_DIGITS}|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    ("float", rf"[-+]?(?:\.{_DIGITS}|{_DIGITS}(?:\.(?:{_DIGITS})?)?)(?:[eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("float", r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)", "-+."),
    ("merge", r"<<", "<"),
)
"""A tag, the texts it matches, and their first characters: YAML 1.2.2, section 10.3.2, plus `_` in numbers and `<<`."""


class YamlError(ValueError):
    """What is wrong with a text, and on which line if that is known."""

    def __init__(self, message: str, line: int | None) -> None:
        self.line = line
        super().__init__(message)


def read_nodes(data: bytes) -> tuple[Any, int]:
    """The root node of one YAML document (None if it is empty), and the number of its lines.

    Raises:
        YamlError: it is not UTF-8, not YAML, or beyond one of the bounds above.
    """
    text = _decoded(data)
    lines = max(len(text.splitlines()), 1)
    loader = _Loader(text)
    try:
        return loader.get_single_node(), lines
    except yaml.reader.ReaderError:
        raise _forbidden(text) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlError(_syntax(error), min(mark.line + 1, lines) if mark else None) from None
    finally:
        loader.dispose()


def _decoded(data: bytes) -> str:
    if len(data) > MOST_BYTES:
        raise YamlError(f"the file is larger than {MOST_BYTES:,} bytes; shorten it", None)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise YamlError(f"not UTF-8 text ({error.reason}); save the file as UTF-8", line) from None


_CONTROL = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that YAML never allows (YAML 1.2.2, section 5.1)."""


def _forbidden(text: str) -> YamlError:
    match = _CONTROL.search(text)
    if match is None:
        return YamlError(f"not valid YAML: a character can't stand here; {_REMEDY}", None)
    line = len(text[: match.end()].splitlines())
    return YamlError(f"not valid YAML: the character U+{ord(match[0]):04X} can't stand here; remove it", line)


_REMEDIES = {
    "found a tab": "indent with spaces",
    "cannot start any token": "indent with spaces, not tabs, and put text that begins with %, @ or ` in quotes",
    "mapping values are not allowed": "put text with `: ` in quotes, or correct the indentation",
    "unexpected end of stream": "close the quotes",
    "found undefined alias": "put text that begins with * in quotes",
    "expected ',' or ']'": "close the list with ]",
    "expected ',' or '}'": "close the braces with }",
    "found another document": "keep one document, and remove the `---` between them",
}
_REMEDY = "correct the indentation, quotes or brackets here or just above"


def _syntax(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or "it can't be read"
    remedy = next((remedy for words, remedy in _REMEDIES.items() if words in problem), _REMEDY)
    return f"not valid YAML: {' '.join(part for part in (problem, error.context) if part)}; {remedy}"


class _Loader(yaml.CSafeLoader):  # type: ignore[misc]
    """libyaml with the rules of YAML 1.2, and bounds that are enforced while it reads."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}
    tags: ClassVar[dict[Any, str]] = {}
    levels = 0
    values = 0

    def resolve(self, kind: Any, value: Any, implicit: Any) -> str:
        """The tag of a value, cached for short values: most are keys that occur in many files."""
        if len(value or "") > MOST_DIGITS:
            return str(super().resolve(kind, value, implicit))
        asked = (kind, value, implicit)
        known = self.tags.get(asked)
        if known is None:
            known = self.tags[asked] = super().resolve(kind, value, implicit)
        return known

    def descend_resolver(self, parent: Any, _index: Any) -> None:
        """Called before each value is read."""
        self.levels += 1
        self.values += 1
        if self.levels > MOST_LEVELS:
            raise too_deep(parent)
        if self.values > MOST_VALUES:
            raise too_many(parent)

    def ascend_resolver(self) -> None:
        """Called after each value was read."""
        self.levels -= 1


for _kind, _expression, _first in _CORE:
    _Loader.add_implicit_resolver(f"{TAG}{_kind}", re.compile(rf"^(?:{_expression})\Z"), [*_first])
_Loader.add_implicit_resolver(f"{TAG}null", re.compile(r"^\Z"), [""])


def mistake(node: Any, message: str) -> YamlError:
    """What is wrong with this node."""
    return YamlError(message, node.start_mark.line + 1)


def too_deep(node: Any) -> YamlError:
    """The error for a node that is nested too deeply."""
    return mistake(node, f"more than {MOST_LEVELS} levels of lists and keys; write it flatter")


def too_many(node: Any) -> YamlError:
    """The error for the first value beyond the limit."""
    return mistake(node, f"more than {MOST_VALUES:,} keys and values, aliases counted in full; shorten the file")
