"""Spark steps: steps of the environment's EMR cluster, or job runs of its EMR Serverless application.

A step has no tags, so its workload is read from its name. Both have an id next to their name, and either is accepted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from launchpad.platform_client.connection import Connection
from launchpad.platform_client.platform import find_output
from launchpad.platform_client.work.names import prefix_of, workload_in
from launchpad.platform_client.work.piece import Work


def describe(connection: Connection, name: str) -> Work | None:
    """Describe the newest step or job run with this name or id; None if none exists."""
    for work in _newest(connection, 50):
        if name in (work.name, *work.key.values()):
            return _described(connection, work)
    return None


def listed(connection: Connection, workload: str | None, limit: int) -> list[Work]:
    """The newest steps or job runs, at most `limit`, the newest first."""
    pieces = (work for work in _newest(connection, limit) if workload is None or _belongs(connection, work, workload))
    return list(islice(pieces, limit))


def _belongs(connection: Connection, work: Work, workload: str) -> bool:
    return work.workload == workload or (
        not work.workload and work.name.startswith(prefix_of(connection.name, workload))
    )


def _newest(connection: Connection, size: int) -> Iterator[Work]:
    if connection.settings.spark_serverless:
        yield from _job_runs(connection, size)
    elif connection.settings.spark:
        yield from _steps(connection)


def _steps(connection: Connection) -> Iterator[Work]:
    cluster = find_output(connection, "spark", "SparkClusterId")
    if cluster is None:
        return
    for page in connection.client("emr").get_paginator("list_steps").paginate(ClusterId=cluster):
        for step in page["Steps"]:
            yield _step(connection, cluster, step)


def _job_runs(connection: Connection, size: int) -> Iterator[Work]:
    application = find_output(connection, "spark-serverless", "SparkApplicationId")
    if application is None:
        return
    paginator = connection.client("emr-serverless").get_paginator("list_job_runs")
    config = {"PageSize": min(size, 50)}
    for page in paginator.paginate(applicationId=application, PaginationConfig=config):
        for run in page["jobRuns"]:
            yield _job_run(connection, run, run["id"])


def _described(connection: Connection, work: Work) -> Work:
    if "StepId" in work.key:
        step = connection.client("emr").describe_step(**work.key)["Step"]
        return _step(connection, work.key["ClusterId"], step)
    run = job_run(connection, work.key)
    return _job_run(connection, run, run["jobRunId"])


def job_run(connection: Connection, key: Mapping[str, str]) -> dict[str, Any]:
    """Describe a job run of EMR Serverless, with the architecture of its application, by which it is charged."""
    run = connection.client("emr-serverless").get_job_run(**key)["jobRun"]
    settings = connection.settings.spark_serverless
    return {**run, **({"architecture": settings.architecture} if settings else {})}


def _step(connection: Connection, cluster: str, step: Mapping[str, Any]) -> Work:
    status = step["Status"]
    timeline = status["Timeline"]
    return Work(
        kind="spark",
        name=step["Name"],
        workload=workload_in(connection.name, step["Name"]) or "",
        status=status["State"],
        started=timeline["CreationDateTime"],
        ended=timeline.get("EndDateTime"),
        key={"ClusterId": cluster, "StepId": step["Id"]},
        description=step,
    )


def _job_run(connection: Connection, run: Mapping[str, Any], identifier: str) -> Work:
    name = run.get("name") or identifier
    return Work(
        kind="spark",
        name=name,
        workload=run.get("tags", {}).get("launchpad:workload") or workload_in(connection.name, name) or "",
        status=run["state"],
        started=run["createdAt"],
        ended=run.get("endedAt"),
        key={"applicationId": run["applicationId"], "jobRunId": identifier},
        description=run,
    )
