"""The page of an endpoint: what it serves, on which instances, its requests, errors and latency, the end of its log."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from markupsafe import Markup

from launchpad.costs.right_sizing import Advice
from launchpad.costs.wording import cost_in_words, cost_label
from launchpad.platform_client.change_outcomes import Change
from launchpad.platform_client.endpoint_modes import mode_of
from launchpad.platform_client.logs import LogLine, last_lines
from launchpad.platform_client.monitoring.alarms import Alarm
from launchpad.platform_client.monitoring.reports import SKIPPED, Report
from launchpad.platform_client.utilisation import Series
from launchpad.platform_client.work import Work
from launchpad.report.endpoint_tables import release_of, variants_of
from launchpad.report.lines import TimeAxis, legend, lines
from launchpad.report.monitoring_section import Monitored, alarm_rows, monitoring_section
from launchpad.report.tiles import TONES, Drawing, Tile, page
from launchpad.runs.run import Run

LAST_LINES = 60
PERIOD = 300
"""Seconds per value of the charts."""
LOWEST = ((0.0, 0.0), (0.0, 1.0))
"""The points that each chart spans: now, and an axis that shows no error as nothing."""
LATENCY, PERCENTILES = "ModelLatency", ("p50", "p95", "p99")
MICROSECONDS = 1000.0
"""The microseconds in a millisecond."""
TITLES = {
    "Invocations": ("Requests in 5 minutes", 1.0, ""),
    "Invocation4XXErrors": ("Errors of the client in 5 minutes (4xx)", 1.0, ""),
    "Invocation5XXErrors": ("Errors of the model in 5 minutes (5xx)", 1.0, ""),
    "OverheadLatency": ("Latency of SageMaker on average, ms", 0.001, ""),
    "ApproximateBacklogSize": ("Requests in the queue", 1.0, ""),
    "InvocationsProcesssed": ("Requests from the queue that were processed", 1.0, ""),
    "InvocationFailures": ("Requests from the queue that failed", 1.0, ""),
    "ModelSetupTime": ("Time to start a serverless model, ms", 0.001, ""),
}
"""What is drawn of CloudWatch's metrics of the namespace AWS/SageMaker, and the factor; latencies are microseconds.

Each mode publishes some of them. Note: SageMaker writes InvocationsProcesssed with three s.
"""


@dataclass(frozen=True)
class EndpointInsight:
    """The data of a page."""

    endpoint: Work
    config: Mapping[str, Any]
    """The response of DescribeEndpointConfig."""
    run: Run | None
    """The training job whose model it serves."""
    artifact: str
    since: datetime
    until: datetime
    requests: Mapping[str, Mapping[str, Series]] = field(default_factory=dict)
    """CloudWatch's metrics by their names, each by the variant that it is of."""
    latency: Mapping[str, Mapping[str, Series]] = field(default_factory=dict)
    """The percentiles of the model's latency in microseconds, by variant, then by percentile."""
    log: Sequence[LogLine] = ()
    history: Sequence[Change] = ()
    """What was served, the newest change first."""
    alarms: Sequence[Alarm] = ()
    monitored: Monitored = field(default_factory=lambda: Monitored(""))
    advice: Sequence[Advice] = ()
    """What the rules for smaller instances say, of all variants."""


def render_endpoint(insight: EndpointInsight, environment: str, job_page: Callable[[str], str] = lambda _: "") -> str:
    """Render the page; `job_page` has the address of the page of the served job, relative to this page."""
    endpoint, description = insight.endpoint, insight.endpoint.description
    reason = description.get("FailureReason")
    return page(
        "endpoint.html.j2",
        name=endpoint.name,
        noun=endpoint.noun,
        lead=f"Of workload {endpoint.workload}, created {endpoint.started:%d %B %Y, %H:%M} UTC in {environment}.",
        tiles=list(_tiles(insight)),
        command=f"report {endpoint.name}",
        failure={"reason": reason, "facts": [], "lines": []} if reason else None,
        serves=list(_serves(insight, environment, job_page)),
        metrics=[(name, f"{value:.5g}") for name, value in (insight.run.metrics if insight.run else {}).items()],
        variants=list(variants_of(description, insight.config)),
        charts=[*_charts(insight), *_latency(insight)],
        history=[release_of(change) for change in insight.history],
        monitoring=monitoring_section(insight.monitored, insight.until),
        alarms=alarm_rows(insight.alarms),
        advice=insight.advice,
        workload=endpoint.workload,
        span=f"{insight.since:%d %B, %H:%M} to {insight.until:%d %B, %H:%M} UTC",
        lines=last_lines(insight.log, LAST_LINES),
    )


def _tiles(insight: EndpointInsight) -> Iterator[Tile]:
    status = insight.endpoint.status
    yield Tile("Status", status, "", TONES.get(status, ""))
    yield _capacity(insight)
    totals = {
        name: sum(value for series in variants.values() for _, value in series)
        for name, variants in insight.requests.items()
    }
    if "Invocations" in totals:
        yield Tile("Requests", f"{totals['Invocations']:.0f}", "in the time shown")
        errors = totals.get("Invocation4XXErrors", 0) + totals.get("Invocation5XXErrors", 0)
        yield Tile("Errors", f"{errors:.0f}", "4xx and 5xx", "bad" if errors else "good")
    yield from _slowest(insight)
    if insight.monitored.reports:
        last = insight.monitored.reports[-1]
        yield Tile("Drift", *_drift_words(last))
    if insight.run and insight.run.gate:
        passed = insight.run.gate.passed
        yield Tile(
            "Quality gate", "passed" if passed else "missed", insight.run.gate.words, "good" if passed else "bad"
        )


def _slowest(insight: EndpointInsight) -> Iterator[Tile]:
    """The 95th percentile of the slowest five minutes, over all variants."""
    values = [value for series in insight.latency.values() for _, value in series.get("p95", ())]
    if values:
        yield Tile("Latency, p95", f"{max(values) / MICROSECONDS:.3g} ms", "in its slowest 5 minutes")


def _drift_words(report: Report) -> tuple[str, str, str]:
    """Value, note and tone of the tile about the last report."""
    if report.status == SKIPPED:
        return "skipped", report.reason, ""
    note = f"{report.drifted_share or 0:.0%} of columns, {report.time:%d %B, %H:%M}"
    return ("yes", note, "bad") if report.drifted else ("no", note, "good")


def _capacity(insight: EndpointInsight) -> Tile:
    """What answers: instances, or as many requests at once as a serverless endpoint takes."""
    variants = insight.endpoint.description.get("ProductionVariants") or []
    serverless = [variant["CurrentServerlessConfig"] for variant in variants if "CurrentServerlessConfig" in variant]
    if serverless:
        return Tile("Serverless", str(sum(config["MaxConcurrency"] for config in serverless)), "requests at once")
    return Tile("Instances", str(sum(variant.get("CurrentInstanceCount", 0) for variant in variants)), "running")


def _serves(insight: EndpointInsight, environment: str, job_page: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    run = insight.run
    pairs = {
        "Training job": _linked(run.job, job_page(run.job)) if run else "",
        "Trained": f"{run.started:%d %B %Y, %H:%M} UTC" if run else "",
        "Hyperparameters": "  ".join(f"{key} {value}" for key, value in run.hyperparameters.items()) if run else "",
        "Data": run.data if run else "",
        "Commit": run.commit_words if run else "",
        f"Training {cost_label(environment)}": cost_in_words(run.cost) if run else "",
        "Artifact": insight.artifact,
        "Configuration": insight.config.get("EndpointConfigName", ""),
        "Mode": mode_of(insight.config),
        "Answers": (insight.config.get("AsyncInferenceConfig") or {}).get("OutputConfig", {}).get("S3OutputPath", ""),
        "Data capture": "on" if (insight.config.get("DataCaptureConfig") or {}).get("EnableCapture") else "",
    }
    yield from ((label, value if isinstance(value, Markup) else str(value)) for label, value in pairs.items() if value)


def _linked(job: str, address: str) -> str:
    return Markup('<a href="{}">{}</a>').format(address, job) if address else job


def _axis(insight: EndpointInsight) -> TimeAxis:
    return TimeAxis.until(insight.until.timestamp(), insight.since.timestamp())


def _charts(insight: EndpointInsight) -> Iterator[Drawing]:
    axis = _axis(insight)
    for name, (title, factor, unit) in TITLES.items():
        if variants := insight.requests.get(name):
            points = {
                variant or name: [(axis(at), value * factor) for at, value in samples]
                for variant, samples in variants.items()
            }
            yield Drawing(title, lines(title, points, axis.label, unit, LOWEST), legend(list(points)))


def _latency(insight: EndpointInsight) -> Iterator[Drawing]:
    """A chart of the percentiles of each variant's latency."""
    axis = _axis(insight)
    for variant, percentiles in insight.latency.items():
        title = "Latency of the model, ms" if len(insight.latency) == 1 else f"Latency of the model, ms: {variant}"
        points = {
            name: [(axis(at), value / MICROSECONDS) for at, value in samples] for name, samples in percentiles.items()
        }
        yield Drawing(title, lines(title, points, axis.label, "", LOWEST), legend(list(points)))
