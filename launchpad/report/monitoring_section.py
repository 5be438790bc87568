"""Drift and quality over time on an endpoint's page. What is missing is said in words, not drawn as an empty chart."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from launchpad.platform_client.monitoring.alarms import Alarm
from launchpad.platform_client.monitoring.reports import SKIPPED, Report
from launchpad.report.charts import Point
from launchpad.report.lines import TimeAxis, legend, lines
from launchpad.report.tiles import Drawing

THRESHOLD = 1.0
"""The severity above which a column has drifted."""
TONES = {"drift": "bad", "no_drift": "good"}
STATES = {"ALARM": "bad", "OK": "good"}
Value = Callable[[Report], float | None]


@dataclass(frozen=True)
class Monitored:
    """What monitoring says about an endpoint."""

    workload: str
    asked: bool = False
    """Whether workload.yaml has a `monitoring` section."""
    quality_asked: bool = False
    reports: Sequence[Report] = ()
    """The last ones of this endpoint, the oldest first."""


@dataclass(frozen=True)
class ReportRow:
    """One report in the table."""

    time: str
    result: str
    tone: str
    records: int
    drifted: str
    worst: str
    quality: str
    job: str


@dataclass(frozen=True)
class AlarmRow:
    """One alarm in the table."""

    kind: str
    state: str
    tone: str
    since: str
    reason: str


@dataclass(frozen=True)
class MonitoringSection:
    """What the template shows."""

    drift: list[Drawing] = field(default_factory=list)
    no_drift: str = ""
    """Why nothing is drawn."""
    quality: list[Drawing] = field(default_factory=list)
    no_quality: str = ""
    rows: list[ReportRow] = field(default_factory=list)


def monitoring_section(monitored: Monitored, until: datetime) -> MonitoringSection:
    """The charts of drift and quality, or why there are none, and the last reports, the newest first."""
    earliest = min((report.time for report in monitored.reports), default=until)
    axis = TimeAxis.until(until.timestamp(), earliest.timestamp())
    compared = [report for report in monitored.reports if report.status != SKIPPED]
    scored = [report for report in monitored.reports if _quality_value(report) is not None]
    return MonitoringSection(
        drift=list(_drift(compared, axis)),
        no_drift="" if compared else _no_drift(monitored),
        quality=list(_quality(scored, axis)),
        no_quality="" if scored else _no_quality(monitored),
        rows=[_row(report) for report in reversed(monitored.reports)],
    )


def alarm_rows(alarms: Sequence[Alarm]) -> list[AlarmRow]:
    """The alarms as rows; those that are raised come first."""
    ordered = sorted(alarms, key=lambda alarm: alarm.state != "ALARM")
    return [
        AlarmRow(
            alarm.kind,
            alarm.words,
            STATES.get(alarm.state, ""),
            f"{alarm.since:%Y-%m-%d %H:%M}" if alarm.since else "",
            alarm.reason,
        )
        for alarm in ordered
    ]


def _no_drift(monitored: Monitored) -> str:
    run = f"launchpad monitor run {monitored.workload}"
    if monitored.reports:
        last = monitored.reports[-1]
        if len(monitored.reports) == 1:
            return f"Its only report compared nothing: {last.reason}."
        return f"None of its {len(monitored.reports)} reports compared anything; the last one: {last.reason}."
    if monitored.asked:
        return f"It has no monitoring report yet; `{run}` makes one, and so does its schedule."
    return "Its requests are not compared with the training data: workload.yaml has no `monitoring` section."


def _no_quality(monitored: Monitored) -> str:
    if not monitored.asked:
        return ""
    if not monitored.quality_asked:
        return "The quality of its answers is not judged: workload.yaml has no `monitoring.quality`."
    upload = f"launchpad monitor labels {monitored.workload} FILE"
    return f"No report has a quality yet: it needs labels of captured requests, which `{upload}` uploads."


def _drift(reports: Sequence[Report], axis: TimeAxis) -> Iterator[Drawing]:
    if not reports:
        return
    shares = {
        "drifted": _points(reports, axis, lambda report: _percent(report.drifted_share)),
        "allowed": _points(reports, axis, lambda report: _percent(report.result.get("share_threshold"))),
    }
    yield _drawing("Share of drifted columns", shares, axis, " %")
    worst = {
        "worst column": _points(reports, axis, lambda report: (report.worst or {}).get("severity")),
        "threshold": _points(reports, axis, lambda _: THRESHOLD),
    }
    if worst["worst column"]:
        yield _drawing("Severity of the column that differs most", worst, axis)
    yield _drawing("Records compared", {"records": _points(reports, axis, lambda report: float(report.records))}, axis)


def _quality(reports: Sequence[Report], axis: TimeAxis) -> Iterator[Drawing]:
    if not reports:
        return
    newest = reports[-1].quality or {}
    metric = str(newest["metric"])
    bound = "at_least" if newest.get("at_least") is not None else "at_most"
    series = {
        metric: _points(reports, axis, _quality_value),
        bound.replace("_", " "): _points(reports, axis, lambda report: (report.quality or {}).get(bound)),
    }
    yield _drawing(f"Quality: {metric}", series, axis)
    labelled = _points(reports, axis, lambda report: (report.quality or {}).get("labelled"))
    if labelled:
        yield _drawing("Labelled predictions", {"labelled": labelled}, axis)


def _points(reports: Sequence[Report], axis: TimeAxis, value: Value) -> list[Point]:
    pairs = ((report.time.timestamp(), value(report)) for report in reports)
    return [(axis(at), float(number)) for at, number in pairs if number is not None]


def _drawing(title: str, series: dict[str, list[Point]], axis: TimeAxis, unit: str = "") -> Drawing:
    drawn = {name: points for name, points in series.items() if points}
    return Drawing(title, lines(title, drawn, axis.label, unit, [(0.0, 0.0)]), legend(list(drawn)))


def _percent(share: Any) -> float | None:
    return None if share is None else 100.0 * share


def _quality_value(report: Report) -> float | None:
    value: float | None = (report.quality or {}).get("value")
    return value


def _row(report: Report) -> ReportRow:
    worst, value = report.worst or {}, _quality_value(report)
    return ReportRow(
        time=f"{report.time:%Y-%m-%d %H:%M}",
        result=f"skipped: {report.reason}" if report.status == SKIPPED else report.status.replace("_", " "),
        tone=TONES.get(report.status, ""),
        records=report.records,
        drifted="" if report.drifted_share is None else f"{report.drifted_share:.0%}",
        worst=f"{worst['name']} {worst['severity']:.2f}" if worst else "",
        quality="" if value is None else f"{(report.quality or {})['metric']} {value:.4g}",
        job=report.job,
    )
