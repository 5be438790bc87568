"""Makes untrusted text safe to print: a job's log, a name or a value in a file may hold terminal control sequences.

Control characters, bidirectional ones included, are shown as Python escapes, such as `\\x1b`.
"""

from __future__ import annotations

import re

_COLOUR = re.compile(r"\x1b\[[0-9;:]*m")
"""Colour sequences in programs' logs (ECMA-48, SGR): they are dropped, because without a terminal they mean nothing."""
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""C0 except newline and tab, DEL, C1, Unicode's line separators, bidirectional controls, and lone surrogates."""


def visible(text: str) -> str:
    """`text` with all control characters escaped, except newlines and tabs."""
    return _UNSAFE.sub(lambda match: _escape(match[0]), _COLOUR.sub("", text).replace("\r\n", "\n"))


def one_line(text: str, limit: int = 1000) -> str:
    """`text` on one line; if it is longer than `limit`, its middle is left out."""
    shown = "".join(char if char.isprintable() else _escape(char) for char in shortened(text, limit))
    return shortened(shown, limit)


def shortened(text: str, limit: int) -> str:
    """The beginning and end of `text`, at most `limit` characters: the end stays because a remedy often comes last."""
    if len(text) <= limit:
        return text
    kept = limit - len(_CUT)
    return f"{text[: kept - kept // 3]}{_CUT}{text[len(text) - kept // 3 :]}"


_CUT = " [...] "


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
