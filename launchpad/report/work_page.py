"""The page of a processing job, a transform job or a Spark step: inputs, outputs, utilisation, the end of its log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from launchpad.costs.right_sizing import Advice
from launchpad.platform_client.logs import LogLine, last_lines
from launchpad.platform_client.utilisation import Utilisation
from launchpad.platform_client.work import Work
from launchpad.platform_client.work.sagemaker_jobs import JOBS
from launchpad.report.findings import findings
from launchpad.report.hosts import utilisation_charts
from launchpad.report.job_page import variables
from launchpad.report.tiles import TONES, Tile, cost_tiles, page, short
from launchpad.requests.cost import Cost

LAST_LINES = 60


@dataclass(frozen=True)
class WorkInsight:
    """The data of a page."""

    work: Work
    log: Sequence[LogLine] = ()
    utilisation: Utilisation = field(default_factory=dict)
    record: Mapping[str, Any] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)
    """The content of metrics.json, if it wrote one."""
    cost: Cost | None = None


@dataclass(frozen=True)
class Transfer:
    """An input or an output in S3."""

    direction: str
    name: str
    uri: str
    version: str = ""


def render_work(insight: WorkInsight, environment: str, advice: Sequence[Advice] = ()) -> str:
    """Render the page."""
    work, description = insight.work, insight.work.description
    reason = description.get("FailureReason") or description.get("ExitMessage") or ""
    failed = TONES.get(work.status) == "bad"
    api = JOBS.get(work.kind)
    return page(
        "work.html.j2",
        name=work.name,
        noun=work.noun,
        lead=_lead(work, environment),
        tiles=[*_tiles(work, insight.record), *cost_tiles(insight.cost, environment)],
        command=f"report {work.name}",
        failure={"reason": reason or work.status, "facts": [], "lines": last_lines(insight.log, LAST_LINES)}
        if failed
        else None,
        log_place=f"{api.log_group}, {work.name}/" if api and api.log_group else "",
        transfers=list(_transfers(description, insight.record)),
        numbers=insight.numbers,
        utilisation=utilisation_charts(insight.utilisation, work.started, work.ended),
        findings=findings(insight.utilisation, _instance_types(description)),
        advice=advice,
        settings=list(_settings(description)),
        variables=variables(description.get("Environment")),
        lines=last_lines(insight.log, LAST_LINES),
    )


def machines(description: Mapping[str, Any]) -> str:
    """The instances of a processing or transform job; empty for Spark's."""
    resources = _resources(description)
    return f"{resources.get('InstanceCount', 1)} × {resources['InstanceType']}" if resources else ""  # noqa: RUF001


def _instance_types(description: Mapping[str, Any]) -> list[str]:
    resources = _resources(description)
    return [resources["InstanceType"]] if resources else []


def _resources(description: Mapping[str, Any]) -> Mapping[str, Any]:
    cluster = description.get("ProcessingResources", {}).get("ClusterConfig")
    return cluster or description.get("TransformResources") or {}


def _lead(work: Work, environment: str) -> str:
    parts = [machines(work.description), f"begun {work.started:%d %B %Y, %H:%M} UTC in environment {environment}"]
    return f"{', '.join(filter(None, parts))}{f', of workload {work.workload}' if work.workload else ''}."


def _tiles(work: Work, record: Mapping[str, Any]) -> Iterator[Tile]:
    yield Tile("Status", work.status, "", TONES.get(work.status, ""))
    end = work.ended or datetime.now(UTC)
    yield Tile("Took", short((end - work.started).total_seconds()), "" if work.ended else "so far")
    if record.get("kind"):
        yield Tile("Section", str(record["kind"]), "of workload.yaml")
    commit = str((record.get("origin") or {}).get("commit") or "")
    if commit:
        yield Tile("Commit", commit[:8], "with changes" if record["origin"].get("dirty") else "")


def _transfers(description: Mapping[str, Any], record: Mapping[str, Any]) -> Iterator[Transfer]:
    versions = {name: str(data.get("version") or "") for name, data in (record.get("data") or {}).items()}
    for item in description.get("ProcessingInputs", []):
        name = item["InputName"]
        yield Transfer("input", name, item.get("S3Input", {}).get("S3Uri", ""), versions.get(name, ""))
    if "TransformInput" in description:
        source = description["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"]
        yield Transfer("input", "rows", source, versions.get("input", ""))
    for item in description.get("ProcessingOutputConfig", {}).get("Outputs", []):
        yield Transfer("output", item["OutputName"], item.get("S3Output", {}).get("S3Uri", ""))
    if "TransformOutput" in description:
        yield Transfer("output", "predictions", description["TransformOutput"]["S3OutputPath"])


def _settings(description: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    application = description.get("AppSpecification", {})
    limits, network = description.get("StoppingCondition", {}), description.get("NetworkConfig", {})
    entry = (description.get("HadoopJarStep") or description.get("Config") or {}).get("Args", [])
    pairs = {
        "Image": application.get("ImageUri"),
        "Command": " ".join(application.get("ContainerEntrypoint", []) or entry),
        "Arguments": " ".join(application.get("ContainerArguments", [])),
        "Model": description.get("ModelName"),
        "Strategy": description.get("BatchStrategy"),
        "Content type": description.get("TransformInput", {}).get("ContentType"),
        "Accept": description.get("TransformOutput", {}).get("Accept"),
        "Longest run": f"{limits['MaxRuntimeInSeconds']} s" if "MaxRuntimeInSeconds" in limits else None,
        "Network": "isolated" if network.get("EnableNetworkIsolation") else None,
    }
    yield from ((label, str(value)) for label, value in pairs.items() if value)
