"""What ended work cost: one job, a tuning job with its training jobs, or each job of a pipeline run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.work import Work, find
from launchpad.platform_client.work.pipeline_runs import Step, steps
from launchpad.requests.cost import Cost, job_cost

Prices = Mapping[str, float]
ATTEMPTS = 10
"""The attempts of a throttled call, with growing pauses: a tuning job has up to 750 training jobs."""


def work_cost(connection: Connection, work: Work, prices: Prices) -> Cost | None:
    """The cost of a job of any kind, or of a Spark step; None as long as it runs."""
    if work.running:
        return None
    if work.kind == "tuning":
        return tuning_cost(connection, work.name, prices)
    return job_cost(work.kind, work.description, prices)


def tuning_cost(connection: Connection, name: str, prices: Prices) -> Cost:
    """The cost of all training jobs that a tuning job has started: a few calls for each.

    What may not be asked is unknown: the work has ended, and its outcome must not be lost for that.
    """
    try:
        return Cost.together(_training_costs(connection.client("sagemaker", attempts=ATTEMPTS), name, prices))
    except ClientError as error:
        return _unreadable(error)


def _training_costs(sagemaker: Any, tuning: str, prices: Prices) -> Iterator[Cost]:
    pages = sagemaker.get_paginator("list_training_jobs_for_hyper_parameter_tuning_job").paginate(
        HyperParameterTuningJobName=tuning
    )
    for summary in [summary for page in pages for summary in page["TrainingJobSummaries"]]:
        job = sagemaker.describe_training_job(TrainingJobName=summary["TrainingJobName"])
        yield job_cost("training", job, prices) or Cost(unknown=(f"{job['TrainingJobName']}, which still runs",))


def _unreadable(error: ClientError) -> Cost:
    return Cost(unknown=(f"{error.operation_name} answers {error.response['Error']['Code']}",))


def run_costs(connection: Connection, run: Work, prices: Prices) -> Iterator[tuple[Step, Cost]]:
    """Each job that a pipeline run has started, with its cost."""
    for step in steps(connection, run):
        try:
            work = find(connection, step.name, step.kind)
        except LaunchpadError:  # the run ended before the job was created
            continue
        except ClientError as error:
            yield step, _unreadable(error)
            continue
        yield step, work_cost(connection, work, prices) or Cost(unknown=(f"{step.name}, which still runs",))
