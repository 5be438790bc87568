"""Reports once a week what is idle or out of date and what it costs, and stops or deletes what the config allows.

The schedule's event is `{"report": true}`. `{"dry_run": true}` only returns the rows, for `launchpad idle` and
`launchpad retention`; `{"only": "idle"}` leaves the others out, and with `{"only": "retention"}` the answer is that of
`retention.answer`; `{"now": "2026-11-29T20:00:00Z"}` judges as at that time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import idle_things
import retention
from decision_log import decided, logs_decisions
from housekeeping_report import publish_metric, publish_report
from housekeeping_rows import REMOVE, STOP, Outcome, Row, monthly_total

from launchpad.requests import RequestError

MOST_ROWS = 5_000
"""The most rows of an answer, which has 6 MB at most (Lambda): a larger one is an error, after which Lambda calls
again."""
KEYS = {"dry_run", "now", "only", "report"}
Finder = Callable[[datetime], Iterable[Row]]
FINDERS: Mapping[str, Mapping[str, Finder]] = {
    "idle": idle_things.finders(),
    "retention": {"old things": retention.find_some},
}
"""What makes the rows, by the event's `only` and by what they are about."""
ACTIONS: Mapping[str, tuple[Callable[[Row], None], str]] = {
    STOP: (idle_things.stop, "stopped"),
    REMOVE: (retention.remove, "deleted"),
}
"""What carries out a row's action, and the word for it once it is done."""


@logs_decisions
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Lambda's entry point: find what is idle or old, act unless it is a dry run, and report if the event says so.

    What can't be looked at or stopped is in `failures`, and in the report; the rest is done all the same.
    """
    finders = _finders(event)
    now = datetime.fromisoformat(event["now"]) if event.get("now") else datetime.now(UTC)
    if event.get("only") == "retention":
        return retention.answer(now, dry_run=bool(event.get("dry_run")))
    failures: list[str] = []
    outcomes = [
        _outcome(row, failures, dry_run=bool(event.get("dry_run")))
        for subject, finder in finders.items()
        for row in _found(subject, finder, now, failures)  # and acted on before the next, which may take minutes
    ]
    rows = [outcome.row for outcome in outcomes]
    if event.get("report"):
        publish_metric(rows)
        publish_report(outcomes, failures)
    usd, unknown = monthly_total(rows)
    return {
        "now": now.isoformat(),
        "rows": [outcome.to_json() for outcome in outcomes[:MOST_ROWS]],
        "rows_left_out": len(outcomes[MOST_ROWS:]),
        "monthly_usd": usd,
        "unknown": unknown,
        "failures": failures[:MOST_ROWS],
    }


def _finders(event: Mapping[str, Any]) -> dict[str, Finder]:
    """Return what the event asks for, by what it is about."""
    if unknown := sorted(set(event) - KEYS):
        raise RequestError(f"unknown keys in the event: {', '.join(unknown)}; known: {', '.join(sorted(KEYS))}")
    only = event.get("only")
    if only is not None and only not in FINDERS:
        raise RequestError(f"only: {only!r} is none of {', '.join(FINDERS)}")
    groups = FINDERS.values() if only is None else [FINDERS[only]]
    return {subject: finder for group in groups for subject, finder in group.items()}


def _found(subject: str, finder: Finder, now: datetime, failures: list[str]) -> list[Row]:
    try:
        return list(finder(now))
    except Exception as error:  # one service that fails must not hide what the others know
        failures.append(f"{subject}: {error}")
        decided("failed", f"at {subject}: {error}", looked_at=subject)
        return []


def _outcome(row: Row, failures: list[str], *, dry_run: bool) -> Outcome:
    """Carry out a row's action, unless it is a dry run."""
    if dry_run or row.action not in ACTIONS:
        return Outcome(row)
    act, done = ACTIONS[row.action]
    try:
        act(row)
    except Exception as error:  # one thing that can't be stopped must not keep the others running
        failures.append(f"{row.kind} {row.name}: {error}")
        decided("failed", f"at {row.kind} {row.name}: {error}", kind=row.kind, name=row.name)
        return Outcome(row)
    decided(done, f"{row.kind} {row.name}: {row.reason}", kind=row.kind, name=row.name, why=row.reason)
    return Outcome(row, done)
