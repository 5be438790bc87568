"""Charts of how busy a job's hosts were, over the time of the job."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from launchpad.platform_client.utilisation import Utilisation
from launchpad.report.charts import Point
from launchpad.report.lines import legend, lines
from launchpad.report.tiles import Drawing

TIME = "seconds after the job's creation"
LOWEST_TOP = 1.0
"""The lowest top of a percentage axis, so that an idle host looks idle."""


def utilisation_charts(utilisation: Utilisation, start: datetime, end: datetime | None) -> list[Drawing]:
    """A chart per metric; its axis begins at the job's creation, and reaches to its end if it has ended."""
    seconds = (end - start).total_seconds() if end else 0.0
    span = [(0.0, 0.0), (seconds, LOWEST_TOP)]
    return [_chart(name, by_host, start.timestamp(), span) for name, by_host in utilisation.items()]


def _chart(name: str, by_host: dict[str, list[Point]], start: float, span: Sequence[Point]) -> Drawing:
    series = {host: [(max(0.0, at - start), value) for at, value in samples] for host, samples in by_host.items()}
    highest = max(value for samples in series.values() for _, value in samples)
    words = name.removesuffix("Utilization").replace("GPUMemory", "GPU memory")
    return Drawing(f"{words} · at most {highest:.1f} %", lines(name, series, TIME, " %", span), legend(list(series)))
