"""Broken and hostile variants of YAML files, the same ones for the same seed.

Three kinds: the text is damaged, a value or key of the structure is replaced, or the file is no file at all.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

Chance = random.Random
BOMB = "{0: &b0 x, " + ", ".join(f"{n}: &b{n} [{', '.join([f'*b{n - 1}'] * 9)}]" for n in range(1, 9)) + "}"
MERGE_BOMB = "{m0: &m0 {a: b}, " + ", ".join(
    f"m{n}: &m{n} {{<<: [{', '.join([f'*m{n - 1}'] * 9)}]}}" for n in range(1, 9)
)

RAW_VALUES = (
    *(
        "2020-13-45",
        "2026-01-02",
        "2001-12-14t21:59:43.10-05:00",
        "9" * 5000,
        "-0x" + "f" * 9999,
        "1e999",
        ".nan",
        "-.inf",
    ),
    *("&a [*a]", "&a {<<: *a}", "&a {b: *a}", BOMB.replace("{0:", "{z0:"), BOMB, MERGE_BOMB + "}", "*none", "{<<: 1}"),
    *(
        "[" * 400,
        "[" * 20_000,
        "{a: " * 400,
        "[" * 39 + "]" * 39,
        "- " * 3000,
        "? " * 3000,
        "[1, 2",
        "{a: b",
        "a: b: c",
    ),
    *(
        "!secret x",
        "!!python/object/apply:os.system [id]",
        "!!binary aGk=",
        "!!set {a}",
        "!!int x",
        "!<tag:x> y",
        "!!null 7",
    ),
    *(
        "'",
        '"',
        '"\\xZZ"',
        '"\\0"',
        '"\\e[2J\\a"',
        '"\\u202e"',
        '"\\ud800"',
        "|",
        ">99\n x",
        "@x",
        "`x`",
        "%x",
        "- a\nb: c",
    ),
    *(
        "{1: a}",
        "{null: a}",
        "{[a]: b}",
        "{true: a, True: b}",
        "{a: 1, a: 2}",
        "{2026-01-02: a}",
        "? [a]\n: b",
        "---\nb: 1",
    ),
    *(
        "~",
        "",
        "yes",
        "on",
        "012345678901",
        "1_000",
        "0o17",
        "30.0",
        "'3'",
        "'no'",
        "[]",
        "{}",
        "[[]]",
        "{a: {}}",
        "true",
    ),
)
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 10**18, 10**39, 10**400, 1.5, float("inf"), float("nan"), "", " ", "\n", "a\nb"),
    *(
        "\0",
        "\x1b]52;c;aGk=\x07",
        "\x9b2J",
        "\u202eabc",
        "\u2028",
        "\ufeff",
        "é",
        "日本",
        "😀" * 100,
        "x" * 300,
        "y" * 5000,
    ),
    *(
        "z" * 10**6,
        "../x",
        "/etc/passwd",
        "a/" * 3000,
        "${x}",
        "{{x}}",
        "(((",
        "a{99999999999}",
        "(" * 240 + ")" * 240,
        "[[a]",
    ),
    *(
        [],
        {},
        [[]],
        [None],
        {"a": {}},
        ["a"] * 500,
        {f"k{n}": n for n in range(500)},
        "arn:aws:iam::1:x",
        "s3://",
        "ml.",
        "1e5",
    ),
)
CHARACTERS = (
    "\0",
    "\x07",
    "\x1b",
    "\x7f",
    "\x85",
    "\x9b",
    "\u202e",
    "\u2028",
    "\ufeff",
    "\ufffe",
    "😀",
    "\t",
    "\r",
    "\x0c",
    "é",
)
INDICATORS = tuple("-?:,[]{}#&*!|>'\"%@`")

LARGE = 100_000
"""Bytes beyond which the structure of a damaged file is not looked at: reading it would take longer than the test."""


def mutant(base: bytes, chance: Chance) -> bytes:
    """One variant of a file's content: most often damaged once, sometimes three times."""
    content = base
    for _ in range(chance.choice((1, 1, 1, 3))):
        content = chance.choice((*TEXT, *TEXT, structure, structure, *BYTES))(content, chance)
    return content


def _lines(change: Callable[[list[str], int, Chance], None]) -> Callable[[bytes, Chance], bytes]:
    """A mutation of the lines, at one of them."""

    def mutate(content: bytes, chance: Chance) -> bytes:
        lines = content.decode("utf-8", "replace").split("\n")
        change(lines, chance.randrange(len(lines)), chance)
        return "\n".join(lines).encode()

    return mutate


def _delete(lines: list[str], at: int, chance: Chance) -> None:
    del lines[at : at + chance.randint(1, 3)]
    lines.append("")


def _repeat(lines: list[str], at: int, _chance: Chance) -> None:
    lines.insert(at, lines[at])


def _swap(lines: list[str], at: int, chance: Chance) -> None:
    other = chance.randrange(len(lines))
    lines[at], lines[other] = lines[other], lines[at]


def _indent(lines: list[str], at: int, chance: Chance) -> None:
    lines[at] = chance.choice((" ", "  ", "\t", " \t", "\u00a0")) + lines[at]


def _other_value(lines: list[str], at: int, chance: Chance) -> None:
    key, colon, _ = lines[at].partition(":")
    lines[at] = f"{key}{colon or ':'} {chance.choice(RAW_VALUES)}"


def _more(lines: list[str], _at: int, chance: Chance) -> None:
    key = chance.choice(("zz", "name", "tags", "<<", "1", "~", "? x", "- a", "\u202e"))
    lines.append(f"{key}: {chance.choice(RAW_VALUES)}")


def _character(lines: list[str], at: int, chance: Chance) -> None:
    line, column = lines[at], chance.randint(0, len(lines[at]))
    lines[at] = line[:column] + chance.choice((*CHARACTERS, *INDICATORS)) + line[column + chance.randint(0, 1) :]


TEXT = tuple(map(_lines, (_delete, _repeat, _swap, _indent, _other_value, _other_value, _more, _more, _character)))


def structure(content: bytes, chance: Chance) -> bytes:
    """Replace, remove, wrap or rename one value of the structure; text where it has none any more."""
    if len(content) > LARGE or b"<<" in content:  # PyYAML expands what is merged, nine-fold eight times
        return content[:LARGE]
    try:
        document = yaml.load(content, yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return content + b"\n: :"
    if not isinstance(document, dict) or not document:
        return content + b"\na: b"
    holder, key = _place(document, chance)
    action = chance.randrange(5)
    if action == 0:
        del holder[key]
    elif action == 1:
        holder[key] = [holder[key]] if chance.random() < 0.5 else {"a": holder[key]}
    elif action == 2 and isinstance(holder, dict):
        holder[chance.choice(("x", f"{key}s", "", 7, None, True, 1.5, "\x1b[31m", "k" * 2000))] = holder.pop(key)
    else:
        holder[key] = chance.choice(VALUES)
    text = yaml.dump(
        document,
        Dumper=yaml.CSafeDumper,
        allow_unicode=chance.random() < 0.5,
        default_flow_style=chance.choice((True, False, None)),
    )
    return text.encode("utf-8", "surrogatepass")


def _place(document: Any, chance: Chance) -> tuple[Any, Any]:
    """A random list or mapping in the structure, and a key or number in it."""
    holder, key = document, chance.choice(list(document))
    while isinstance(holder[key], dict | list) and holder[key] and chance.random() < 0.8:
        holder = holder[key]
        key = chance.choice(list(holder)) if isinstance(holder, dict) else chance.randrange(len(holder))
    return holder, key


def _truncated(content: bytes, chance: Chance) -> bytes:
    return content[: chance.randrange(len(content) + 1)]


def _noise(content: bytes, chance: Chance) -> bytes:
    at = chance.randrange(len(content) + 1)
    return content[:at] + chance.randbytes(chance.choice((1, 2, 8, 200))) + content[at:]


def _other_encoding(content: bytes, chance: Chance) -> bytes:
    text = content.decode("utf-8", "replace")
    encoding = chance.choice(("utf-8-sig", "utf-16", "utf-16-be", "utf-32", "utf-7"))
    return text.encode(encoding, "surrogatepass" if "utf-8" not in encoding and encoding != "utf-7" else "replace")


def _other_line_ends(content: bytes, chance: Chance) -> bytes:
    return content.replace(b"\n", chance.choice((b"\r\n", b"\r", b"\n\r", b"\xc2\x85", b"\xe2\x80\xa8", b"\0")))


def _huge(content: bytes, chance: Chance) -> bytes:
    large = (
        b"zz: " + b"x" * 10**7,
        b"#" * 10**7,
        b"\n" * 10**6,
        b"zz: [" + b"1," * 400_000 + b"1]",
        b"- a\n" * 200_000,
    )
    return content + b"\n" + chance.choice(large)


BYTES = (_truncated, _noise, _other_encoding, _other_line_ends, _huge)


def no_file(path: Path, chance: Chance) -> None:
    """Put something in the place of a file that can't be read as one."""
    kinds: tuple[Callable[[], object], ...] = (
        path.mkdir,
        lambda: os.mkfifo(path),
        lambda: path.symlink_to("nowhere"),
        lambda: path.symlink_to(path.name),
        lambda: path.symlink_to("/dev/zero"),
        path.touch,
    )
    chance.choice(kinds)()
