"""The page of an endpoint: what it serves, on which instances, its requests, errors and latency, the end of its log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from launchpad.platform_client.connection import LOCAL
from launchpad.platform_client.logs import LogLine, last_lines
from launchpad.platform_client.utilisation import Series
from launchpad.platform_client.work import Work
from launchpad.report.lines import lines
from launchpad.report.tiles import TONES, Drawing, Tile, page
from launchpad.runs.columns import money
from launchpad.runs.run import Run

LAST_LINES = 60
HOUR = 3600.0
TITLES = {
    "Invocations": ("Requests per minute", 1.0, ""),
    "Invocation4XXErrors": ("Errors of the client per minute (4xx)", 1.0, ""),
    "Invocation5XXErrors": ("Errors of the model per minute (5xx)", 1.0, ""),
    "ModelLatency": ("Latency of the model, ms", 0.001, ""),
    "OverheadLatency": ("Latency of SageMaker, ms", 0.001, ""),
}
"""What is drawn of CloudWatch's metrics of the namespace AWS/SageMaker, and the factor; latencies are microseconds."""


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
    requests: Mapping[str, Series] = field(default_factory=dict)
    """CloudWatch's metrics, by their names."""
    log: Sequence[LogLine] = ()


@dataclass(frozen=True)
class Variant:
    """One production variant as a row."""

    name: str
    instances: str
    type: str
    weight: str
    model: str


def render_endpoint(insight: EndpointInsight, environment: str) -> str:
    """Render the page."""
    endpoint, description = insight.endpoint, insight.endpoint.description
    reason = description.get("FailureReason")
    local = " The local AWS publishes none." if environment == LOCAL else ""
    return page(
        "endpoint.html.j2",
        name=endpoint.name,
        noun=endpoint.noun,
        lead=f"Of workload {endpoint.workload}, created {endpoint.started:%d %B %Y, %H:%M} UTC in {environment}.",
        tiles=list(_tiles(insight)),
        command=f"report {endpoint.name}",
        failure={"reason": reason, "facts": [], "lines": []} if reason else None,
        serves=list(_serves(insight)),
        metrics=[(name, f"{value:.5g}") for name, value in (insight.run.metrics if insight.run else {}).items()],
        variants=list(_variants(insight)),
        charts=list(_charts(insight)),
        span=f"{insight.since:%d %B, %H:%M} to {insight.until:%d %B, %H:%M} UTC",
        nothing=local,
        lines=last_lines(insight.log, LAST_LINES),
    )


def _tiles(insight: EndpointInsight) -> Iterator[Tile]:
    status = insight.endpoint.status
    yield Tile("Status", status, "", TONES.get(status, ""))
    variants = insight.endpoint.description.get("ProductionVariants") or []
    yield Tile("Instances", str(sum(variant.get("CurrentInstanceCount", 0) for variant in variants)), "running")
    totals = {name: sum(value for _, value in series) for name, series in insight.requests.items()}
    if "Invocations" in totals:
        yield Tile("Requests", f"{totals['Invocations']:.0f}", "in the time shown")
        errors = totals.get("Invocation4XXErrors", 0) + totals.get("Invocation5XXErrors", 0)
        yield Tile("Errors", f"{errors:.0f}", "4xx and 5xx", "bad" if errors else "good")
    if insight.run and insight.run.gate:
        passed = insight.run.gate.passed
        yield Tile(
            "Quality gate", "passed" if passed else "missed", insight.run.gate.words, "good" if passed else "bad"
        )


def _serves(insight: EndpointInsight) -> Iterator[tuple[str, str]]:
    run = insight.run
    pairs = {
        "Training job": run.job if run else "",
        "Trained": f"{run.started:%d %B %Y, %H:%M} UTC" if run else "",
        "Hyperparameters": "  ".join(f"{key} {value}" for key, value in run.hyperparameters.items()) if run else "",
        "Data": run.data if run else "",
        "Commit": run.commit_words if run else "",
        "Training cost": money(run.cost) if run else "",
        "Artifact": insight.artifact,
        "Configuration": insight.config.get("EndpointConfigName", ""),
        "Data capture": "on" if (insight.config.get("DataCaptureConfig") or {}).get("EnableCapture") else "",
    }
    yield from ((label, str(value)) for label, value in pairs.items() if value)


def _variants(insight: EndpointInsight) -> Iterator[Variant]:
    running = {item["VariantName"]: item for item in insight.endpoint.description.get("ProductionVariants") or []}
    for variant in insight.config.get("ProductionVariants", []):
        state = running.get(variant["VariantName"], {})
        current, desired = state.get("CurrentInstanceCount", "?"), state.get("DesiredInstanceCount", "?")
        serverless = "serverless" if "ServerlessConfig" in variant else ""
        yield Variant(
            name=variant["VariantName"],
            instances=serverless or (f"{current} of {desired}" if current != desired else str(current)),
            type=variant.get("InstanceType", serverless),
            weight=f"{state.get('CurrentWeight', variant.get('InitialVariantWeight', 1)):g}",
            model=variant.get("ModelName", ""),
        )


def _charts(insight: EndpointInsight) -> Iterator[Drawing]:
    end = insight.until.timestamp()
    for name, (title, factor, unit) in TITLES.items():
        if samples := insight.requests.get(name):
            points = [((at - end) / HOUR, value * factor) for at, value in samples]
            yield Drawing(title, lines(title, {name: points}, "hours ago", unit, [(0.0, 0.0)]))
