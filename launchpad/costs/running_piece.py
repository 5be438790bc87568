"""One thing that runs and costs by the hour."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from launchpad.costs.environment_cost import Total


@dataclass(frozen=True)
class Running:
    """One thing that runs."""

    kind: str
    name: str
    status: str
    since: datetime
    how: str
    """Its instances."""
    hourly: Total


def in_words(machines: Iterable[tuple[str, int]]) -> str:
    """Instances by type: `1 x m5.xlarge + 2 x m5.2xlarge`."""
    return " + ".join(f"{count} x {name}" for name, count in machines)
