"""The page of an endpoint: what it serves, on which instances, its requests, errors and latency, the end of its log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from launchpad.platform_client.endpoint_modes import mode_of
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
    if insight.run and insight.run.gate:
        passed = insight.run.gate.passed
        yield Tile(
            "Quality gate", "passed" if passed else "missed", insight.run.gate.words, "good" if passed else "bad"
        )


def _capacity(insight: EndpointInsight) -> Tile:
    """What answers: instances, or as many requests at once as a serverless endpoint takes."""
    variants = insight.endpoint.description.get("ProductionVariants") or []
    serverless = [variant["CurrentServerlessConfig"] for variant in variants if "CurrentServerlessConfig" in variant]
    if serverless:
        return Tile("Serverless", str(sum(config["MaxConcurrency"] for config in serverless)), "requests at once")
    return Tile("Instances", str(sum(variant.get("CurrentInstanceCount", 0) for variant in variants)), "running")


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
        "Mode": mode_of(insight.config),
        "Answers": (insight.config.get("AsyncInferenceConfig") or {}).get("OutputConfig", {}).get("S3OutputPath", ""),
        "Data capture": "on" if (insight.config.get("DataCaptureConfig") or {}).get("EnableCapture") else "",
    }
    yield from ((label, str(value)) for label, value in pairs.items() if value)


def _variants(insight: EndpointInsight) -> Iterator[Variant]:
    for member, role in (("ProductionVariants", ""), ("ShadowProductionVariants", " (shadow)")):
        running = {item["VariantName"]: item for item in insight.endpoint.description.get(member) or []}
        for variant in insight.config.get(member) or []:
            state = running.get(variant["VariantName"], {})
            yield Variant(
                name=f"{variant['VariantName']}{role}",
                instances=_instances(variant, state),
                type=_type(variant),
                weight=f"{state.get('CurrentWeight', variant.get('InitialVariantWeight', 1)):g}",
                model=variant.get("ModelName", ""),
            )


def _instances(variant: Mapping[str, Any], state: Mapping[str, Any]) -> str:
    if "ServerlessConfig" in variant:
        return "serverless"
    current, desired = state.get("CurrentInstanceCount", "?"), state.get("DesiredInstanceCount", "?")
    return f"{current} of {desired}" if current != desired else str(current)


def _type(variant: Mapping[str, Any]) -> str:
    """The instance type, those of the pools in their order, or a serverless variant's memory."""
    if serverless := variant.get("ServerlessConfig"):
        return f"{serverless['MemorySizeInMB']} MB"
    pools = sorted(variant.get("InstancePools") or [], key=lambda pool: pool.get("Priority", 0))
    return ", ".join(pool["InstanceType"] for pool in pools) or variant.get("InstanceType", "")


def _charts(insight: EndpointInsight) -> Iterator[Drawing]:
    end = insight.until.timestamp()
    for name, (title, factor, unit) in TITLES.items():
        if variants := insight.requests.get(name):
            points = {
                variant or name: [((at - end) / HOUR, value * factor) for at, value in samples]
                for variant, samples in variants.items()
            }
            yield Drawing(title, lines(title, points, "hours ago", unit, [(0.0, 0.0)]))
