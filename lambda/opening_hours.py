"""When an endpoint is open: `serving.hours`, such as 08:00 to 20:00 on MON-FRI in Europe/Berlin.

A window belongs to the day on which it opens; where `close` is not after `open`, it ends on the next day. Note: time
zones come from dateutil, which Lambda's runtime has with boto3: it brings a table of zones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from dateutil import tz  # type: ignore[import-untyped]

from launchpad.requests import RequestError

DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
Hours = Mapping[str, Any]
Window = tuple[datetime, datetime]
"""An opening and its closing, in UTC."""


def is_open(hours: Hours, now: datetime) -> bool:
    """Return whether `now` is within a window."""
    return any(start <= now < end for start, end in windows(hours, now))


def last_closing(hours: Hours, now: datetime) -> datetime:
    """Return when the last window before `now` ended."""
    return max(end for _, end in windows(hours, now) if end <= now)


def next_opening(hours: Hours, now: datetime) -> datetime:
    """Return when the next window after `now` begins."""
    return min(start for start, _ in windows(hours, now) if start > now)


def next_closing(hours: Hours, now: datetime) -> datetime:
    """Return when the window that `now` is in ends, or the next one."""
    return min(end for _, end in windows(hours, now) if end > now)


def windows(hours: Hours, now: datetime) -> Sequence[Window]:
    """Return the windows of nine days before and after `now`, so that each weekday is among them.

    Raises:
        RequestError: the time zone or a day is unknown.
    """
    zone = tz.gettz(hours["timezone"])
    if zone is None:
        raise RequestError(f"hours.timezone: no time zone {hours['timezone']!r} is known here")
    weekdays, today = _weekdays(hours["days"]), now.astimezone(zone).date()
    dates = [today + timedelta(days=number) for number in range(-9, 10)]
    return [_window(hours, day, zone) for day in dates if day.weekday() in weekdays]


def _window(hours: Hours, day: date, zone: Any) -> Window:
    opening, closing = _minutes(hours["open"]), _minutes(hours["close"])
    if closing <= opening:
        closing += 24 * 60
    return _moment(day, opening, zone), _moment(day, closing, zone)


def _moment(day: date, minutes: int, zone: Any) -> datetime:
    """Return a local time in UTC; one that a change of the clocks skips is the next that exists."""
    local = datetime.combine(day, time(), zone) + timedelta(minutes=minutes)
    existing: datetime = tz.resolve_imaginary(local)
    return existing.astimezone(UTC)


def _minutes(text: str) -> int:
    hour, _, minute = text.partition(":")
    return int(hour) * 60 + int(minute)


def _weekdays(days: str) -> set[int]:
    """Parse `MON-FRI`, `SAT-MON` or `MON,WED`."""
    chosen: set[int] = set()
    for item in days.split(","):
        first, dash, last = item.strip().upper().partition("-")
        if {first, last if dash else first} - set(DAYS):
            raise RequestError(f"hours.days: {days!r} has none of {', '.join(DAYS)}; write MON-FRI")
        begin, end = DAYS.index(first), DAYS.index(last if dash else first)
        chosen |= {number % 7 for number in range(begin, end + 1 if end >= begin else end + 8)}
    return chosen
