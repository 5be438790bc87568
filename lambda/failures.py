"""Describe a failed stage of the pipeline, and decide whether to try it again later.

The cause that Step Functions passes on is a job's whole description as JSON, or a text if a request was refused or a
state failed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

CAPACITY = ("CapacityError", "InsufficientCapacity", "ResourceLimitExceeded", "Throttling", "TooManyRequests")
"""Reasons that may pass with time, as they occur in names of errors or in a job's `FailureReason`."""
OWN_FAULTS = ("AlgorithmError", "ClientError")
"""First words of the `FailureReason` of a job that would fail again, even if its script mentions capacity."""
LOG_GROUPS = {
    "TrainingJobName": "TrainingJobs",
    "ProcessingJobName": "ProcessingJobs",
    "TransformJobName": "TransformJobs",
}


@dataclass(frozen=True)
class Failure:
    """What went wrong, in which job."""

    reason: str
    job: str | None = None
    log: str | None = None
    """Where the job's log is."""
    final: bool = False
    """Whether another attempt would fail again, whatever the reason says."""


def failure(event: Mapping[str, Any], retries: int) -> dict[str, Any]:
    """Return a message, the log or None, and whether the state machine shall try again, at most `retries` times."""
    details = _read(event.get("cause") or "", event.get("error") or "no reason given")
    attempt = event.get("attempt", 0)
    return {
        "stage": event.get("stage"),
        "message": ": ".join(str(part) for part in (event.get("stage"), details.job, details.reason) if part),
        "job": details.job,
        "log": details.log,
        "retry": attempt < retries
        and not details.final
        and _passes(f"{event.get('error')} {details.reason}", details.reason),
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
        return _step_failure(details["Step"], error)
    if "EndpointName" in details:
        return _endpoint_failure(details)
    if "JobRunId" in details:
        return Failure(details.get("StateDetails") or error, f"job run {details['JobRunId']}")
    return _job_failure(details, details.get("errorMessage") or error)


def _job_failure(details: Mapping[str, Any], default: str) -> Failure:
    member = next((key for key in details if key.endswith("JobName")), None)
    reason = details.get("FailureReason") or default
    if member is None:
        return Failure(reason)
    name = details[member]
    if member in LOG_GROUPS:
        return Failure(reason, name, f"/aws/sagemaker/{LOG_GROUPS[member]}, streams that begin with {name}/")
    return Failure(reason, name, f"/aws/sagemaker/TrainingJobs, streams of the training jobs of {name}")


def _endpoint_failure(details: Mapping[str, Any]) -> Failure:
    """Describe an endpoint that did not start; one whose update failed is InService, with its earlier configuration."""
    name, status = details["EndpointName"], details["EndpointStatus"]
    reason = details["FailureReason"] or f"it is {status}"
    if status == "InService":
        reason = f"not updated, it still serves {details['EndpointConfigName']}: {reason}"
    return Failure(reason, f"endpoint {name}", f"/aws/sagemaker/Endpoints/{name}", final=True)


def _step_failure(step: Mapping[str, Any], default: str) -> Failure:
    details = (step.get("Status") or {}).get("FailureDetails") or {}
    reason = details.get("Message") or details.get("Reason") or default
    return Failure(reason, f"step {step.get('Name') or step.get('Id')}", details.get("LogFile"))
