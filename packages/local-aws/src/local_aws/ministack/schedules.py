"""EventBridge Scheduler's expressions: at, rate and cron ("Schedule types in EventBridge Scheduler", user guide).

Application Auto Scaling's scheduled actions have the same at and cron, and are due by the same rules.
"""

from __future__ import annotations

import datetime
import re
import time
import zoneinfo
from collections.abc import Callable, Mapping
from typing import Any

from local_aws.api.documents import is_json
from local_aws.api.numbers import is_digits
from local_aws.clock import Clock
from local_aws.ministack.scope import current_scope

RATE = re.compile(r"rate\(([1-9][0-9]*) (minutes?|hours?|days?)\)")
MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
FIELDS: tuple[tuple[int, int, list[str], str], ...] = (
    (0, 59, [], ""),
    (0, 23, [], ""),
    (1, 31, [], r"\?|L|LW|[0-9]{1,2}W"),
    (1, 12, MONTHS, ""),
    (1, 7, DAYS, r"\?|L|[1-7]L|([1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)#[1-5]"),
    (1970, 2199, [], ""),
)
"""The fields minutes, hours, day of month, month, day of week, year: lowest, highest, names of values, what only it may
be."""


SHORTEST_SECONDS = 0.1
"""Between two looks at what is due."""
NEED_JSON = ("events", "lambda", "states")
"""Services of targets whose input has to be JSON (the reference of Target)."""
KEYWORD = re.compile(r"<aws\.scheduler\.[a-z-]+>")
"""What Scheduler replaces in an input when it calls the target."""
OLDEST_START = 300
"""Seconds that a StartDate may have passed."""


def check_expression(expression: str) -> None:
    """Raise `ValueError` with Scheduler's message for an expression that it does not accept."""
    kind, _, rest = expression.partition("(")
    checks = {"at": _is_time, "rate": lambda _: bool(RATE.fullmatch(expression)), "cron": _is_cron}
    if not rest.endswith(")") or kind not in checks or not checks[kind](rest[:-1]):
        raise ValueError(f"Invalid Schedule Expression {expression}.")


def check_timezone(name: str) -> None:
    """Raise `ValueError` for a time zone that the IANA database lacks; the words are ours."""
    if name not in zoneinfo.available_timezones():
        raise ValueError(f"Invalid Schedule Expression Timezone {name}.")


def check_schedule(schedule: Mapping[str, Any], now: float) -> None:
    """Raise `ValueError` with Scheduler's message for a schedule that it does not accept.

    Measured against AWS are its words for windows, dates and targets. Whether it takes an EndDate that has passed is
    not known: it is taken here.
    """
    expression, window = str(schedule.get("ScheduleExpression") or ""), schedule.get("FlexibleTimeWindow") or {}
    if expression:
        check_expression(expression)
    check_timezone(str(schedule.get("ScheduleExpressionTimezone") or "UTC"))
    minutes, mode = window.get("MaximumWindowInMinutes"), window.get("Mode")
    if (mode, minutes is None) in (("FLEXIBLE", True), ("OFF", False)):
        verb = "must" if mode == "FLEXIBLE" else "must not"
        raise ValueError(f"MaximumWindowInMinutes {verb} be provided when FlexibleTimeWindowMode is set to {mode}.")
    if not expression.startswith("at("):  # a one-time schedule's dates are ignored
        _check_dates(schedule, now)
    _check_target(schedule.get("Target") or {})


def _check_dates(schedule: Mapping[str, Any], now: float) -> None:
    from ministack.services import scheduler  # here, because it loads the service

    start, end = (scheduler._to_epoch(schedule.get(name)) for name in ("StartDate", "EndDate"))
    if start is not None and start < now - OLDEST_START:
        raise ValueError("The StartDate you specify cannot be earlier than 5 minutes ago.")
    if start is not None and end is not None and start >= end:
        raise ValueError("The StartDate you specify must come before the EndDate.")


def _check_target(target: Mapping[str, Any]) -> None:
    service, region = [*str(target.get("Arn") or "").split(":"), *[""] * 4][2:4]
    if region not in ("", current_scope().region):
        raise ValueError(f"The target ARN provided does not match the current region {current_scope().region}.")
    text = target.get("Input")
    if text and service in NEED_JSON and not is_json(KEYWORD.sub("0", str(text))):
        raise ValueError("JSON syntax error in input for the target")


def extend_scheduler() -> None:
    """Let CreateSchedule and UpdateSchedule refuse what AWS does not accept."""
    from ministack.services import scheduler

    for name in ("_create_schedule", "_update_schedule"):
        setattr(scheduler, name, _refusing(getattr(scheduler, name), scheduler._error))


def _refusing(inner: Callable[..., Any], error: Callable[..., Any]) -> Callable[..., Any]:
    def checked(name: str, body: dict[str, Any]) -> Any:
        try:
            check_schedule(body, time.time())
        except ValueError as refusal:
            return error(400, "ValidationException", str(refusal))
        return inner(name, body)

    return checked


def extend_rules() -> None:
    """Let PutRule refuse expressions that rules do not accept: "at", and a unit in the wrong number."""
    from ministack.services import eventbridge

    from local_aws.ministack.event_rules import extend_events

    eventbridge._validate_schedule_expression = is_for_a_rule
    extend_events()


def is_for_a_rule(expression: str) -> bool:
    """Whether EventBridge's rules accept an expression ("Creating a rule that runs on a schedule", user guide)."""
    rate = RATE.fullmatch(expression)
    if rate:
        return (rate[1] == "1") != rate[2].endswith("s")
    try:
        check_expression(expression)
    except ValueError:
        return False
    return expression.startswith("cron(")


def quicken(clock: Clock) -> None:
    """Let rates of EventBridge's rules and schedules pass on the clock; at and cron stay at real moments."""
    from ministack.services import eventbridge, scheduler

    inner = eventbridge._parse_rate_seconds
    if clock.speed > 1 and not hasattr(inner, "inner"):

        def rate(expression: str) -> float | None:
            seconds = inner(expression)
            return None if seconds is None else clock.seconds(seconds)

        rate.inner = inner  # type: ignore[attr-defined]
        eventbridge._parse_rate_seconds = rate
        for module, name in ((eventbridge, "_SCHEDULER_TICK_INTERVAL"), (scheduler, "_SCHEDULE_TICK_INTERVAL")):
            setattr(module, name, max(clock.seconds(getattr(module, name)), SHORTEST_SECONDS))


def next_time(expression: str, after: datetime.datetime) -> datetime.datetime | None:
    """When an at or cron expression is next due after a moment, in that moment's timezone; None if never again.

    A local time that daylight saving time skips is skipped; one that it repeats is due once, the first time. Note:
    AWS says so of cron; "at" such a time is not documented, and here as if the clock had not been put forward.

    Raises `ValueError` for an expression that AWS does not accept.
    """
    from ministack.services import eventbridge  # here, because it loads the service

    check_expression(expression)
    if expression.startswith("at("):
        moment = datetime.datetime.strptime(expression[3:-1], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=after.tzinfo)
        return moment if moment.timestamp() > after.timestamp() else None
    fields, due = eventbridge._parse_cron_fields(expression), eventbridge._cron_next_fire
    candidate: datetime.datetime | None = due(fields, after)
    while candidate and (_is_skipped(candidate) or candidate.timestamp() <= after.timestamp()):
        candidate = due(fields, candidate)
    return candidate


def _is_skipped(moment: datetime.datetime) -> bool:
    """Whether clocks never show this local time. Python calculates with local times, whatever the clocks do."""
    real = datetime.datetime.fromtimestamp(moment.timestamp(), moment.tzinfo)
    return real.replace(tzinfo=None) != moment.replace(tzinfo=None)


def _is_time(text: str) -> bool:
    try:
        datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S")
    except ValueError:
        return False
    return True


def _is_cron(text: str) -> bool:
    fields = text.split()
    if len(fields) != len(FIELDS):
        return False
    # "You can't use * in both the Day-of-month and Day-of-week fields. If you use it in one, you must use ? in the
    # other." A value in one needs the ? as well.
    if (fields[2] == "?") == (fields[4] == "?"):
        return False
    return all(_is_field(field, *limits) for field, limits in zip(fields, FIELDS, strict=True))


def _is_field(field: str, lowest: int, highest: int, names: list[str], special: str) -> bool:
    def value(text: str) -> bool:
        return text.upper() in names or (is_digits(text) and lowest <= int(text) <= highest)

    def item(text: str) -> bool:
        start, slash, step = text.partition("/")
        if slash and not (is_digits(step) and int(step) > 0):
            return False
        return start == "*" or all(value(end) for end in start.split("-", 1))

    return bool(special and re.fullmatch(special, field)) or all(item(part) for part in field.split(","))
