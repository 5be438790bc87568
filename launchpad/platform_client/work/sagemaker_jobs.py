"""SageMaker's jobs: training, tuning, processing and transform jobs, whose operations are named alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from launchpad.platform_client.connection import Connection
from launchpad.platform_client.jobs import KINDS, PROCESSING, Kind
from launchpad.platform_client.logs import TRAINING_GROUP
from launchpad.platform_client.ownership import is_gone
from launchpad.platform_client.work.names import is_shortened, prefix_of, workload_in
from launchpad.platform_client.work.piece import Work
from launchpad.requests.names import LONGEST_TUNING

JOBS: Mapping[str, Kind] = {
    "training": Kind("training_job", "TrainingJob", TRAINING_GROUP),
    "tuning": KINDS["tuning"],
    "processing": PROCESSING,
    "transform": KINDS["transform"],
}
ABSENT = ("ValidationException", "ResourceNotFound", "ResourceNotFoundException")
"""SageMaker's codes for a name that doesn't exist, or that none can have."""
DENIED = "AccessDeniedException"
LARGEST_PAGE = 100
WORKLOAD_TAG = "launchpad:workload"


def describe(connection: Connection, kind: str, name: str) -> Work | None:
    """Describe the job of this kind and name; None if it doesn't exist."""
    if kind == "tuning" and len(name) > LONGEST_TUNING:
        return None
    api, sagemaker = JOBS[kind], connection.client("sagemaker")
    try:
        description = getattr(sagemaker, f"describe_{api.noun}")(**{api.name_key: name})
    except ClientError as error:
        if not is_absent(connection, name, error):
            raise
        return None
    return _piece(kind, description, _workload(connection, api, description))


def is_absent(connection: Connection, name: str, error: ClientError) -> bool:
    """Whether a refusal means that the environment has nothing of this name.

    A person's role may look at the environment's names only, and is denied any other, such as that of a pipeline run.
    """
    code = error.response["Error"]["Code"]
    return code in ABSENT or (code == DENIED and not name.startswith(prefix_of(connection.name)))


def listed(connection: Connection, kind: str, workload: str | None, limit: int) -> list[Work]:
    """The newest jobs of a kind, at most `limit`, and all that run."""
    pieces = {}
    for number, work in enumerate(_newest(connection, kind, workload, limit), 1):
        pieces[work.name] = work
        if number == limit:
            running = _newest(connection, kind, workload, LARGEST_PAGE, StatusEquals="InProgress")
            pieces |= {work.name: work for work in running}
            break
    return list(pieces.values())


def tags_of(sagemaker: Any, arn: str) -> dict[str, str]:
    """A resource's tags; empty if it has gone meanwhile."""
    try:
        return {tag["Key"]: tag["Value"] for tag in sagemaker.list_tags(ResourceArn=arn)["Tags"]}
    except ClientError as error:
        if not is_gone(error):
            raise
        return {}


def _newest(connection: Connection, kind: str, workload: str | None, size: int, **filters: str) -> Iterator[Work]:
    api, prefix = JOBS[kind], prefix_of(connection.name, workload)
    pages = (
        connection.client("sagemaker")
        .get_paginator(f"list_{api.noun}s")
        .paginate(
            NameContains=prefix,
            SortBy="CreationTime",
            SortOrder="Descending",
            PaginationConfig={"PageSize": min(size, LARGEST_PAGE)},
            **filters,
        )
    )
    summaries = (summary for page in pages for summary in page[f"{api.member}Summaries"])
    for summary in summaries:
        name = summary[api.name_key]
        if not name.startswith(prefix):
            continue
        if workload and is_shortened(connection.name, name, workload):
            yield _piece(kind, summary, workload)
            continue
        owner = _workload(connection, api, summary)
        if workload in (None, owner):
            yield _piece(kind, summary, owner)


def _workload(connection: Connection, api: Kind, job: Mapping[str, Any]) -> str:
    name = job[api.name_key]
    certain = workload_in(connection.name, name) if name.startswith(prefix_of(connection.name)) else None
    if certain is not None:
        return certain
    return tags_of(connection.client("sagemaker"), job[f"{api.member}Arn"]).get(WORKLOAD_TAG, "")


def _piece(kind: str, job: Mapping[str, Any], workload: str) -> Work:
    api = JOBS[kind]
    return Work(
        kind=kind,
        name=job[api.name_key],
        workload=workload,
        status=api.status(job),
        started=job["CreationTime"],
        ended=job.get(f"{api.member.removesuffix('Job')}EndTime"),
        key={api.name_key: job[api.name_key]},
        description=job,
    )
