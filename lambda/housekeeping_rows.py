"""The rows of the weekly report: one thing of the environment that costs money and is not used, or is out of date.

`idle_things.find` makes them of what runs, `retention.find` of what is kept. Pure: no call to AWS.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

REPORT, STOP, REMOVE = "report", "stop", "remove"
"""What happens with a row: nothing, it is stopped, or it is deleted."""


@dataclass(frozen=True)
class Row:
    """One thing, with its cost and what the function does about it."""

    kind: str
    """The kind as people call it: `notebook instance`, `model package`."""
    name: str
    arn: str
    """The ARN, or the URI of an object, by which it is stopped or deleted."""
    since: datetime | None
    """When it was last used, started or replaced, which `reason` says."""
    monthly_usd: float | None
    """What a month of it costs at list price; None if unknown."""
    price_unknown: str = ""
    """The key of the missing price, or the size that is unknown; empty if `monthly_usd` has the cost."""
    action: str = REPORT
    """`report`, `stop` or `remove`."""
    reason: str = ""
    bytes: int | None = None
    """Its size, if it is kept rather than running."""


@dataclass(frozen=True)
class Outcome:
    """A row, and what was done about it."""

    row: Row
    done: str = ""
    """`stopped` or `deleted`; empty if nothing was done."""

    def to_json(self) -> dict[str, Any]:
        """Return both as one JSON object."""
        since = self.row.since.isoformat() if self.row.since else None
        return {**asdict(self.row), "since": since, "done": self.done}


def monthly_total(rows: Iterable[Row]) -> tuple[float, list[str]]:
    """Return what all rows cost in a month, and the keys of the prices that are unknown and so not in the sum."""
    rows = list(rows)
    unknown = sorted({row.price_unknown for row in rows if row.price_unknown})
    return round(sum(row.monthly_usd or 0.0 for row in rows), 2), unknown
