"""Decides what becomes of one endpoint: it is kept, reported, removed, or brought back. Pure: no call to AWS.

An endpoint is idle from its last invocation, or from its last change if that is later: right after an update, missing
metrics prove nothing. It is removed only after a report that no invocation followed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from opening_hours import is_open, last_closing, next_closing, next_opening

HOUR = timedelta(hours=1)
SOONEST_AFTER_REPORT = timedelta(minutes=30)
"""A report is an hour before; a run that was late, or two runs in a row, still leave this much time."""
KEEP, REPORT, REMOVE, RESTORE = "keep", "report", "remove", "restore"
IDLE, CLOSED = "idle", "hours"
"""Why an endpoint is removed, as its history has it."""


@dataclass(frozen=True)
class Facts:
    """What is known of an endpoint that the deploy function served."""

    endpoint: str
    changed: datetime
    """When it was created, or last asked to serve something else."""
    idle_hours: int = 0
    """The hours without an invocation after which it is removed; 0 is never."""
    hours: tuple[Mapping[str, Any], ...] = ()
    """The opening hours of all workloads that it serves; none if one of them has none."""
    status: str | None = "InService"
    """None without an endpoint."""
    exempt: str = ""
    """Why it is never removed, if so."""
    invoked: datetime | None = None
    """The last invocation that CloudWatch knows of, not before `changed`."""
    measured: bool = True
    """Whether CloudWatch had all metrics."""
    reported: datetime | None = None
    removed: str = ""
    """Why this function removed it, if it did and nothing was served since."""

    @property
    def idle_since(self) -> datetime:
        """The last invocation, or the last change."""
        return max(self.changed, self.invoked or self.changed)


@dataclass(frozen=True)
class Verdict:
    """What to do with an endpoint now, and what comes next."""

    action: str
    reason: str
    why: str = ""
    """Why it is removed: `idle` or `hours`."""
    idle_since: datetime | None = None
    next: str = ""
    """What comes next: `removed`, `reported` or `restored`; empty if nothing does."""
    next_at: datetime | None = field(default=None)


def judge(facts: Facts, now: datetime) -> Verdict:
    """Return what to do with an endpoint at `now`."""
    if facts.status is None:
        return _absent(facts, now)
    if facts.status != "InService":
        return Verdict(KEEP, f"it is {facts.status}")
    if facts.exempt:
        return Verdict(KEEP, facts.exempt)
    if facts.hours and not _is_open(facts, now):
        return _closed(facts, now)
    return _unused(facts, now)


def _absent(facts: Facts, now: datetime) -> Verdict:
    if facts.removed != CLOSED or not facts.hours:
        return Verdict(KEEP, f"removed ({facts.removed}): `launchpad serve` brings it back")
    if _is_open(facts, now):
        return Verdict(RESTORE, "its opening hours have begun")
    opening = min(next_opening(hours, now) for hours in facts.hours)
    return Verdict(KEEP, "outside its opening hours", next="restored", next_at=opening)


def _closed(facts: Facts, now: datetime) -> Verdict:
    """Remove it, unless it was served since closing time: then by hand, and after an hour."""
    closing = max(last_closing(hours, now) for hours in facts.hours)
    until = facts.changed + HOUR
    if facts.changed >= closing and now < until:
        return Verdict(KEEP, "served after closing time: kept for an hour", next="removed", next_at=until)
    return Verdict(REMOVE, f"closed since {_text(closing)}", why=CLOSED)


def _unused(facts: Facts, now: datetime) -> Verdict:
    closing = max((next_closing(hours, now) for hours in facts.hours), default=None)
    if not facts.idle_hours:
        reason = "within its opening hours" if facts.hours else "idle_hours: 0"
        return Verdict(KEEP, reason, next="removed" if closing else "", next_at=closing)
    if not facts.measured:
        return Verdict(KEEP, "CloudWatch doesn't have all metrics at the moment")
    since, limit = facts.idle_since, timedelta(hours=facts.idle_hours)
    due, unused = since + limit, f"no invocation for {_hours(now - since)} of {facts.idle_hours} h"
    if now < due - HOUR:
        earliest = min(due, closing) if closing else due
        return Verdict(KEEP, unused, idle_since=since, next="removed", next_at=earliest)
    if facts.reported is None or facts.reported < since:
        return Verdict(REPORT, unused, idle_since=since, next="removed", next_at=max(due, now + SOONEST_AFTER_REPORT))
    due = max(due, facts.reported + SOONEST_AFTER_REPORT)
    if now < due:
        return Verdict(KEEP, f"{unused}; reported", idle_since=since, next="removed", next_at=due)
    return Verdict(REMOVE, unused, why=IDLE, idle_since=since)


def _is_open(facts: Facts, now: datetime) -> bool:
    return any(is_open(hours, now) for hours in facts.hours)


def _hours(duration: timedelta) -> str:
    return f"{duration / HOUR:.1f} h"


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
