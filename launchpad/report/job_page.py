"""A training job's page: one file that loads nothing and runs no script. It also explains why a job failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup

from launchpad import paths
from launchpad.messages.plain_text import visible
from launchpad.platform_client.job_insight import JobInsight, Series
from launchpad.platform_client.logs import TRAINING_GROUP, last_lines
from launchpad.platform_client.training_jobs import exit_code
from launchpad.report.charts import timeline
from launchpad.report.lines import legend, lines
from launchpad.report.page import FOLDER, templates
from launchpad.report.pictures import panels, picture
from launchpad.report.result import Phase
from launchpad.requests.cost import cost

LAST_LINES = 30
TONES = {"Completed": "good", "Failed": "bad"}
RESERVED = "sagemaker_"
TIME = "seconds after the job's creation"
PERCENTAGES = ((0.0, 0.0), (0.0, 1.0))
"""The minimum range of percentage axes, so that an idle host looks idle."""


@dataclass(frozen=True)
class Tile:
    """One number at the top of the page."""

    label: str
    value: str
    note: str = ""
    tone: str = ""


def render_job(insight: JobInsight, environment: str, prices: Mapping[str, float]) -> str:
    """Render the page; `prices` is empty without a price list."""
    job = insight.job
    style = (FOLDER / "demo.css").read_text("utf-8") + (FOLDER / "job.css").read_text("utf-8")
    page = (
        templates()
        .get_template("job.html.j2")
        .render(
            job=job,
            environment=environment,
            style=Markup(style),  # noqa: S704 -- our own files
            machines=_machines(job),
            tiles=_tiles(insight, prices),
            failure=_failure(insight) if job["TrainingJobStatus"] == "Failed" else None,
            log_place=f"{TRAINING_GROUP}, {job['TrainingJobName']}/",
            timeline=timeline(phases) if (phases := _phases(job)) else None,
            single={name: series[0][1] for name, series in insight.metrics.items() if len(series) == 1},
            metrics=[_metric(name, series) for name, series in insight.metrics.items() if len(series) > 1],
            utilisation=[_utilisation(name, by_host, insight) for name, by_host in insight.utilisation.items()],
            pictures=[picture([panel], [""]) for panel in panels(insight.tables)],
            settings=_settings(job),
            hyperparameters=[pair for pair in sorted(_given(job).items()) if not pair[0].startswith(RESERVED)],
            cost_note="" if prices else f" With prices in config/{paths.PRICES.name} it would show the cost.",
        )
    )
    return visible(page)  # names, reasons and log lines come from the job


def _tiles(insight: JobInsight, prices: Mapping[str, float]) -> list[Tile]:
    job, status = insight.job, insight.job["TrainingJobStatus"]
    secondary = job.get("SecondaryStatus", "")
    tiles = [Tile("Status", status, "" if secondary == status else secondary, TONES.get(status, ""))]
    billable, ran = job.get("BillableTimeInSeconds"), job.get("TrainingTimeInSeconds")
    if ran is not None:
        tiles.append(Tile("Ran", f"{ran} s", "downloading, training and uploading"))
    if billable is not None:
        tiles.append(Tile("Billable", f"{billable} s", "for each instance"))
    if job.get("EnableManagedSpotTraining") and billable is not None and ran:
        tiles.append(Tile("Saved by spot", f"{100 * (1 - billable / ran):.0f} %", "of the time on demand", "good"))
    if (dollars := cost(job, prices)) is not None:
        tiles.append(Tile("Cost", f"${dollars:.4f}" if dollars < 1 else f"${dollars:.2f}", "by your price list"))
    return tiles


def _failure(insight: JobInsight) -> dict[str, Any]:
    code = exit_code(insight.job)
    highest = {
        name: max(value for series in by_host.values() for _, value in series)
        for name, by_host in insight.utilisation.items()
        if name in ("MemoryUtilization", "DiskUtilization")
    }
    facts = [("exit code", str(code))] if code is not None else []
    words = {"MemoryUtilization": "memory, at most", "DiskUtilization": "disk, at most"}
    facts += [(words[name], f"{value:.1f} %") for name, value in highest.items()]
    return {
        "reason": insight.job.get("FailureReason", "none given").strip(),
        "facts": facts,
        "lines": last_lines(insight.log, LAST_LINES),
    }


def _phases(job: Mapping[str, Any]) -> list[Phase]:
    """The secondary statuses that took time, from the job's creation on; a running one ends at the last update."""
    creation: datetime = job["CreationTime"]
    phases = []
    for item in job.get("SecondaryStatusTransitions", []):
        end = item.get("EndTime") or job.get("LastModifiedTime") or item["StartTime"]
        seconds = (end - item["StartTime"]).total_seconds()
        if seconds > 0:
            phases.append(
                Phase(item["Status"], item["Status"], (item["StartTime"] - creation).total_seconds(), seconds)
            )
    return phases


def _metric(name: str, series: Series) -> tuple[str, float, Markup]:
    steps = [(float(number), value) for number, (_, value) in enumerate(series, 1)]
    return name, steps[-1][1], lines(name, {name: steps}, "step")


def _utilisation(name: str, by_host: Mapping[str, Series], insight: JobInsight) -> tuple[str, float, Markup, Markup]:
    start = insight.job["CreationTime"].timestamp()
    series = {host: [(at - start, value) for at, value in samples] for host, samples in by_host.items()}
    highest = max(value for samples in series.values() for _, value in samples)
    words = name.removesuffix("Utilization").replace("GPUMemory", "GPU memory")
    return words, highest, lines(name, series, TIME, " %", PERCENTAGES), legend(list(series))


def _given(job: Mapping[str, Any]) -> Mapping[str, str]:
    hyperparameters: Mapping[str, str] = job.get("HyperParameters") or {}
    return hyperparameters


def _machines(job: Mapping[str, Any]) -> str:
    resources = job["ResourceConfig"]
    groups = resources.get("InstanceGroups") or [resources]
    return " and ".join(f"{group.get('InstanceCount', 1)} × {group['InstanceType']}" for group in groups)  # noqa: RUF001


def _settings(job: Mapping[str, Any]) -> list[tuple[str, str]]:
    limits = job.get("StoppingCondition", {})
    return [
        ("Image", job["AlgorithmSpecification"].get("TrainingImage", "")),
        ("Channels", ", ".join(channel["ChannelName"] for channel in job.get("InputDataConfig", [])) or "none"),
        ("Longest run", f"{limits.get('MaxRuntimeInSeconds', '?')} s"),
        ("Spot", "yes" if job.get("EnableManagedSpotTraining") else "no"),
        ("Network", "isolated" if job.get("EnableNetworkIsolation") else "open"),
        ("Model", (job.get("ModelArtifacts") or {}).get("S3ModelArtifacts", "none")),
    ]
