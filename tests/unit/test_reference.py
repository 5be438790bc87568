"""The reference has every command with its options, and every key with what it may be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import typer

from launchpad.checks.json_schemas import MODELS, schema
from launchpad.cli.application import application
from tools.reference import commands_page, keys_page

COMMANDS = commands_page()


def commands(group: Any, path: str = "launchpad") -> Iterator[tuple[str, Any]]:
    for name, command in getattr(group, "commands", {}).items():
        yield f"{path} {name}", command
        yield from commands(command, f"{path} {name}")


ALL = dict(commands(typer.main.get_command(application())))


@pytest.mark.parametrize("name", ALL)
def test_a_command_has_its_section_with_its_options_and_example(name: str):
    section = COMMANDS.partition(f"# `{name}`\n")[2].partition("\n## ")[0]
    options = [option for parameter in ALL[name].params for option in parameter.opts if option.startswith("--")]
    assert [option for option in options if option not in section] == []
    assert (ALL[name].epilog or "") in section


def test_a_list_of_commands_cuts_no_sentence():
    assert [line for line in COMMANDS.splitlines() if line.startswith("* `") and line.endswith("...")] == []


@pytest.mark.parametrize("name", MODELS)
def test_every_key_of_every_section_is_in_the_table(name: str):
    content, page = schema(name), keys_page(name)
    keys = {key for node in (content, *content["$defs"].values()) for key in node["properties"]}
    assert [key for key in sorted(keys) if f"| `{key}` |" not in page] == []


@pytest.mark.parametrize(
    "row",
    [
        "| `max_runtime_minutes` | whole number, 1 to 40320 | `60` |",
        "| `instance` | [`training.instance`](#traininginstance) | **required** |",
        "| `channels` | names, each with: [`training.channels`](#channel) | **required** |",
        "| `network_isolation` | `true` or `false` | `true` |",
        "| `mode` | `File`, `FastFile`, `Pipe` | `File` |",
    ],
)
def test_a_row_says_what_a_value_may_be(row: str):
    assert row in keys_page("workload")


def test_a_long_list_of_values_is_cut_and_counted():
    assert " more | **required** |" in keys_page("workload")
