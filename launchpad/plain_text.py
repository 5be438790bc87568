"""Text from elsewhere, safe to show: a job's log, a name, a value in a file may hold what steers a terminal.

Control characters and those that turn the direction of writing are shown as Python writes them, such as `\\x1b`.
"""

from __future__ import annotations

import re

_COLOUR = re.compile(r"\x1b\[[0-9;:]*m")
"""What programs put into their logs to colour them (ECMA-48, SGR): without meaning where it is not obeyed."""
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""C0 but newline and tab, DEL, C1, Unicode's line separators and bidirectional controls, and half characters."""


def visible(text: str) -> str:
    """`text` with nothing in it that a terminal obeys, but newlines and tabs."""
    return _UNSAFE.sub(lambda match: _escape(match[0]), _COLOUR.sub("", text).replace("\r\n", "\n"))


def one_line(text: str, limit: int = 1000) -> str:
    """`text` on one line, its middle left out where it is longer than `limit`."""
    shown = "".join(char if char.isprintable() else _escape(char) for char in shortened(text, limit))
    return shortened(shown, limit)


def shortened(text: str, limit: int) -> str:
    """`text` in at most `limit` characters: its beginning and its end, because a remedy often comes last."""
    if len(text) <= limit:
        return text
    kept = limit - len(_CUT)
    return f"{text[: kept - kept // 3]}{_CUT}{text[len(text) - kept // 3 :]}"


_CUT = " [...] "


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
