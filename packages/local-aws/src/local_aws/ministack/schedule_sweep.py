"""EventBridge Scheduler's sweep over its schedules, each in its time zone: ministack's takes every one for UTC."""

from __future__ import annotations

import time
import zoneinfo
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from local_aws.ministack.schedules import next_time

Schedule = Mapping[str, Any]
STARTED = time.time()
"""When this server started: a schedule of an earlier run has fired before."""


def keep_time_zones() -> None:
    """Let schedules fire in their ScheduleExpressionTimezone; safe to call again."""
    from ministack.services import scheduler  # here, because it loads the service

    scheduler._tick_schedules = sweep


def sweep() -> None:
    """Fire each schedule that is due. One whose expression can't be read is passed over."""
    from ministack.services import scheduler

    now = time.time()
    for key, schedule in list(scheduler._schedules._data.items()):
        if schedule.get("State") != "ENABLED":
            continue
        end, start = (scheduler._to_epoch(schedule.get(name)) for name in ("EndDate", "StartDate"))
        once = schedule.get("ScheduleExpression", "").startswith("at(")
        if end is not None and now > end and not once:
            _complete(key, schedule)
        elif (start is None or now >= start or once) and is_due(key, schedule, now):
            scheduler._schedule_last_fired[key] = now
            _fire(key, schedule, now)
            if once:
                _complete(key, schedule)


def is_due(key: Any, schedule: Schedule, now: float) -> bool:
    """Whether a schedule is to fire now.

    A rate is first due at its StartDate, and without one at once ("Schedule types in EventBridge Scheduler").
    A cron expression counts from when it was last due, created, changed or begun, whichever is latest. A one-time
    schedule fires again if it is changed to a later time, or created anew; both ignore what a schedule of that name
    did before.
    """
    from ministack.services import eventbridge, scheduler

    last = scheduler._schedule_last_fired.get(key, 0)
    created = schedule.get("CreationDate", now)
    interval = eventbridge._parse_rate_seconds(schedule.get("ScheduleExpression", ""))
    if interval is not None:
        first = max(created, scheduler._to_epoch(schedule.get("StartDate")) or 0)
        return (last < first and first >= STARTED) or bool(now - max(last, first) >= interval)
    moment = moment_of(schedule)
    if moment is not None:
        return moment <= now and last < max(moment, created)
    changed = schedule.get("LastModificationDate") or created
    due = _next(schedule, max(last, changed, scheduler._to_epoch(schedule.get("StartDate")) or 0))
    return due is not None and due <= now


def moment_of(schedule: Schedule) -> float | None:
    """The moment of an "at" expression, in seconds since 1970; None for another one."""
    return _next(schedule, 0) if schedule.get("ScheduleExpression", "").startswith("at(") else None


def _next(schedule: Schedule, after: float) -> float | None:
    name = schedule.get("ScheduleExpressionTimezone") or "UTC"
    timezone = UTC if name == "UTC" else zoneinfo.ZoneInfo(name)
    try:
        moment = next_time(schedule["ScheduleExpression"], datetime.fromtimestamp(after, timezone))
    except ValueError:
        return None
    return None if moment is None else moment.timestamp()


def _fire(key: tuple[str, str, str], schedule: Schedule, now: float) -> None:
    from ministack.core.responses import new_uuid, request_scope
    from ministack.services import eventbridge, scheduler

    account, region, name = key
    event = {
        "EventId": new_uuid(),
        "Source": "aws.scheduler",
        "DetailType": "Scheduled Event",
        "Detail": "{}",
        "Time": now,
        "Resources": [schedule.get("Arn", "")],
        "Account": account,
        "Region": region,
    }
    with request_scope(account, region):
        try:
            eventbridge._invoke_target(schedule["Target"], event, schedule)
        except Exception:  # the other schedules are due too
            scheduler.logger.exception("schedule %s", name)


def _complete(key: Any, schedule: Schedule) -> None:
    """A schedule that fires no more goes, where it says so."""
    from ministack.services import scheduler

    if schedule.get("ActionAfterCompletion") == "DELETE":
        scheduler._schedules._data.pop(key, None)
        scheduler._schedule_last_fired.pop(key, None)
