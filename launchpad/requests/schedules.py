"""How long the pauses of a schedule are, in the expressions that EventBridge Scheduler takes.

The expression is one that `launchpad.workload.schedule` accepts. Times are UTC, so days have 24 hours.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

MINUTES_OF = {"minute": 1, "hour": 60, "day": 1440}
HOUR, DAY = MINUTES_OF["hour"], MINUTES_OF["day"]
FIRST_YEAR, YEARS = 2027, 4
"""A span with a leap year. Years of a cron expression don't count: between its first and its last, all are alike."""
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


def pauses(expression: str) -> tuple[int, int]:
    """The shortest and the longest pause between two runs, in minutes; of a yearly schedule about a year."""
    inner = expression.partition("(")[2].removesuffix(")")
    if expression.startswith("rate"):
        number, unit = inner.split()
        minutes = int(number) * MINUTES_OF[unit.removesuffix("s")]
        return minutes, minutes
    runs = _runs(inner.split())
    first = next(runs, None)
    if first is None:
        return YEARS * 366 * DAY, YEARS * 366 * DAY
    gaps = {later - earlier for earlier, later in pairwise((first, *runs))} or {YEARS * 366 * DAY}
    return min(gaps), max(gaps)


def _runs(fields: list[str]) -> Iterator[int]:
    """The minutes since the first year at which a cron expression runs."""
    minutes, hours = _numbers(fields[0], 0, 59), _numbers(fields[1], 0, 23)
    start = date(FIRST_YEAR, 1, 1)
    for number in range(YEARS * 365 + 1):
        day = start + timedelta(days=number)
        if _on_day(day, fields):
            yield from (number * DAY + hour * 60 + minute for hour in hours for minute in minutes)


def _on_day(day: date, fields: list[str]) -> bool:
    if day.month not in _numbers(fields[3], 1, 12, MONTHS):
        return False
    if fields[2] != "?":
        return any(_is_date(day, item) for item in fields[2].split(","))
    return any(_is_weekday(day, item) for item in fields[4].split(","))


def _is_date(day: date, item: str) -> bool:
    """Whether an item of the day of the month is this day: `L` the last, `15W` the working day closest to the 15th."""
    last = calendar.monthrange(day.year, day.month)[1]
    if item == "L":
        return day.day == last
    if item.endswith("W"):
        number = last if item == "LW" else int(item[:-1])
        return number <= last and day == _working_day(date(day.year, day.month, number), last)
    return day.day in _numbers(item, 1, 31)


def _working_day(day: date, last: int) -> date:
    """The closest day from Monday to Friday in the same month."""
    steps = {5: 2 if day.day == 1 else -1, 6: -2 if day.day == last else 1}
    return day + timedelta(days=steps.get(day.weekday(), 0))


def _is_weekday(day: date, item: str) -> bool:
    """Whether an item of the day of the week is this day: `6L` the last Friday, `MON#2` the second Monday."""
    if item == "L":
        return _weekday(day) == 7
    name, _, ordinal = item.partition("#")
    if ordinal:
        return _weekday(day) in _numbers(name, 1, 7, DAYS) and (day.day - 1) // 7 + 1 == int(ordinal)
    if name.endswith("L") and len(name) > 1:
        in_last_week = day.day + 7 > calendar.monthrange(day.year, day.month)[1]
        return in_last_week and _weekday(day) in _numbers(name[:-1], 1, 7, DAYS)
    return _weekday(day) in _numbers(name, 1, 7, DAYS)


def _weekday(day: date) -> int:
    """AWS counts from Sunday, which is 1."""
    return day.isoweekday() % 7 + 1


def _numbers(text: str, lowest: int, highest: int, names: tuple[str, ...] = ()) -> list[int]:
    """The numbers of a field without special letters: `*`, `1-5`, `MON,WED`, `0/15`."""
    numbers: set[int] = set()
    for item in text.split(","):
        span, _, step = item.partition("/")
        first, _, last = span.partition("-")
        if span in ("*", "?"):
            begin, end = lowest, highest
        else:
            begin = _number(first, lowest, names)
            end = _number(last, lowest, names) if last else highest if step else begin
        numbers.update(range(begin, end + 1, int(step or 1)))
    return sorted(numbers)


def _number(text: str, lowest: int, names: tuple[str, ...]) -> int:
    return names.index(text) + lowest if re.fullmatch("[A-Z]+", text) else int(text)
