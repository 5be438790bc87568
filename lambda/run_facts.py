"""What a run says of its job: tags, parameters, status and verdict, from SageMaker's description and the job's record.

All are pure functions. A tag is left out where its fact is not known.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from experiments import Point

from launchpad.requests import Definition, RequestError
from launchpad.requests.cost import Cost
from launchpad.requests.quality import check_quality

Job = Mapping[str, Any]
STATUSES = {"Completed": "FINISHED", "Failed": "FAILED", "Stopped": "KILLED"}
"""The statuses of ended jobs in SageMaker, and of their runs in MLflow; all others are RUNNING."""
TOOLKIT_PREFIX = "sagemaker_"
"""The prefix of hyperparameters that AWS's toolkits read, such as the archive with the scripts."""
RECORDED_TAGS = ("launchpad:commit", "launchpad:dirty", "launchpad:code", "launchpad:data")


def job_tags(job: Job, tags: Mapping[str, str], record: Mapping[str, Any]) -> dict[str, str]:
    """Return the tags of a training job's run; `tags` are the job's own."""
    resources = job["ResourceConfig"]
    groups = resources.get("InstanceGroups") or [resources]
    return _known(
        {
            "launchpad.environment": tags.get("launchpad:environment"),
            "launchpad.workload": tags.get("launchpad:workload"),
            "launchpad.job_arn": job["TrainingJobArn"],
            "launchpad.image": job["AlgorithmSpecification"].get("TrainingImage"),
            "launchpad.instance": ", ".join(f"{group['InstanceCount']} x {group['InstanceType']}" for group in groups),
            "launchpad.spot": _text(bool(job.get("EnableManagedSpotTraining"))),
            "mlflow.source.type": "JOB",
            "mlflow.source.name": job["TrainingJobName"],
            **origin_tags(tags, record),
        }
    )


def origin_tags(tags: Mapping[str, str], record: Mapping[str, Any]) -> dict[str, str]:
    """Return where code and data of a job came from: of its tags, else of its record."""
    origin = record.get("origin") or {}
    own = {name.replace(":", "."): tags.get(name) for name in RECORDED_TAGS}
    own["launchpad.commit"] = own["launchpad.commit"] or origin.get("commit")
    own["launchpad.dirty"] = own["launchpad.dirty"] or (_text(origin["dirty"]) if "dirty" in origin else None)
    data = {name: channel.get("version") for name, channel in (record.get("data") or {}).items()}
    return _known(
        {
            **own,
            "mlflow.source.git.commit": own["launchpad.commit"],
            "mlflow.user": origin.get("by"),
            "launchpad.working_copy": _text(record["working_copy"]) if "working_copy" in record else None,
            "launchpad.from_job": record.get("from_job"),
            "launchpad.resumed_from": record.get("resumed_from"),
            **{f"launchpad.data.{name}": version for name, version in data.items()},
        }
    )


def outcome_tags(job: Job) -> dict[str, str]:
    """Return the tags that a training job's run has once the job ended."""
    seconds, billable = job.get("TrainingTimeInSeconds"), job.get("BillableTimeInSeconds")
    return _known(
        {
            "launchpad.status": job["TrainingJobStatus"],
            "launchpad.failure": job.get("FailureReason"),
            "launchpad.model": (job.get("ModelArtifacts") or {}).get("S3ModelArtifacts"),
            "launchpad.seconds": None if seconds is None else str(seconds),
            "launchpad.billable_seconds": None if billable is None else str(billable),
        }
    )


def cost_tags(cost: Cost) -> dict[str, str]:
    """Return why a cost is not known, and what it leaves out."""
    return _known(
        {"launchpad.cost_unknown": ", ".join(cost.unknown), "launchpad.cost_without": ", ".join(cost.without)}
    )


def cost_points(cost: Cost, time: int, prefix: str = "") -> list[Point]:
    """Return what ended work cost as metrics, because MLflow sorts numbers only there; none of what is unknown."""
    return [(f"{prefix}{name}", usd, time, 0) for name, usd in cost.amounts.items() if usd is not None]


def parameters(job: Job) -> dict[str, str]:
    """Return the hyperparameters, without those that only the toolkit reads, as plain text."""
    own = {key: value for key, value in (job.get("HyperParameters") or {}).items() if not _is_toolkits(key)}
    return {key: _plain(value) for key, value in own.items()}


def gate_tags(definition: Definition | None, metrics: Mapping[str, float], *, evaluated: bool) -> dict[str, str]:
    """Return the verdict of the workload's quality gate: passed, failed, or pending until the evaluation."""
    gate = (definition or {}).get("quality_gate")
    if not definition or not gate:
        return {}
    if definition.get("evaluate") and not evaluated:
        return {"launchpad.gate": "pending"}
    try:
        check_quality(definition, metrics)
    except RequestError as error:
        return {"launchpad.gate": "failed", "launchpad.gate_reason": str(error)}
    return {"launchpad.gate": "passed"}


def _is_toolkits(key: str) -> bool:
    return key.startswith((TOOLKIT_PREFIX, "_"))


def _plain(value: str) -> str:
    """Return a text that is encoded as JSON, as toolkits want it, without its quotes."""
    try:
        decoded = json.loads(value)
    except ValueError:
        return value
    return decoded if isinstance(decoded, str) else value


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _known(tags: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in tags.items() if value not in (None, "")}
