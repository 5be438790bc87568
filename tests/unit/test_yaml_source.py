"""The two YAML parsers of one file agree, and what only one of them understands is left to it."""

from __future__ import annotations

import subprocess
from datetime import date
from typing import Any

import pytest
from ruamel.yaml import YAML

from launchpad import paths
from launchpad.problems import InvalidFileError
from launchpad.yaml_source import Settings, load, parse

TRACKED = subprocess.run(
    ["git", "ls-files", "config/*.yaml", "workloads/*.yaml", "launchpad/templates/*.yaml"],
    cwd=paths.ROOT,
    check=True,
    capture_output=True,
    text=True,
).stdout.split()


class Anything(Settings):
    value: Any


def read(folder, text):
    file = folder / "any.yaml"
    file.write_text(f"value: {text}\n")
    return load(file, Anything).value


@pytest.mark.parametrize("name", TRACKED)
def test_the_quick_parser_reads_what_the_thorough_one_reads(name):
    class Whole(Settings, extra="allow"):
        pass

    quick = load(paths.ROOT / name, Whole).model_dump()
    assert quick == Whole.model_validate(parse(paths.ROOT / name)).model_dump()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"),
        ("yes", "yes"),
        ("TRUE", True),
        ("~", None),
        ("0x1F", 31),
        ("0o17", 15),
        ("010", 10),
        ("1e3", 1000.0),
        ("1_000", 1000),
        ("12:30", "12:30"),
        ('"010"', "010"),
        (".inf", float("inf")),
        ("2026-01-02", date(2026, 1, 2)),
        ("[a, {b: 1.5}]", ["a", {"b": 1.5}]),
    ],
)
def test_values_are_those_of_yaml_1_2(tmp_path, text, value):
    assert read(tmp_path, text) == value == YAML(typ="safe", pure=True).load(text)


def test_merged_keys_are_the_thorough_parsers(tmp_path):
    assert dict(read(tmp_path, "{<<: {a: 1}, b: 2}")) == {"a": 1, "b": 2}


def test_a_key_that_stands_twice_is_told_with_its_line(tmp_path):
    with pytest.raises(InvalidFileError, match=r"any.yaml:2.*not valid YAML"):
        read(tmp_path, "1\nvalue: 2")
