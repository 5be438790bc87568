"""Which jobs a pipeline started: their names are made from the token of the pipeline's run, so no history is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from botocore.exceptions import ClientError

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.platform import pipeline_arn
from launchpad.platform_client.work.children import job_names


def pipeline_jobs(connection: Connection, workload: str) -> Mapping[str, str]:
    """The pipeline's runs by the names of the jobs that each may have; empty without a pipeline or its permission."""
    states = connection.client("stepfunctions")
    try:
        pages = states.get_paginator("list_executions").paginate(stateMachineArn=pipeline_arn(connection))
        runs = [run["name"] for page in pages for run in page["executions"]]
    except (ClientError, LaunchpadError):
        return {}
    return {job: run for run in runs for job in jobs_of(connection.name, workload, run)}


def jobs_of(environment: str, workload: str, run: str) -> Iterator[str]:
    """The names that the jobs of a run can have.

    The run of a command is named after the workload and the token; that of a schedule has its own name as token.
    """
    for token in {run, run.removeprefix(f"{workload}-")}:
        yield from job_names(environment, workload, token)
