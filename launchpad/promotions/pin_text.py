"""Writes a pin into the text of a config: all other lines, comments and their order stay byte for byte.

The parser's marks say which lines the old pin has. What comes out is parsed again and compared with what went in, so
that YAML's rarer forms (anchors, merged keys) are refused and never damaged.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from launchpad.config_files.yaml_nodes import YamlError, read_nodes
from launchpad.config_files.yaml_reader import read_text
from launchpad.messages.errors import LaunchpadError

KEYS = ("model_data", "model_package", "model_data_key", "preprocessors", "promoted")
"""The keys that say which models a pin serves; all others, such as `instance`, stay."""
Pin = Mapping[str, Any]
"""Some of `KEYS`, with their values."""
PROMOTED = "promoted"
_NOTE = " # written by `launchpad promote`"


def pin_of(text: str, workload: str) -> dict[str, Any]:
    """The keys of a workload's pin that say which model it serves; empty if the config doesn't pin it.

    Raises:
        YamlError: the text is not YAML.
    """
    value = read_text(text.encode()).value
    for endpoint in _endpoints(value):
        if endpoint.get("workload") == workload:
            return {key: endpoint[key] for key in KEYS if key in endpoint}
    return {}


def with_pin(text: str, workload: str, pin: Pin) -> str:
    """The config's text with another pin of the workload, or a new one at the end of the list.

    Raises:
        LaunchpadError: the text is written in a way that can't be changed without changing more.
    """
    try:
        changed = _changed(text, workload, pin)
        if _without(changed, workload) == _without(text, workload) and pin_of(changed, workload) == pin:
            return changed
    except (YamlError, ValueError):
        pass
    lines = "\n".join(["endpoints:", *item_lines(workload, pin, "  ")])
    raise LaunchpadError(
        f"the pin of {workload!r} is written in a way that can't be changed without touching other lines (in brackets,"
        f" or with an anchor); write it in lines:\n{lines}"
    )


def _changed(text: str, workload: str, pin: Pin) -> str:
    root, _ = read_nodes(text.encode())
    lines = text.splitlines(keepends=True)
    newline = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    sequence = next((value for key, value in root.value if key.value == "endpoints"), None)
    if sequence is None:
        new = ["endpoints:", *item_lines(workload, pin, "  ")]
        return _joined(lines, len(lines), new if not lines else ["", *new], newline)
    if not isinstance(sequence, yaml.SequenceNode) or sequence.flow_style:
        raise ValueError("not a list in lines")
    for item in sequence.value:
        names = {key.value: (key, value) for key, value in item.value}
        if "workload" in names and names["workload"][1].value == workload:
            return _replaced(lines, item, pin, newline)
    after = _last_line(sequence, lines) + 1
    return _joined(lines, after, item_lines(workload, pin, " " * sequence.start_mark.column), newline)


def _replaced(lines: list[str], item: Any, pin: Pin, newline: str) -> str:
    """Put the pin where the first of the old keys is, and take the lines of the others out.

    Lines that are comments only stay, behind the new keys if they were between the old ones.
    """
    if item.flow_style:
        raise ValueError("not keys in lines")
    old = [(key, value) for key, value in item.value if key.value in KEYS]
    column = item.start_mark.column
    first = old[0][0].start_mark.line if old else item.start_mark.line + 1
    new = [f"{' ' * column}{line}" for line in _keys(pin)]
    if old:
        new[0] = lines[first][:column] + new[0][column:]  # the list's hyphen may stand before it
    old_lines = {
        line
        for key, value in old
        for line in range(key.start_mark.line, _last_line(value, lines) + 1)
        if not lines[line].lstrip().startswith("#")
    }
    other_lines = [line for number, line in enumerate(lines) if number not in old_lines]
    return _joined(other_lines, sum(number not in old_lines for number in range(first)), new, newline)


def _joined(lines: Sequence[str], at: int, new: Sequence[str], newline: str) -> str:
    before, after = "".join(lines[:at]), "".join(lines[at:])
    if before and not before.endswith("\n"):
        before += newline
    return before + "".join(f"{line}{newline}" for line in new) + after


def item_lines(workload: str, pin: Pin, indent: str) -> list[str]:
    """The lines of a new item of the list."""
    return [f"{indent}- workload: {workload}", *(f"{indent}  {line}" for line in _keys(pin))]


def _keys(pin: Pin) -> list[str]:
    """The pin's keys as YAML. Names, URIs, ARNs and most digests need no quotes; a digest may be all digits."""
    lines = []
    for key, value in pin.items():
        if isinstance(value, Mapping):
            lines.append(f"{key}:{_NOTE if key == PROMOTED else ''}")
            lines += [f"  {line}" for line in _keys(value)]
        else:
            lines.append(f"{key}: {_text(value)}")
    return lines


def _text(value: Any) -> str:
    text = str(value)
    try:
        plain = read_text(text.encode()).value == text
    except YamlError:
        plain = False
    return text if plain else json.dumps(text, ensure_ascii=False)  # which is YAML too


def _last_line(node: Any, lines: Sequence[str]) -> int:
    """The last line with content; the mark of a block's end is behind the comments that follow it."""
    if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
        return _last_of_block(node, lines)
    if isinstance(node, yaml.ScalarNode) or node.flow_style or not node.value:
        return int(node.end_mark.line)
    last = node.value[-1]
    return _last_line(last[1] if isinstance(last, tuple) else last, lines)


def _last_of_block(node: yaml.ScalarNode, lines: Sequence[str]) -> int:
    """The last line of a text in a block, whose end is marked on the line behind it and its empty lines."""
    line = int(node.end_mark.line - 1 if node.end_mark.column == 0 else node.end_mark.line)
    while line > int(node.start_mark.line) and not lines[line].strip():
        line -= 1
    return line


def _endpoints(value: Any) -> list[dict[str, Any]]:
    listed = value.get("endpoints") if isinstance(value, dict) else None
    return [each for each in listed or [] if isinstance(each, dict)]


def _without(text: str, workload: str) -> Any:
    """The config without the pin's keys, and without a list that has only them."""
    value = read_text(text.encode()).value
    rest = [
        {key: part for key, part in endpoint.items() if key not in KEYS} if _is(endpoint, workload) else endpoint
        for endpoint in _endpoints(value)
    ]
    others = [endpoint for endpoint in rest if endpoint != {"workload": workload}]
    return {**(value or {}), "endpoints": others}


def _is(endpoint: Mapping[str, Any], workload: str) -> bool:
    return endpoint.get("workload") == workload
