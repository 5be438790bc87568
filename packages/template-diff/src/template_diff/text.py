"""Renders values as Markdown that fits into a table cell and can't break out of it.

Note: values come from the author of the change and are not trusted. Each is put into a code span that its backticks,
pipes and line ends can't close; a long one is cut to the part around the first difference.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence

from template_diff.references import shown

VALUE_LIMIT = 160
"""The most characters of one value; enough for an ARN or a line of a script."""
_HASH = re.compile(r"(?<![0-9a-zA-Z])([0-9a-f]{8})[0-9a-f]{56}(?![0-9a-zA-Z])")
_CUT = "…"
_LINE = 80
Show = Callable[[str], str]
"""Renders one value as a code span, with references relative to one stack."""


def showing(stack: str) -> Show:
    """The function that renders values in a line about `stack`."""
    return lambda value: code(shown(value, stack))


def code(value: str, limit: int = VALUE_LIMIT) -> str:
    """`value` as one code span of at most about `limit` characters."""
    text = _HASH.sub(rf"\1{_CUT}", value).replace("\r", "").replace("\n", "⏎")
    if len(text) > limit:
        text = text[: limit - 1] + _CUT
    if not text.strip():
        return "_empty_"
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    space = " " if longest else ""
    return fence + space + text.replace("|", "\\|") + space + fence


def listed(values: Sequence[str], show: Show, most: int = 4) -> str:
    """The first values as code spans, and the number of the others."""
    spans = ", ".join(map(show, values[:most]))
    return f"{spans} and {len(values) - most} more" if len(values) > most else spans


def became(old: str | None, new: str | None, stack: str) -> str:
    """`old` → `new`, with a missing side in words; long values are cut to the part that differs."""
    before, after = (None if value is None else shown(value, stack) for value in (old, new))
    if before is None:
        return f"set to {code(after or '')}"
    if after is None:
        return f"{code(before)} removed"
    start = _where_they_part(_HASH.sub(r"\1", before), _HASH.sub(r"\1", after))
    return arrow(code(_from(before, start)), code(_from(after, start)))


def arrow(old: str, new: str) -> str:
    """`old` → `new`; on two lines if they are long, because code in a table cell does not wrap."""
    return f"{old}{'<br>' if len(old) + len(new) > _LINE else ' '}→ {new}"


def _where_they_part(old: str, new: str) -> int:
    return sum(1 for _ in itertools.takewhile(bool, map(str.__eq__, old, new)))


def _from(text: str, start: int) -> str:
    """`text`, or, if it is long and the difference is late in it, the part around the difference."""
    if len(text) <= VALUE_LIMIT or start < VALUE_LIMIT // 2:
        return text
    return _CUT + text[start - VALUE_LIMIT // 4 :]


def counted(number: int, singular: str, plural: str = "") -> str:
    """`1 resource`, `2 resources`."""
    return f"{number} {singular if number == 1 else plural or singular + 's'}"


def plain(text: str) -> str:
    """Text for use outside a code span, with all markup escaped."""
    return re.sub(r"([\\`*_\[\]<>|#@])", r"\\\1", text)
