"""Finds what runs or keeps a volume in the environment without being used, and stops what its config names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import idle_endpoints
import idle_network
import idle_notebooks
import idle_spark
import idle_studio
import idle_tracking
from housekeeping_rows import REPORT, STOP, Row
from housekeeping_settings import SETTINGS


@dataclass(frozen=True)
class Kind:
    """One kind of thing: what finds it and what stops it."""

    find: Callable[[datetime], Iterator[Row]]
    stops: str = ""
    """Its word in the config's `housekeeping.stop`; empty if it is only reported."""
    rows: str = ""
    """The `kind` of the rows that can be stopped."""
    stop: Callable[[Row], None] | None = None


KINDS = {
    "notebooks": Kind(idle_notebooks.find, "notebooks", idle_notebooks.KIND, idle_notebooks.stop),
    "studio": Kind(idle_studio.find, "studio", idle_studio.APPLICATION, idle_studio.stop),
    "emr": Kind(idle_spark.find_clusters, "emr", idle_spark.CLUSTER, idle_spark.stop_cluster),
    "emr-serverless": Kind(idle_spark.find_applications, "emr", idle_spark.APPLICATION, idle_spark.stop_application),
    "mlflow": Kind(idle_tracking.find, "mlflow", idle_tracking.KIND, idle_tracking.stop),
    "endpoints": Kind(idle_endpoints.find),
    "network": Kind(idle_network.find),
}
"""The kinds, by the words of `HousekeepingSettings.kinds`."""


def finders() -> dict[str, Callable[[datetime], list[Row]]]:
    """Return what finds each kind of the environment, with the action that its config allows."""
    return {name: _finder(KINDS[name]) for name in SETTINGS.kinds}


def stop(row: Row) -> None:
    """Stop what a row names."""
    for kind in KINDS.values():
        if kind.rows == row.kind and kind.stop:
            kind.stop(row)


def _finder(kind: Kind) -> Callable[[datetime], list[Row]]:
    """A kind's rows; what may be stopped and is not in the config is only reported."""
    may_stop = kind.stops in SETTINGS.stop

    def find(now: datetime) -> list[Row]:
        rows = kind.find(now)
        return [row if may_stop or row.action != STOP else replace(row, action=REPORT) for row in rows]

    return find
