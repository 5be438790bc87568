"""The reference pages of the site, made from the code itself: every command, and every key of the YAML files.

Typer writes the commands' page. The keys come from the JSON Schemas that editors use (`launchpad.checks.json_schemas`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import typer
from typer.cli import get_docs_for_click

from launchpad.checks.json_schemas import schema
from launchpad.cli.application import application

Node = Mapping[str, Any]
"""One part of a JSON Schema."""

SHOWN_VALUES = 8
"""The most values of an enumeration that are shown; AWS has more than a hundred instance types."""
TITLES = {
    "environment": ("Keys of an environment", "config/NAME.yaml", "config/samples/comprehensive.yaml"),
    "workload": ("Keys of a workload", "workloads/NAME/workload.yaml", "workloads/boston-housing/workload.yaml"),
}
"""A schema's name, to its page's title, the files that it describes, and an example."""
WORDS = {"string": "text", "integer": "whole number", "number": "number", "boolean": "`true` or `false`"}
"""JSON Schema's types as people say them."""


def commands_page() -> str:
    """Markdown about every command: its arguments, its options, and an example."""
    command = typer.main.get_command(application())
    _show_whole_sentences(command)
    context = typer.Context(command, info_name="launchpad")
    return str(get_docs_for_click(obj=command, ctx=context, name="launchpad", title="Commands"))


def _show_whole_sentences(command: Any) -> None:
    """Have lists of commands show the first paragraph of each; Typer would cut it after 45 characters."""
    for inner in getattr(command, "commands", {}).values():
        inner.short_help = inner.short_help or (inner.help or "").partition("\n\n")[0]
        _show_whole_sentences(inner)


def keys_page(name: str) -> str:
    """Markdown about every key of one kind of file, `environment` or `workload`."""
    title, files, example = TITLES[name]
    content = schema(name)
    definitions: Node = content["$defs"]
    sections = {key: f"`{section}`" for section, key in _sections(content, definitions).items()}
    intro = f"# {title}\n\nWhat `{files}` may say; [{example}](../{example}) is an example.\n"
    parts = [
        f"\n## {section} {{ #{key.lower()} }}\n{_table(definitions[key], sections)}"
        for key, section in sections.items()
    ]
    return "".join([intro, _table(content, sections), *parts])


def _sections(node: Node, definitions: Node, above: str = "") -> dict[str, str]:
    """The dotted key of every section below `node`, to its definition's name; each at its first place only."""
    sections: dict[str, str] = {}
    for key, value in node["properties"].items():
        section = f"{above}.{key}".lstrip(".")
        for name in _references(value):
            deeper = {section: name, **_sections(definitions[name], definitions, section)}
            sections |= {where: inner for where, inner in deeper.items() if inner not in sections.values()}
    return sections


def _references(value: Any) -> Iterator[str]:
    """The names of the definitions that a key's value may be."""
    if isinstance(value, Mapping):
        if "$ref" in value:
            yield _definition(value)
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def _definition(reference: Node) -> str:
    return str(reference["$ref"]).rpartition("/")[2]


def _table(node: Node, sections: Mapping[str, str]) -> str:
    """What a section is for, and its keys."""
    rows = [_row(key, value, node, sections) for key, value in node["properties"].items()]
    head = ("", _cell(node.get("description", "")), "", "| key | value | default | meaning |", "|---|---|---|---|")
    return "\n".join([*head, *rows, ""])


def _row(key: str, value: Node, node: Node, sections: Mapping[str, str]) -> str:
    meaning = _cell(value.get("description", ""))
    return f"| `{key}` | {_value(value, sections)} | {_default(key, value, node)} | {meaning} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _default(key: str, value: Node, node: Node) -> str:
    if key in node.get("required", ()):
        return "**required**"
    default = value.get("default")
    return "" if default in (None, "", []) or isinstance(default, Mapping) else _literal(default)


def _value(value: Node, sections: Mapping[str, str]) -> str:
    """What a value may be, in words."""
    if "$ref" in value:
        name = _definition(value)
        return f"[{sections[name]}](#{name.lower()})"
    if "anyOf" in value:
        choices = [_value(choice, sections) for choice in value["anyOf"] if choice.get("type") != "null"]
        return " or ".join(dict.fromkeys(choices))
    if "const" in value:
        return _literal(value["const"])
    if "enum" in value:
        return _enumeration(value["enum"])
    if value.get("type") == "array":
        return f"list: {_value(value.get('items', {}), sections)}"
    if value.get("type") == "object":
        return f"names, each with: {_value(_named(value), sections)}"
    return _plain(value)


def _named(value: Node) -> Node:
    """The values of a mapping whose keys are free."""
    patterns = list(value.get("patternProperties", {}).values())
    schema: Node = patterns[0] if patterns else value.get("additionalProperties") or {}
    return schema if isinstance(schema, Mapping) else {}


def _plain(value: Node) -> str:
    words = WORDS.get(str(value.get("type")), "any value")
    lowest, highest = value.get("minimum"), value.get("maximum")
    if lowest is not None:
        words += f", {lowest} to {highest}" if highest is not None else f", at least {lowest}"
    return _cell(f"{words} like `{value['pattern']}`" if "pattern" in value else words)


def _enumeration(values: list[Any]) -> str:
    examples = ", ".join(_literal(value) for value in values[:SHOWN_VALUES])
    more = len(values) - SHOWN_VALUES
    return f"{examples} and {more} more" if more > 0 else examples


def _literal(value: Any) -> str:
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"
