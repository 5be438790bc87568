"""Reports once a week what is idle or out of date and what it costs, and stops or deletes what the config allows.

`{"dry_run": true}` only returns the rows, for `launchpad idle` and `launchpad retention`; `{"now":
"2026-11-29T20:00:00Z"}` judges as at that time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import idle_things
from decision_log import decided, logs_decisions
from housekeeping_rows import STOP, Row, monthly_total

from launchpad.requests import RequestError

KEYS = {"dry_run", "now"}
FINDERS: tuple[Callable[[datetime], Iterable[Row]], ...] = (idle_things.find,)
"""What makes the rows."""
ACTIONS: dict[str, Callable[[Row], None]] = {STOP: idle_things.stop}
"""What carries out a row's action."""
PAST = {STOP: "stopped"}


@logs_decisions
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Lambda's entry point: find what is idle or old, act unless it is a dry run, and report."""
    if unknown := sorted(set(event) - KEYS):
        raise RequestError(f"unknown keys in the event: {', '.join(unknown)}; known: {', '.join(sorted(KEYS))}")
    now = datetime.fromisoformat(event["now"]) if event.get("now") else datetime.now(UTC)
    rows = [row for finder in FINDERS for row in finder(now)]
    if not event.get("dry_run"):
        for row in rows:
            if row.action in ACTIONS:
                ACTIONS[row.action](row)
                decided(PAST[row.action], f"{row.kind} {row.name}: {row.reason}", kind=row.kind, name=row.name)
    usd, unknown_prices = monthly_total(rows)
    return {
        "now": now.isoformat(),
        "rows": [row.to_json() for row in rows],
        "monthly_usd": usd,
        "unknown": unknown_prices,
    }
