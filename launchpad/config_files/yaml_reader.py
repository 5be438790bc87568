"""Turns YAML nodes into plain values and keeps their lines. All YAML files are read here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import yaml

from launchpad.config_files.yaml_nodes import (
    MOST_DIGITS,
    MOST_LEVELS,
    MOST_VALUES,
    TAG,
    YamlError,
    mistake,
    read_nodes,
    too_deep,
    too_many,
)
from launchpad.messages.plain_text import shortened

Location = tuple[int | str, ...]


@dataclass(frozen=True)
class Document:
    """One parsed YAML text."""

    value: Any
    _root: Any
    _lines: int

    def line(self, location: Location) -> int:
        """The 1-based line of `location`: of its key or list item, or else of the nearest one that encloses it."""
        line = 1
        for marker, _ in self._steps(location):
            line = marker.start_mark.line + 1
        return min(line, self._lines)

    def number(self, location: Location) -> str | None:
        """The number at `location` as written, with its leading zeros; None if the value is not a number."""
        steps = [self._root, *(node for _, node in self._steps(location))]
        is_number = len(steps) == len(location) + 1 and steps[-1].tag in (f"{TAG}int", f"{TAG}float")
        return steps[-1].value if is_number else None

    def _steps(self, location: Location) -> Iterator[tuple[Any, Any]]:
        """The nodes on the way to `location` as far as they exist, each paired with the node that has its line."""
        node = self._root
        for part in location:
            if isinstance(node, yaml.MappingNode):
                pair = _Values().pairs(node).get(str(part))
            elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
                pair = (node.value[part], node.value[part])
            else:
                return
            if pair is None:
                return
            yield pair
            node = pair[1]


def read_text(data: bytes) -> Document:
    """Read one YAML document.

    Raises:
        YamlError: it is not UTF-8, not YAML, or larger, deeper or longer than `yaml_nodes` allows.
    """
    root, lines = read_nodes(data)
    return Document(_Values().of(root) if root else None, root, lines)


def _int(text: str) -> int:
    return int(text, 0) if text[:2] in ("0o", "0x") else int(text)


def _float(text: str) -> float:
    return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))


_SCALARS: dict[str, Callable[[str], Any]] = {
    f"{TAG}str": str,
    f"{TAG}null": lambda _text: None,
    f"{TAG}bool": lambda text: text.lower() == "true",
    f"{TAG}int": _int,
    f"{TAG}float": _float,
}
_COLLECTIONS = (f"{TAG}seq", f"{TAG}map")


class _Values:
    """Turns nodes into values. It counts them, because an alias is one node but stands for everything that it names."""

    def __init__(self) -> None:
        self._count = 0
        self._open: set[int] = set()

    def of(self, node: Any) -> Any:
        """A node's value."""
        if isinstance(node, yaml.ScalarNode):
            self._counted(node)
            return _scalar(node)
        if node.tag not in _COLLECTIONS:
            raise mistake(node, f"the tag {_quoted(node.tag)} means nothing here; remove it")
        if isinstance(node, yaml.SequenceNode):
            with self._within(node):
                return [self.of(item) for item in node.value]
        pairs = self.pairs(node)
        with self._within(node):
            return {key: self.of(value) for key, (_, value) in pairs.items()}

    def pairs(self, node: Any) -> dict[str, tuple[Any, Any]]:
        """The nodes of key and value, by key of a mapping; merged mappings (`<<`) are included."""
        own: dict[str, tuple[Any, Any]] = {}
        merged: dict[str, tuple[Any, Any]] = {}
        with self._within(node):
            for key, value in node.value:
                if key.tag == f"{TAG}merge":
                    for name, pair in self._merged(value):
                        merged.setdefault(name, pair)
                    continue
                name = _key(key)
                if name in own:
                    raise _duplicate(name, key, own[name][0])
                own[name] = (key, value)
        return {**merged, **own}

    def _merged(self, value: Any) -> Iterator[tuple[str, tuple[Any, Any]]]:
        for mapping in value.value if isinstance(value, yaml.SequenceNode) else [value]:
            if not isinstance(mapping, yaml.MappingNode):
                raise mistake(value, "expected keys with values after `<<`, such as `<<: *name`")
            yield from self.pairs(mapping).items()

    @contextmanager
    def _within(self, node: Any) -> Iterator[None]:
        self._counted(node)
        if id(node) in self._open:
            raise mistake(node, "the anchor here contains itself; write the values out")
        if len(self._open) >= MOST_LEVELS:
            raise too_deep(node)
        self._open.add(id(node))
        yield
        self._open.remove(id(node))

    def _counted(self, node: Any) -> None:
        self._count += 1
        if self._count > MOST_VALUES:
            raise too_many(node)


def _key(node: Any) -> str:
    if isinstance(node, yaml.ScalarNode) and node.tag == f"{TAG}str":
        return str(node.value)
    if isinstance(node, yaml.ScalarNode):
        raise mistake(node, f'a key must be text; write it in quotes: "{shortened(node.value, MOST_DIGITS)}"')
    raise mistake(node, "a key must be text, not a list or more keys; put text with brackets or braces in quotes")


def _duplicate(name: str, key: Any, first: Any) -> YamlError:
    line = first.start_mark.line + 1
    return mistake(key, f"not valid YAML: found duplicate key {_quoted(name)}, first on line {line}; remove one")


def _scalar(node: Any) -> Any:
    if node.tag not in _SCALARS:
        raise mistake(node, f"the tag {_quoted(node.tag)} means nothing here; remove it, or put the text in quotes")
    if node.tag != f"{TAG}str" and len(node.value) > MOST_DIGITS:
        message = f"a number has {MOST_DIGITS} digits at most, this one {len(node.value)}; put text in quotes"
        raise mistake(node, message)
    try:
        return _SCALARS[node.tag](node.value)
    except ValueError:
        raise mistake(node, f"{_quoted(node.value)} does not fit its tag; remove the tag") from None


def _quoted(text: str) -> str:
    return repr(shortened(text, 2 * MOST_DIGITS))
