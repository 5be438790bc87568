"""What `launchpad status` says about drift of each monitored endpoint."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.text import Text

from launchpad.cli.lookup import age
from launchpad.cli.monitoring import STYLES, hint_baseline, report_json
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.monitoring.reports import SKIPPED, Report, reports
from launchpad.platform_client.platform import Platform, find_platform
from launchpad.platform_client.work import Work
from launchpad.platform_client.work.lookup import workloads

if TYPE_CHECKING:
    from launchpad import workload as schema

NEWEST = 5
"""How many reports are looked through for an endpoint's: a workload may have those of its transform jobs too."""


@dataclass(frozen=True)
class DriftState:
    """The last report of an endpoint, if it has one."""

    platform: Platform
    workload: schema.Workload
    job: str
    """The training job whose model the endpoint serves."""
    report: Report | None

    @property
    def words(self) -> Text:
        """The result with its age: `drift, 40% of columns, 3 h 2 min ago`."""
        if self.report is None:
            return Text("no report yet", "dim")
        share = None if self.report.status == SKIPPED else self.report.drifted_share
        columns = [f"{share:.0%} of columns"] if share is not None else []
        poor = ["quality missed"] if self.report.misses_quality else []
        words = ", ".join([self.report.status.replace("_", " "), *columns, *poor, age(self.report.time)])
        return Text(words, "red" if poor else STYLES.get(self.report.status, "green"))

    def as_json(self) -> dict[str, Any]:
        """The last report for a program to read; without one, `report` is null."""
        return {"report": report_json(self.report) if self.report else None}

    def hint(self, connection: Connection) -> None:
        """Say that the served model has no baseline, if that is why there is no report."""
        if self.report is None:
            hint_baseline(connection, self.platform, self.workload, self.job)


def drift_states(connection: Connection, endpoints: Iterable[tuple[Work, str]]) -> dict[str, DriftState]:
    """The state of each endpoint whose workload is monitored, by the endpoint's name; `endpoints` have their jobs."""
    monitored = [(work, job, workload) for work, job in endpoints if (workload := _monitored(work.workload))]
    if not monitored:
        return {}
    platform = find_platform(connection)
    return {
        work.name: DriftState(platform, workload, job, _last(connection, platform, workload.name, work.name))
        for work, job, workload in monitored
    }


def _monitored(name: str) -> schema.Workload | None:
    """The workload, if it has a `monitoring` section; a file with mistakes has none, so that the rest is shown."""
    from launchpad.catalogue import load_workload

    try:
        workload = load_workload(name) if name in workloads() else None
    except LaunchpadError:
        return None
    return workload if workload and workload.monitoring else None


def _last(connection: Connection, platform: Platform, workload: str, endpoint: str) -> Report | None:
    newest = reports(connection, platform, workload, NEWEST)
    return next((report for report in newest if report.endpoint == endpoint), None)
