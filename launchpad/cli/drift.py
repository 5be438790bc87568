"""The result of a monitoring job in a terminal: a sentence, a table of columns with bars, and what else it says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.text import Text

from launchpad.cli.terminal import fields, note, plural, say, show, table
from launchpad.platform_client.monitoring.reports import DRIFT, SKIPPED, Report, severity

COLUMNS = ["column", "type", "severity", "test", "score", "threshold", "missing"]
MOST_COLUMNS = 12
"""How many columns are listed, unless more of them have drifted."""
BAR, FULL = 10, 2.0
"""The length of a bar, and the severity that fills it: half a bar is the threshold."""
SIGNS = {"below": "<", "above": ">"}
"""The side of its threshold on which a score is drift: p-values below, distances above."""
NO_DRIFT_CODE, DRIFT_CODE, QUALITY_CODE, BOTH_CODES, SKIPPED_CODE = 0, 3, 4, 5, 6


def exit_code(reports: Sequence[Report], skipped: int = 0) -> int:
    """The command's exit code: 3 drift, 4 a quality beyond its bound, 5 both, 6 nothing was compared, else 0."""
    drifted, poor = any(report.drifted for report in reports), any(report.misses_quality for report in reports)
    if drifted or poor:
        return {(True, True): BOTH_CODES, (True, False): DRIFT_CODE}.get((drifted, poor), QUALITY_CODE)
    return SKIPPED_CODE if skipped or any(report.status == SKIPPED for report in reports) else NO_DRIFT_CODE


def verdict(report: Report) -> str:
    """The result in one sentence."""
    if report.status == SKIPPED:
        return f"skipped: {report.reason or 'nothing was compared'}"
    share, columns = report.drifted_share or 0.0, [each for each in report.columns if each.get("test")]
    drifted = sum(bool(each.get("drifted")) for each in columns)
    limit = report.result.get("share_threshold") or 0.0
    outcome = "drift" if report.drifted else "no drift"
    return f"{outcome}: {drifted} of {plural(len(columns), 'column')} drifted ({share:.0%}; up to {limit:.0%} may)"


def show_report(report: Report) -> None:
    """Print a report."""
    style = {DRIFT: "red", SKIPPED: "yellow"}.get(report.status, "green")
    say(f"{report.endpoint}: {verdict(report)}", style)
    listed = _listed(report.columns)
    if listed:
        right = ["score", "threshold", "missing"]
        show(table("Columns", COLUMNS, map(_row, listed), right))
    if hidden := len(report.columns) - len(listed):
        note(f"{plural(hidden, 'other column')} did not drift")
    fields(facts(report))


def bar(column: Mapping[str, Any]) -> Text:
    """A severity as a bar with its number; half of it is the threshold."""
    value = severity(column)
    if value < 0:
        return Text(column.get("note") or "not compared", "dim")
    filled = min(BAR, round(value / FULL * BAR))
    return Text(f"{'█' * filled}{'░' * (BAR - filled)} {value:.2f}", "red" if column.get("drifted") else "")


def facts(report: Report) -> Iterator[tuple[str, str]]:
    """What a report says besides its columns, as labels and texts."""
    result, window = report.result, report.result.get("window") or {}
    yield "window (UTC)", " to ".join(map(minute, filter(None, (window.get("start"), window.get("end")))))
    yield "records", _records(report)
    yield "prediction", _prediction(result.get("prediction"))
    yield "quality", quality(report.quality)
    yield "labels", _labels(report.quality)
    yield from _segments(result.get("segments") or [])
    yield "data", _data_quality(result.get("data_quality") or {})
    yield "report", report.uri


def quality(values: Mapping[str, Any] | None) -> str:
    """The metric with its bound: `auc 0.91 (at least 0.8)`, or why it has no value."""
    if not values:
        return ""
    at_least = values.get("at_least") is not None
    bound = f"at {'least' if at_least else 'most'} {values.get('at_least' if at_least else 'at_most'):g}"
    if values.get("value") is None:
        return f"{values['metric']}: {values.get('note') or 'no labels yet'} ({bound})"
    missed = ", missed" if values.get("passed") is False else ""
    return f"{values['metric']} {values['value']:.4g} ({bound}{missed})"


def minute(text: str) -> str:
    """A moment of a result to the minute."""
    return f"{datetime.fromisoformat(text).astimezone(UTC):%Y-%m-%d %H:%M}"


def _listed(columns: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [each for number, each in enumerate(columns) if each.get("drifted") or number < MOST_COLUMNS]


def _row(column: Mapping[str, Any]) -> list[str | Text]:
    return [
        column["name"],
        column.get("type") or "",
        bar(column),
        column.get("test") or "",
        _number(column.get("score")),
        f"{SIGNS.get(column.get('drifted_when') or '', '')} {_number(column.get('threshold'))}".strip(),
        "" if column.get("missing_share") is None else f"{column['missing_share']:.0%}",
    ]


def _number(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, int | float) else ""


def _records(report: Report) -> str:
    baseline = report.result.get("baseline_records")
    compared = f", compared with {baseline} of {report.training_job}" if baseline else ""
    return f"{report.records}{compared}"


def _prediction(column: Mapping[str, Any] | None) -> str:
    if not column:
        return ""
    return f"{'drifted' if column.get('drifted') else 'no drift'}, severity {bar(column).plain}"


def _labels(values: Mapping[str, Any] | None) -> str:
    names = ("labelled", "unlabelled", "late", "double", "unmatched")
    return ", ".join(f"{values[name]} {name}" for name in names if values.get(name)) if values else ""


def _segments(segments: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for segment in segments:
        gaps = {name.removesuffix("_gap"): value for name, value in segment.items() if name.endswith("_gap")}
        words = [
            f"{name.replace('_', ' ')} differs by {value:.4g}" for name, value in gaps.items() if value is not None
        ]
        yield f"segment {segment['column']}", ", ".join(words) or segment.get("note") or "too few records to compare"


def _data_quality(values: Mapping[str, Any]) -> str:
    parts = [f"{count} unreadable ({reason})" for reason, count in (values.get("unreadable") or {}).items()]
    parts += [f"unknown column {name} in {count}" for name, count in (values.get("unknown_columns") or {}).items()]
    for key in ("missing_columns", "empty_columns", "constant_columns"):
        if names := values.get(key):
            parts.append(f"{key.replace('_', ' ')}: {', '.join(names)}")
    return "; ".join(parts)
