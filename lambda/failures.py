"""A failed stage of the pipeline in words, and whether time may mend it.

Step Functions hands on a job's whole description as the cause, as JSON; of a refused request or a failed state, a text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

CAPACITY = ("CapacityError", "InsufficientCapacity", "ResourceLimitExceeded", "Throttling", "TooManyRequests")
"""Reasons that time may mend, in the names of errors or in what SageMaker says of a job."""
OWN_FAULTS = ("AlgorithmError", "ClientError")
"""How SageMaker begins the reason of a job that would fail again, whatever its script may say of capacity."""
LOG_GROUPS = {
    "TrainingJobName": "TrainingJobs",
    "ProcessingJobName": "ProcessingJobs",
    "TransformJobName": "TransformJobs",
}


@dataclass(frozen=True)
class Failure:
    """What went wrong."""

    reason: str
    job: str | None = None
    log: str | None = None
    """Where the job's log is."""


def failure(event: Mapping[str, Any], retries: int) -> dict[str, Any]:
    """The answer for the state machine: a message, a log or None, and whether to try again; `retries` is how often."""
    found = _read(event.get("cause") or "", event.get("error") or "no reason given")
    attempt = event.get("attempt", 0)
    return {
        "stage": event.get("stage"),
        "message": ": ".join(str(part) for part in (event.get("stage"), found.job, found.reason) if part),
        "log": found.log,
        "retry": attempt < retries and _passes(f"{event.get('error')} {found.reason}", found.reason),
        "attempt": attempt + 1,
    }


def _passes(words: str, reason: str) -> bool:
    return not reason.startswith(OWN_FAULTS) and any(word in words for word in CAPACITY)


def _read(cause: str, error: str) -> Failure:
    try:
        details = json.loads(cause)
    except ValueError:
        details = None
    if not isinstance(details, dict):
        return Failure(cause or error)
    if "Step" in details:
        return _of_step(details["Step"], error)
    if "JobRunId" in details:
        return Failure(details.get("StateDetails") or error, f"job run {details['JobRunId']}")
    return _of_job(details, details.get("errorMessage") or error)


def _of_job(details: Mapping[str, Any], otherwise: str) -> Failure:
    member = next((key for key in details if key.endswith("JobName")), None)
    reason = details.get("FailureReason") or otherwise
    if member is None:
        return Failure(reason)
    name = details[member]
    if member in LOG_GROUPS:
        return Failure(reason, name, f"/aws/sagemaker/{LOG_GROUPS[member]}, streams that begin with {name}/")
    return Failure(reason, name, f"/aws/sagemaker/TrainingJobs, streams of the training jobs of {name}")


def _of_step(step: Mapping[str, Any], otherwise: str) -> Failure:
    details = (step.get("Status") or {}).get("FailureDetails") or {}
    reason = details.get("Message") or details.get("Reason") or otherwise
    return Failure(reason, f"step {step.get('Name') or step.get('Id')}", details.get("LogFile"))
