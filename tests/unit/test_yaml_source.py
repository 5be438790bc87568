"""A file's values are YAML 1.2's, and whatever is wrong with a file is one line with file, line and remedy."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from launchpad.config_files.yaml_nodes import MOST_BYTES, MOST_LEVELS, MOST_VALUES
from launchpad.config_files.yaml_source import MOST_PROBLEMS, Settings, load, parse
from launchpad.messages.errors import InvalidFileError

NINE_FOLD = "".join(f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]\n" for level in range(1, 9))
BOMB = f"a0: &a0 x\n{NINE_FOLD}value: *a8\n"


class Anything(Settings, extra="allow"):
    value: Any = None


class Typed(Settings):
    text: str = ""
    number: int = 0
    share: float = 0
    switch: bool = False
    items: tuple[str, ...] = ()


def read(folder: Path, text: str) -> Any:
    file = folder / "any.yaml"
    file.write_text(f"value: {text}\n")
    return load(file, Anything).value


def problems(folder: Path, content: str | bytes, model: type[Settings] = Anything) -> list[str]:
    """What is reported of a file with this content, without its folder."""
    file = folder / "any.yaml"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(InvalidFileError) as error:
        load(file, model)
    return [str(problem).replace(f"{folder}/", "") for problem in error.value.problems]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"),
        ("yes", "yes"),
        ("TRUE", True),
        ("~", None),
        ("", None),
        ("0x1F", 31),
        ("0o17", 15),
        ("010", 10),
        ("1e3", 1000.0),
        ("-.5", -0.5),
        ("1_000", 1000),
        ("1_", "1_"),
        ("12:30", "12:30"),
        ('"010"', "010"),
        (".inf", float("inf")),
        ("-.INF", float("-inf")),
        ("2026-01-02", "2026-01-02"),
        ("2020-13-45", "2020-13-45"),
        ("=", "="),
        ("[a, {b: 1.5}]", ("a", {"b": 1.5})),
        ("!!str 010", "010"),
    ],
)
def test_values_are_those_of_yaml_1_2(tmp_path, text, value):
    result = read(tmp_path, text)
    assert (type(result), result) == (type(value), value)


def test_merged_keys_come_first_and_the_mappings_own_win(tmp_path):
    text = "value: {<<: [{a: 1, c: 1}, {a: 2, d: 2}], c: 3}\n"
    (tmp_path / "any.yaml").write_text(text)
    assert load(tmp_path / "any.yaml", Anything).value == {"a": 1, "d": 2, "c": 3}


@pytest.mark.parametrize(
    "content", [b"\xef\xbb\xbfvalue: 1\n", b"value: 1\r\n", b"value: 1\r", b"--- \nvalue: 1\n...\n"]
)
def test_byte_order_marks_and_other_line_ends_are_read(tmp_path, content):
    (tmp_path / "any.yaml").write_bytes(content)
    assert load(tmp_path / "any.yaml", Anything).value == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a: 1\nb: [1", "any.yaml:2: not valid YAML: did not find expected ',' or ']' while parsing a flow sequence"),
        (
            "a: 1\n\tb: 2",
            "any.yaml:2: not valid YAML: found a tab character that violates indentation",
        ),
        ("a: b: c", "any.yaml:1: not valid YAML: mapping values are not allowed in this context; put text with `: `"),
        ("a: *b", "any.yaml:1: not valid YAML: found undefined alias; put text that begins with * in quotes"),
        ("a: 'b\n\n\n", "any.yaml:3: not valid YAML: found unexpected end of stream while scanning a quoted scalar"),
        ("a: 1\n---\nb: 2", "any.yaml:2: not valid YAML: but found another document"),
        ("a: 1\nb: 2\na: 3", "any.yaml:3: not valid YAML: found duplicate key 'a', first on line 1; remove one"),
        ("a: 1\nb: \x00", "any.yaml:2: not valid YAML: the character U+0000 can't stand here; remove it"),
        ("a: 1\nb: \x1b[2J", "any.yaml:2: not valid YAML: the character U+001B can't stand here; remove it"),
        ("a: &b [*b]", "any.yaml:1: the anchor here contains itself; write the values out"),
        ("a: &b {<<: *b}", "any.yaml:1: the anchor here contains itself; write the values out"),
        ("a: {<<: 1}", "any.yaml:1: expected keys with values after `<<`, such as `<<: *name`"),
        (f"a: {'[' * 400}", f"any.yaml:1: more than {MOST_LEVELS} levels of lists and keys; write it flatter"),
        (f"a: {'[' * 10**5}", f"any.yaml:1: more than {MOST_LEVELS} levels of lists and keys; write it flatter"),
        ("- " * 10**4, f"any.yaml:1: more than {MOST_LEVELS} levels of lists and keys; write it flatter"),
        (BOMB, f"more than {MOST_VALUES:,} keys and values, aliases counted in full; shorten the file"),
        (f"a: [{'1, ' * MOST_VALUES}]", f"more than {MOST_VALUES:,} keys and values, aliases counted in full"),
        (f"a: {'7' * 5000}", "any.yaml:1: a number has 40 digits at most, this one 5000; put text in quotes"),
        (f"a: 0x{'f' * 5000}", "any.yaml:1: a number has 40 digits at most, this one 5002; put text in quotes"),
        ("a: 1\n7: b", 'any.yaml:2: a key must be text; write it in quotes: "7"'),
        ("? [a]\n: b", "any.yaml:1: a key must be text, not a list or more keys"),
        ("a: !secret b", "any.yaml:1: the tag '!secret' means nothing here; remove it"),
        ("a: !!python/object:os.system {}", "python/object:os.system' means nothing here; remove it"),
        ("a: !!int b", "any.yaml:1: 'b' does not fit its tag; remove the tag"),
        (b"a: 1\nb: \xff", "any.yaml:2: not UTF-8 text (invalid start byte); save the file as UTF-8"),
        ("a: é".encode("utf-16"), "any.yaml:1: not UTF-8 text (invalid start byte); save the file as UTF-8"),
        (b"a: " + b"b" * MOST_BYTES, f"any.yaml: the file is larger than {MOST_BYTES:,} bytes; shorten it"),
        ("", "any.yaml:1: expected keys with values, such as `name: ...`"),
        ("- a", "any.yaml:1: expected keys with values, such as `name: ...`"),
    ],
)
def test_a_broken_file_is_one_line_with_its_line_and_remedy(tmp_path, content, message):
    (problem,) = problems(tmp_path, content)
    assert message in problem


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("text: 012", 'text: should be a valid string, not 012; write it in quotes: "012"'),
        ("text: 2.10", 'text: should be a valid string, not 2.10; write it in quotes: "2.10"'),
        ("text: true", "text: should be a valid string, not True; write it in quotes"),
        ("text:", "text: should be a valid string; there is no value here"),
        ("number: '3'", "number: should be a valid integer, not '3'; write a whole number, without quotes"),
        ("number: 30.0", "number: should be a valid integer, not 30.0"),
        ("share: '3'", "share: should be a valid number, not '3'; write a number, without quotes"),
        ("switch: 'no'", "switch: should be a valid boolean, not 'no'; write true or false, without quotes"),
        ("switch: 0", "switch: should be a valid boolean, not 0"),
        ("items: a", "items: expected a list, such as [one, two], not 'a'"),
    ],
)
def test_a_value_of_another_kind_is_not_converted(tmp_path, text, message):
    (problem,) = problems(tmp_path, f"{text}\n", Typed)
    assert problem.startswith(f"any.yaml:1: {message}")


def test_what_a_message_repeats_is_cut(tmp_path):
    (problem,) = problems(tmp_path, f"{'k' * 900}: 1\n", Typed)
    assert "unknown key; known keys: items, number, share" in problem
    (value,) = problems(tmp_path, f"number: {'v' * 10**5}\n", Typed)
    assert max(len(problem), len(value)) < 400


def test_a_message_stays_one_line_whatever_a_key_holds(tmp_path):
    (problem,) = problems(tmp_path, '"a\\n\\e[2Jb\\u202e": 1\n', Typed)
    assert "a\\n\\x1b[2Jb\\u202e: unknown key" in problem


def test_thousands_of_mistakes_are_counted_not_listed(tmp_path):
    text = "".join(f"k{number}: 1\n" for number in range(2000))
    listed = problems(tmp_path, text, Typed)
    assert len(listed) == MOST_PROBLEMS + 1
    assert listed[-1] == f"any.yaml: {2000 - MOST_PROBLEMS} more mistakes; correct those above first"


def test_what_is_no_file_is_not_opened(tmp_path):
    (tmp_path / "folder.yaml").mkdir()
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "lost.yaml").symlink_to("nowhere")
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    reports = []
    for name in ("folder", "pipe", "lost", "loop", "none", "x" * 300):
        with pytest.raises(InvalidFileError) as error:
            parse(tmp_path / f"{name}.yaml")
        reports.append(str(error.value).partition(".yaml: ")[2])
    assert reports == [
        "this is a folder; write a file instead",
        "this is a device or pipe; write a file instead",
        "this link leads nowhere; remove it",
        "can't be read (Too many levels of symbolic links); make it a file that you may read",
        "there is no such file",
        "can't be read (File name too long); make it a file that you may read",
    ]


def test_a_file_without_permission_is_reported(tmp_path, monkeypatch):
    (tmp_path / "any.yaml").write_text("a: 1")
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InvalidFileError, match=r"any.yaml: can't be read \(Permission denied\)"):
        parse(tmp_path / "any.yaml")


def refuse(*_arguments: object) -> None:
    raise PermissionError(13, "Permission denied")
