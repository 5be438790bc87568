"""Stops a piece of work, and what it has started.

Step Functions stops the job of a stopped execution as far as it can ("best-effort", in "Run a job (.sync)" of its
guide), so its jobs are stopped here too.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from botocore.exceptions import ClientError

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.endpoint_removal import remove_endpoint
from launchpad.platform_client.ownership import is_gone, is_ours
from launchpad.platform_client.work import pipeline_runs
from launchpad.platform_client.work.log_sources import described_step
from launchpad.platform_client.work.piece import Work
from launchpad.platform_client.work.sagemaker_jobs import JOBS

BEING_STOPPED = ("Stopping", "CANCEL_PENDING", "CANCELLING", "Deleting")


def stop(connection: Connection, work: Work, show: Callable[[str], object] = lambda _: None) -> list[Work]:
    """Stop a job, step or run with the jobs that it waits for, or delete an endpoint; return what was stopped.

    `show` gets the status of an endpoint that is being changed, and is deleted afterwards.

    Raises:
        LaunchpadError: EMR can't cancel the step, or an endpoint is being changed for too long.
    """
    if work.kind == "pipeline":
        return [work, *_stop_run(connection, work)]
    if work.kind == "endpoint":
        remove_endpoint(connection, work.name, show)
    elif work.kind == "spark":
        _cancel(connection, work)
    else:
        getattr(connection.client("sagemaker"), f"stop_{JOBS[work.kind].noun}")(**work.key)
    return [work]


def belongs_to(connection: Connection, work: Work) -> bool:
    """Whether the work is the environment's: by its tag, or because the environment's own machine or Spark runs it."""
    if work.kind in ("pipeline", "spark"):
        return True
    member = JOBS[work.kind].member if work.kind in JOBS else "Endpoint"
    return is_ours(connection, connection.client("sagemaker"), work.description[f"{member}Arn"])


def _stop_run(connection: Connection, run: Work) -> list[Work]:
    """Stop the run, so that it starts no other job, then its jobs; return the jobs that ran, which may have ended."""
    before = _running_jobs(connection, run)
    connection.client("stepfunctions").stop_execution(**run.key, cause="stopped by a person")
    jobs = {job.name: job for job in [*before, *_running_jobs(connection, run)]}
    for job in jobs.values():
        _stop_unless_ended(connection, job)
    return list(jobs.values())


def _running_jobs(connection: Connection, run: Work) -> list[Work]:
    jobs = [described_step(connection, step) for step in pipeline_runs.steps(connection, run)]
    return [job for job in jobs if job and job.running]


def _stop_unless_ended(connection: Connection, job: Work) -> None:
    """Stop it; AWS refuses that for a job that has ended, or that Step Functions is stopping."""
    try:
        with suppress(LaunchpadError):  # EMR's refusal
            stop(connection, job)
    except ClientError as error:
        if not is_gone(error) and error.response["Error"]["Code"] != "ValidationException":
            raise


def _cancel(connection: Connection, step: Work) -> None:
    if "jobRunId" in step.key:
        connection.client("emr-serverless").cancel_job_run(**step.key)
        return
    cluster, identifier = step.key["ClusterId"], step.key["StepId"]
    (outcome,) = connection.client("emr").cancel_steps(
        ClusterId=cluster, StepIds=[identifier], StepCancellationOption="TERMINATE_PROCESS"
    )["CancelStepsInfoList"]
    if outcome["Status"] == "FAILED":
        raise LaunchpadError(f"{step.name}: {outcome.get('Reason') or 'EMR gives no reason'}")
