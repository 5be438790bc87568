"""Start one of a workload's jobs: `{"workload": "...", "kind": "training", "token": "...", "overrides": {...}}`.

One token, one job: a repeated event returns the job that it started earlier. The default token is the request id,
because Lambda keeps it when it retries. `training_job_name` names the job whose model an incremental training starts
from, an evaluation judges, or a transform predicts with; `resumed_from` names the one whose checkpoints a training job
goes on from. The kind `definition` starts nothing and returns digests of the deployed workload's sections. With
`working_copy` the job runs the caller's code instead of the deployed one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import working_copies
from checkpoints import begin_with_checkpoints
from decision_log import decided, logs_decisions
from job_kinds import KINDS, SPARK, JobKind, render, submit_spark
from job_record import job_record, tagged, write_record
from launched_runs import abandon_run, with_run, without_run
from models import sagemaker
from platform_access import CATALOGUE, definition_of

from launchpad.requests import Request, RequestError
from launchpad.requests.fingerprint import fingerprints

DEFINITION = "definition"
"""No job: a caller asks what is deployed, to compare it with a working copy."""
KEYS = ("kind", "token", "overrides", "training_job_name", "resumed_from")
IDENTITY = (
    "Environment",
    "HyperParameters",
    "HyperParameterTuningJobConfig",
    "InputDataConfig",
    "ModelName",
    "ProcessingInputs",
    "ProcessingResources",
    "ResourceConfig",
    "StoppingCondition",
    "TrainingJobDefinition",
    "TransformInput",
    "TransformResources",
)
"""Members that tell a repeated request from a different one: all that a launch or a pull request may change."""


@logs_decisions
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda's entry point.

    Raises:
        RequestError: the event can't be launched; AWS's own errors pass through.
    """
    kind = event.get("kind", "training")
    if kind == DEFINITION:
        return _deployed(event)
    definition = definition_of(event, KEYS)
    token = event.get("token") or context.aws_request_id
    launch = {"workload": definition["name"], "kind": kind}
    if kind == SPARK:
        step = submit_spark(definition, token, event)
        _log_launch(step.get("job_run_id") or step["step_id"], kind, token, step["created"])
        return {**launch, **step}
    if kind not in KINDS:
        raise RequestError(f"no kind of job {kind!r}; known: {', '.join(sorted([*KINDS, SPARK]))}")
    request = render(kind, definition, token, event)
    name_member = KINDS[kind].name_member
    if event.get("resumed_from") is not None:
        begin_with_checkpoints(kind, definition, event["resumed_from"], request)
    record = job_record(kind, request[name_member], definition, request, event)
    first = write_record(record)
    # Its run comes last, because nothing ends the run of a job that was refused before.
    created = _create(KINDS[kind], with_run(kind, definition, tagged(request, record)))
    if created and not first:  # the earlier record is of a call whose request was refused
        write_record(record, replace=True)
    _log_launch(request[name_member], kind, token, created)
    return {**launch, _snake_case(name_member): request[name_member], "created": created}


def _deployed(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return digests of what is deployed; none of a workload that is not, where a working copy may be launched."""
    allowed = working_copies.allowed()
    workload = str(event.get("workload")) if allowed else definition_of(event, KEYS)["name"]
    digests = fingerprints(CATALOGUE.get(workload, {}))
    answer = {"workload": workload, "fingerprints": digests, "working_copies": allowed}
    return {**answer, "renderer": working_copies.rules()["renderer"]} if allowed else answer


def _log_launch(job: str, kind: str, token: str, created: bool) -> None:
    if created:
        decided("launched", job, job=job, kind=kind, token=token)
    else:
        decided("found", f"{job}, which an earlier call with this token started", job=job, kind=kind, token=token)


def _create(kind: JobKind, request: Request) -> bool:
    """Return whether this call created the job; False if an earlier call with the same token did."""
    try:
        _call("create", kind, request)
    except sagemaker.exceptions.ResourceInUse:
        _check_same_job(kind, request)
        return False
    except sagemaker.exceptions.ClientError:
        abandon_run(request)
        raise
    return True


def _check_same_job(kind: JobKind, request: Request) -> None:
    """Check that the job of this name has the settings of `request`.

    Raises:
        RequestError: another launch took the name with other settings.
    """
    name = request[kind.name_member]
    job = _call("describe", kind, {kind.name_member: name})
    asked = without_run(request)
    differing = [member for member in IDENTITY if member in asked and not _contains(job.get(member), asked[member])]
    if differing:
        raise RequestError(f"{name}: this token already started a job with other {', '.join(differing)}; use another")


def _contains(described: Any, requested: Any) -> bool:
    """Return whether a description has all that was requested; Describe also returns members with their defaults."""
    if isinstance(requested, dict):
        return isinstance(described, dict) and all(_contains(described.get(key), requested[key]) for key in requested)
    if isinstance(requested, list):
        same_length = isinstance(described, list) and len(described) == len(requested)
        return same_length and all(map(_contains, described, requested))
    return bool(described == requested)


def _call(verb: str, kind: JobKind, request: Request) -> dict[str, Any]:
    response: dict[str, Any] = getattr(sagemaker, f"{verb}_{_snake_case(kind.operation)}")(**request)
    return response


def _snake_case(name: str) -> str:
    """Convert a name of the API to boto3's spelling of it."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
