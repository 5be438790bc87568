"""Start one of a workload's jobs: `{"workload": "...", "kind": "training", "token": "...", "overrides": {...}}`.

One token, one job: a repeated event finds the job that it began. Without a token the invocation's own id is one, for
Lambda keeps it through its retries. `training_job_name` names the job whose model an incremental training begins with,
an evaluation judges, or a transform predicts with.
"""

from __future__ import annotations

import re
from typing import Any

from job_kinds import KINDS, SPARK, JobKind, render, submit_spark
from models import sagemaker
from platform_access import definition_of

from launchpad.requests import Request, RequestError

KEYS = ("kind", "token", "overrides", "training_job_name")
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
"""Members by which a repeated request is told from another one: all that a launch or a pull request may change."""


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda's entry point.

    Raises:
        RequestError: the event can't be launched; AWS's own errors pass through.
    """
    definition = definition_of(event, KEYS)
    kind = event.get("kind", "training")
    token = event.get("token") or context.aws_request_id
    answer = {"workload": definition["name"], "kind": kind}
    if kind == SPARK:
        return {**answer, **submit_spark(definition, token)}
    if kind not in KINDS:
        raise RequestError(f"no kind of job {kind!r}; known: {', '.join(sorted([*KINDS, SPARK]))}")
    request = render(kind, definition, token, event)
    created = _create(KINDS[kind], request)
    name_member = KINDS[kind].name_member
    return {**answer, _snake_case(name_member): request[name_member], "created": created}


def _create(kind: JobKind, request: Request) -> bool:
    """True if this call created the job, False if an earlier call with the same token did."""
    try:
        _call("create", kind, request)
    except sagemaker.exceptions.ResourceInUse:
        _same_job(kind, request)
        return False
    return True


def _same_job(kind: JobKind, request: Request) -> None:
    """Make sure that the job of this name is what `request` asks for.

    Raises:
        RequestError: another launch took the name with other settings.
    """
    name = request[kind.name_member]
    job = _call("describe", kind, {kind.name_member: name})
    differing = [member for member in IDENTITY if member in request and not _holds(job.get(member), request[member])]
    if differing:
        raise RequestError(f"{name}: this token already started a job with other {', '.join(differing)}; use another")


def _holds(described: Any, asked: Any) -> bool:
    """Whether a description has all that was asked for; Describe adds members with their defaults to it."""
    if isinstance(asked, dict):
        return isinstance(described, dict) and all(_holds(described.get(key), asked[key]) for key in asked)
    if isinstance(asked, list):
        return isinstance(described, list) and len(described) == len(asked) and all(map(_holds, described, asked))
    return bool(described == asked)


def _call(verb: str, kind: JobKind, request: Request) -> dict[str, Any]:
    answer: dict[str, Any] = getattr(sagemaker, f"{verb}_{_snake_case(kind.operation)}")(**request)
    return answer


def _snake_case(name: str) -> str:
    """A name of the API as boto3 writes it."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
