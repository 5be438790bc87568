"""What the commands of `launchpad monitor` share: the section they need, the jobs they follow, what they print."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rich.text import Text

from launchpad.cli.commands.job import follow_to_end
from launchpad.cli.drift import quality, verdict
from launchpad.cli.following import of
from launchpad.cli.lookup import age
from launchpad.cli.terminal import fields, note, say, show, table
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client import jobs
from launchpad.platform_client.busy_endpoints import GONE, endpoint_status
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.monitoring.alarms import OF_MONITORING, Alarm, alarms_of
from launchpad.platform_client.monitoring.baselines import has_baseline
from launchpad.platform_client.monitoring.reports import DRIFT, SKIPPED, Report, report_of
from launchpad.platform_client.monitoring.runs import STARTED, MonitoringRun
from launchpad.platform_client.platform import Platform
from launchpad.platform_client.served_model import endpoint_of
from launchpad.requests.schedules import next_run

if TYPE_CHECKING:
    from launchpad import workload as schema

COLUMNS = ["time (UTC)", "endpoint", "result", "records", "drifted", "worst column", "quality", "job"]
NO_REQUESTS = "no requests"
"""What the monitor function says where nothing was captured in the window."""
STYLES = {DRIFT: "red", SKIPPED: "yellow"}


def monitored(workload: str) -> schema.Monitoring:
    """The workload's `monitoring` section.

    Raises:
        LaunchpadError: it has none, or the file has mistakes.
    """
    from launchpad.catalogue import load_workload

    section = load_workload(workload).monitoring
    if section is None:
        raise LaunchpadError(
            f"workloads/{workload}/workload.yaml has no `monitoring` section; write one, such as `monitoring: {{}}`,"
            " then deploy and serve again"
        )
    return section


def follow_runs(
    connection: Connection, platform: Platform, workload: str, runs: Sequence[MonitoringRun]
) -> list[Report]:
    """Follow the jobs that were started, and say why others were not; return the reports.

    Raises:
        LaunchpadError: a job failed, or wrote no result.
        Interrupted: the user stopped watching; the jobs go on.
    """
    results = []
    for run in runs:
        if run.status != STARTED:
            say(f"{run.endpoint or workload}: {run.status}: {run.reason}", "yellow")
            if run.reason == NO_REQUESTS:
                note("a captured request takes a couple of minutes to reach S3; `--hours N` looks further back")
            continue
        say(f"monitoring job {run.job}", "bold")
        follow_to_end(connection, jobs.KINDS["monitor"], run.job, f"Monitoring {run.endpoint}")
        results.append(report_of(connection, platform, workload, run.job))
    return results


def hint_baseline(connection: Connection, platform: Platform, workload: schema.Workload, job: str) -> None:
    """Say that a monitored model has no baseline, because then nothing can be compared."""
    if workload.monitoring and job and not has_baseline(connection, platform, workload.name, job):
        note(
            f"{job} has no baseline, so its requests can't be compared with anything: make one with"
            f" `launchpad monitor baseline {workload.name} --job {job}{of(connection.name)}`"
        )


def show_status(connection: Connection, workload: str, section: schema.Monitoring, listed: Sequence[Report]) -> None:
    """Print the last reports, the alarms and what comes next."""
    if listed:
        right = ["records", "drifted"]
        show(table(f"Monitoring of {workload}", COLUMNS, map(_row, listed), right))
        for each in listed:
            if each.reason:
                note(f"{each.time:%Y-%m-%d %H:%M} {each.job}: {each.reason}")
    else:
        say(f"{workload} has no report yet; `launchpad monitor run {workload}{of(connection.name)}` makes one")
    fields(_state(connection, workload, section, listed))


def _row(report: Report) -> list[str | Text]:
    worst = report.worst or {}
    return [
        f"{report.time:%Y-%m-%d %H:%M}",
        report.endpoint,
        Text(report.status.replace("_", " "), STYLES.get(report.status, "green")),
        str(report.records),
        "" if report.drifted_share is None else f"{report.drifted_share:.0%}",
        f"{worst['name']} {worst['severity']:.2f}" if worst else "",
        quality(report.quality),
        report.job,
    ]


def _state(
    connection: Connection, workload: str, section: schema.Monitoring, listed: Sequence[Report]
) -> Iterator[tuple[str, str]]:
    if closed := closed_endpoint(connection, workload):
        remedy = f"until `launchpad serve {workload}{of(connection.name)}`"
        yield f"endpoint {closed}", f"closed: nothing is reported of it, and no alarm watches it, {remedy}"
    for endpoint in _endpoints(connection, workload, listed):
        alarms = [alarm for alarm in alarms_of(connection, endpoint) if alarm.kind in OF_MONITORING]
        words = ", ".join(f"{alarm.kind} {alarm.words}" for alarm in alarms)
        yield f"alarms of {endpoint}", words or "none; they come with the endpoint"
    yield "last report", age(listed[0].time) if listed else ""
    yield "next run", _next(section.schedule, listed)


def closed_endpoint(connection: Connection, workload: str) -> str:
    """The endpoint of a workload that is served, if it does not exist at the moment; else empty."""
    endpoint = endpoint_of(connection.name, workload)
    return endpoint if is_served(workload) and endpoint_status(connection, endpoint) == GONE else ""


def is_served(workload: str) -> bool:
    """Whether a workload has a `serving` section."""
    from launchpad.catalogue import load_workload

    return load_workload(workload).serving is not None


def _endpoints(connection: Connection, workload: str, listed: Sequence[Report]) -> list[str]:
    """What alarms watch: the endpoint and transform jobs, not the models with a smaller share (ENDPOINT/VARIANT)."""
    names = (each.endpoint for each in listed if "/" not in each.endpoint)
    return list(dict.fromkeys([endpoint_of(connection.name, workload), *names]))


def _next(schedule: str, listed: Sequence[Report]) -> str:
    """When the schedule runs next: a cron expression says it, a rate counts from an earlier run."""
    now = datetime.now(UTC)
    moment = _due(schedule, listed, now)
    about = "about " if schedule.startswith("rate") else ""
    return f"{schedule}: {about}{moment:%Y-%m-%d %H:%M} UTC" if moment else schedule


def _due(schedule: str, listed: Sequence[Report], now: datetime) -> datetime | None:
    if not schedule.startswith("rate"):
        return next_run(schedule, now)
    moment = next_run(schedule, listed[0].time) if listed else None
    return moment if moment and moment > now else None


def report_json(report: Report) -> dict[str, Any]:
    """A report for a program to read: where it is, and its result."""
    return {"job": report.job, "time": report.time, "uri": report.uri, "result": report.result}


def status_json(
    connection: Connection, workload: str, section: schema.Monitoring, listed: Sequence[Report]
) -> dict[str, Any]:
    """What `launchpad monitor status` shows, for a program to read."""
    alarms: dict[str, Sequence[Alarm]] = {
        endpoint: alarms_of(connection, endpoint) for endpoint in _endpoints(connection, workload, listed)
    }
    now = datetime.now(UTC)
    return {
        "workload": workload,
        "closed_endpoint": closed_endpoint(connection, workload) or None,
        "reports": [{**report_json(each), "verdict": verdict(each)} for each in listed],
        "alarms": [
            {"endpoint": endpoint, "kind": each.kind, "name": each.name, "state": each.state, "since": each.since}
            for endpoint, states in alarms.items()
            for each in states
        ],
        "hours_since": round((now - listed[0].time).total_seconds() / 3600, 2) if listed else None,
        "schedule": section.schedule,
        "next_run": _due(section.schedule, listed, now),
    }


def runs_json(runs: Sequence[MonitoringRun], reports: Sequence[Report]) -> list[dict[str, Any]]:
    """What `launchpad monitor run` did for each endpoint, for a program to read."""
    results = {report.job: report.result for report in reports}
    return [
        {"endpoint": run.endpoint, "job": run.job or None, "status": run.status, "reason": run.reason or None,
         "result": results.get(run.job)}
        for run in runs
    ]  # fmt: skip
