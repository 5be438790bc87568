"""A training job's page: one file that loads nothing and runs no script. It also explains why a job failed."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from launchpad import paths
from launchpad.costs.wording import cost_in_words
from launchpad.platform_client.connection import LOCAL
from launchpad.platform_client.job_insight import JobInsight
from launchpad.platform_client.logs import TRAINING_GROUP, last_lines
from launchpad.platform_client.outputs import Picture
from launchpad.platform_client.training_jobs import exit_code
from launchpad.platform_client.utilisation import Series
from launchpad.report.charts import timeline
from launchpad.report.findings import findings, slow_download
from launchpad.report.hosts import utilisation_charts
from launchpad.report.lines import lines
from launchpad.report.origins import channels_of, code_of
from launchpad.report.predictions import result_drawings
from launchpad.report.result import Phase
from launchpad.report.tiles import TONES, Drawing, Tile, page
from launchpad.requests.cost import job_cost
from launchpad.runs.run import RESERVED, Run

LAST_LINES = 30
SECRET_WORDS = ("SECRET", "TOKEN", "PASSWORD", "CREDENTIAL", "PRIVATE_KEY", "API_KEY", "ACCESS_KEY")
"""A variable with such a word in its name is shown without its value, because pages are sent to others."""


@dataclass(frozen=True)
class Shown:
    """A picture of the job's output as part of the page: as an image, it runs no script and loads nothing."""

    name: str
    data_uri: str


def render_job(insight: JobInsight, environment: str, prices: Mapping[str, float], run: Run | None = None) -> str:
    """Render the page; `prices` is empty without a price list, `run` is None if the job is not the platform's."""
    job = insight.job
    phases = _phases(job)
    return page(
        "job.html.j2",
        name=job["TrainingJobName"],
        noun="training job",
        lead=f"{machines(job)}, begun {job['CreationTime']:%d %B %Y, %H:%M} UTC in environment {environment}.",
        tiles=list(_tiles(insight, environment, prices, run)),
        command=f"report {job['TrainingJobName']}",
        footnote="" if prices else f" With prices in config/{paths.PRICES.name} it would show the cost.",
        failure=_failure(insight) if job["TrainingJobStatus"] == "Failed" else None,
        log_place=f"{TRAINING_GROUP}, {job['TrainingJobName']}/",
        gate=run.gate if run else None,
        timeline=timeline(phases) if phases else None,
        timeline_note=_FIRST_JOB if environment == LOCAL else "",
        single={name: series[0][1] for name, series in insight.metrics.items() if len(series) == 1},
        metrics=[_metric(name, series) for name, series in insight.metrics.items() if len(series) > 1],
        evaluation=run.evaluation if run else {},
        utilisation=utilisation_charts(insight.utilisation, job["CreationTime"], job.get("TrainingEndTime")),
        findings=[
            *slow_download([(phase.title, phase.seconds) for phase in phases]),
            *findings(insight.utilisation, instance_types(job), environment == LOCAL),
        ],
        pictures=result_drawings(insight.tables),
        own=[_shown(picture) for picture in insight.pictures],
        channels=list(channels_of(job, run)),
        code=list(code_of(run)),
        settings=_settings(job),
        hyperparameters=[pair for pair in sorted(_given(job).items()) if not pair[0].startswith(RESERVED)],
        variables=variables(job.get("Environment")),
    )


_FIRST_JOB = " The first job of an image on the local AWS also builds the image's environment."


def _tiles(insight: JobInsight, environment: str, prices: Mapping[str, float], run: Run | None) -> Iterator[Tile]:
    job, status, local = insight.job, insight.job["TrainingJobStatus"], environment == LOCAL
    secondary = job.get("SecondaryStatus", "")
    yield Tile("Status", status, "" if secondary == status else secondary, TONES.get(status, ""))
    if run and run.gate:
        yield _gate_tile(run)
    billable, ran = job.get("BillableTimeInSeconds"), job.get("TrainingTimeInSeconds")
    if ran is not None:
        yield Tile("Ran", f"{ran} s", "downloading, training and uploading")
    if billable is not None:
        yield Tile("Billable", f"{billable} s", "for each instance" + (_WITH_BUILD if local else ""))
    if job.get("EnableManagedSpotTraining") and billable is not None and ran:
        note = "by a fixed rate of the local AWS; nothing is paid" if local else "of the time on demand"
        yield Tile("Saved by spot", f"{100 * (1 - billable / ran):.0f} %", note, "good")
    if (cost := job_cost("training", job, prices)) is not None:
        yield Tile("Cost", cost_in_words(cost), "by your price list")


_WITH_BUILD = "; on the local AWS with the building of the environment, in its first job"


def _gate_tile(run: Run) -> Tile:
    passed = bool(run.gate and run.gate.passed)
    words = run.gate.words if run.gate else ""
    return Tile("Quality gate", "passed" if passed else "missed", words, "good" if passed else "bad")


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


def _metric(name: str, series: Series) -> Drawing:
    steps = [(float(number), value) for number, (_, value) in enumerate(series, 1)]
    return Drawing(f"{name} · {steps[-1][1]:.5g} at the end", lines(name, {name: steps}, "step"))


def _shown(picture: Picture) -> Shown:
    content = base64.b64encode(picture.content).decode()
    return Shown(picture.name, f"data:{picture.kind};base64,{content}")


def _given(job: Mapping[str, Any]) -> Mapping[str, str]:
    hyperparameters: Mapping[str, str] = job.get("HyperParameters") or {}
    return hyperparameters


def variables(environment: Mapping[str, str] | None) -> list[tuple[str, str]]:
    """The environment variables of a job, by name, without the values of secrets."""
    return [
        (name, "(not shown)" if any(word in name.upper() for word in SECRET_WORDS) else value)
        for name, value in sorted((environment or {}).items())
    ]


def instance_types(job: Mapping[str, Any]) -> list[str]:
    """The types of the job's instances, one for each group."""
    resources = job["ResourceConfig"]
    return [group["InstanceType"] for group in resources.get("InstanceGroups") or [resources]]


def machines(job: Mapping[str, Any]) -> str:
    """The job's instances in words."""
    resources = job["ResourceConfig"]
    groups = resources.get("InstanceGroups") or [resources]
    return " and ".join(f"{group.get('InstanceCount', 1)} × {group['InstanceType']}" for group in groups)  # noqa: RUF001


def _settings(job: Mapping[str, Any]) -> list[tuple[str, str]]:
    limits = job.get("StoppingCondition", {})
    return [
        ("Image", job["AlgorithmSpecification"].get("TrainingImage", "")),
        ("Longest run", f"{limits.get('MaxRuntimeInSeconds', '?')} s"),
        ("Spot", "yes" if job.get("EnableManagedSpotTraining") else "no"),
        ("Network", "isolated" if job.get("EnableNetworkIsolation") else "open"),
        ("Checkpoints", (job.get("CheckpointConfig") or {}).get("S3Uri", "none")),
        ("Model", (job.get("ModelArtifacts") or {}).get("S3ModelArtifacts", "none")),
    ]
