"""When a pipeline runs: the expressions that EventBridge Scheduler takes, `rate(...)` and `cron(...)`.

The rules are those of "Schedule types in EventBridge Scheduler" (scheduler/latest/UserGuide/schedule-types) and of
"Cron expressions reference" (eventbridge/latest/userguide/eb-cron-expressions). What neither page has, such as `L-3`
or a range that runs backwards, is refused, and so is a one-time `at(...)`: a pipeline runs again and again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from launchpad.config_files.yaml_source import for_editors

LONGEST = 256
"""`ScheduleExpression` of EventBridge Scheduler's API."""
_EXAMPLES = "write one such as `rate(7 days)` or `cron(0 6 ? * MON *)`"
_RATE = re.compile(r"([1-9][0-9]*) +(minute|hour|day)(s?)")


def _named(*names: str) -> dict[str, int]:
    return {name: number for number, name in enumerate(names, start=1)}


@dataclass(frozen=True)
class Field:
    """One field of a cron expression: its numbers, the names of some, and further forms."""

    name: str
    lowest: int
    highest: int
    names: Mapping[str, int] = field(default_factory=dict)
    more: str = "(?!)"
    """A pattern of what else an item may be."""
    alone: str = "(?!)"
    """A pattern of what the whole field may be."""

    @property
    def values(self) -> str:
        """The allowed values, in words."""
        names = list(self.names)
        return f"{self.lowest}-{self.highest}" + (f" or {names[0]}-{names[-1]}" if names else "")

    def accepts(self, text: str) -> bool:
        """Whether the whole field is right."""
        return bool(re.fullmatch(self.alone, text)) or all(map(self._accepts_item, text.split(",")))

    def _accepts_item(self, item: str) -> bool:
        if re.fullmatch(self.more, item):
            return True
        span, slash, step = item.partition("/")
        if slash and not (step.isascii() and step.isdecimal() and 1 <= int(step) <= self.highest):
            return False
        if span == "*":
            return True
        first, dash, last = span.partition("-")
        numbers = [self._number(first), self._number(last if dash else first)]
        return None not in numbers and numbers == sorted(numbers, key=lambda number: number or 0)

    def _number(self, text: str) -> int | None:
        number = int(text) if re.fullmatch(r"[0-9]{1,4}", text) else self.names.get(text)
        return number if number is not None and self.lowest <= number <= self.highest else None


_DAYS = _named("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_MONTHS = _named("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAY = f"([1-7]|{'|'.join(_DAYS)})"
FIELDS = (
    Field("minutes", 0, 59),
    Field("hours", 0, 23),
    Field("day of month", 1, 31, more=r"LW?|([1-9]|[12][0-9]|3[01])W", alone=r"\?"),
    Field("month", 1, 12, _MONTHS),
    Field("day of week", 1, 7, _DAYS, more=f"L|{_DAY}L", alone=rf"\?|{_DAY}#[1-5]"),
    Field("year", 1970, 2199),
)


def check_schedule(expression: str) -> str:
    """Return `expression` if EventBridge Scheduler takes it.

    Raises:
        ValueError: it doesn't; the message names the field, and what to write.
    """
    kind, inner = expression.partition("(")[0], expression.partition("(")[2].removesuffix(")")
    if kind not in ("rate", "cron") or not expression.endswith(")"):
        raise ValueError(f"{expression!r} is no schedule; {_EXAMPLES}")
    (_check_rate if kind == "rate" else _check_cron)(inner)
    return expression


def _check_rate(inner: str) -> None:
    match = _RATE.fullmatch(inner)
    if match is None:
        raise ValueError(f"rate({inner}) is not a number above 0 and minutes, hours or days; write rate(7 days)")
    number, unit, plural = match.groups()
    if (number == "1") == bool(plural):
        raise ValueError(f"rate({inner}) has the wrong ending; write rate({number} {unit}{'' if plural else 's'})")


def _check_cron(inner: str) -> None:
    texts = inner.split()
    if len(texts) != len(FIELDS):
        names = ", ".join(each.name for each in FIELDS)
        raise ValueError(f"a cron expression has {len(FIELDS)} fields ({names}), not {len(texts)}; {_EXAMPLES}")
    for each, text in zip(FIELDS, texts, strict=True):
        if not each.accepts(text):
            remedy = f"write {each.values}, a range such as {each.lowest}-{each.highest}, `*`, or {each.lowest}/2"
            raise ValueError(f"the cron field {each.name} can't be {text!r}; {remedy}")
    if (texts[2] == "?") == (texts[4] == "?"):
        raise ValueError("one of day of month and day of week must be `?`, and the other must not; write `?` in one")


_RATES = r"rate\((1 +(minute|hour|day)|(?!1 )[1-9][0-9]* +(minute|hour|day)s)\)"
_HOURS = r"(?![^ ]*(2[4-9]|[3-9][0-9]))[^ ]+"
_DAYS_OF_WEEK = r"(?![^ ]*[089])[^ ]+"
_CRONS = rf"cron\( *[^ ]+ +{_HOURS} +(\? +[^ ]+ +(?!\?)|(?!\?)[^ ]+ +[^ ]+ +(?=\?)){_DAYS_OF_WEEK} +[^ ]+ *\)"
"""Roughly, for editors: hours up to 23, days of the week up to 7, `?` in exactly one field of a day."""
Schedule = Annotated[
    str,
    StringConstraints(max_length=LONGEST),
    AfterValidator(check_schedule),
    for_editors(rf"^({_RATES}|{_CRONS})$", maxLength=LONGEST),
]
