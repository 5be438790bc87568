"""Stops everything of an environment that runs or would start: first what starts other work, then the work.

Schedules and rules start executions of the pipeline, which start jobs, and tuning jobs start training jobs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.ownership import is_gone, is_ours, physical_ids
from launchpad.platform_client.progress import Progress

LONGEST_STOP_SECONDS = 900.0
Stacks = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Work:
    """One kind of work: how to list what runs, and how to stop one of it."""

    noun: str
    running: Callable[[], list[str]]
    """The names of what has not ended, what is being stopped included."""
    stop: Callable[[str], object]


@dataclass(frozen=True)
class JobKind:
    """One kind of SageMaker job, whose operations are named alike."""

    noun: str
    listing: str
    summaries: str
    member: str
    """What names a job; its ARN's member and its stop operation are named after it."""

    @property
    def snake(self) -> str:
        """The kind in the names of boto3's methods."""
        return self.listing.removeprefix("list_").removesuffix("s")


JOBS = (
    JobKind(
        "tuning job",
        "list_hyper_parameter_tuning_jobs",
        "HyperParameterTuningJobSummaries",
        "HyperParameterTuningJob",
    ),
    JobKind("training job", "list_training_jobs", "TrainingJobSummaries", "TrainingJob"),
    JobKind("processing job", "list_processing_jobs", "ProcessingJobSummaries", "ProcessingJob"),
    JobKind("transform job", "list_transform_jobs", "TransformJobSummaries", "TransformJob"),
)
"""Tuning jobs first, because they start training jobs."""
_STEPS = ["PENDING", "RUNNING", "CANCEL_PENDING"]
_RUNS = ["SUBMITTED", "PENDING", "SCHEDULED", "RUNNING", "CANCELLING"]


def stop_all(connection: Connection, stacks: Stacks, progress: Progress) -> None:
    """Disable what starts work, then stop the work and wait until it has ended.

    Raises:
        LaunchpadError: something doesn't end in time.
    """
    for name in _disable_starters(connection, stacks):
        progress.say(f"    disabled {name}: it would start new runs")
    for work in _kinds_of_work(connection, stacks):
        _stop_and_wait(connection, work, progress)


def _kinds_of_work(connection: Connection, stacks: Stacks) -> Iterator[Work]:
    for machine in physical_ids(connection, stacks, "AWS::StepFunctions::StateMachine"):
        yield _executions(connection, machine)
    for kind in JOBS:
        yield _jobs(connection, kind)
    for cluster in physical_ids(connection, stacks, "AWS::EMR::Cluster"):
        yield _steps(connection, cluster)
    for application in physical_ids(connection, stacks, "AWS::EMRServerless::Application"):
        yield _runs(connection, application)
        yield _application(connection, application)


def _stop_and_wait(connection: Connection, work: Work, progress: Progress) -> None:
    stopped: set[str] = set()
    deadline = time.monotonic() + LONGEST_STOP_SECONDS
    while names := work.running():
        for name in names:
            if name not in stopped:
                _unless_ended(work.stop, name)
                stopped.add(name)
                progress.say(f"    stopped {work.noun} {name}")
        if time.monotonic() > deadline:
            raise LaunchpadError(f"a {work.noun} doesn't stop: {', '.join(names)}; look at it, then try again")
        progress.detail = f"waiting for the end of {', '.join(names)}"
        time.sleep(connection.poll_seconds)


def _unless_ended(stop: Callable[[str], object], name: str) -> None:
    """Stop it; what has just ended or is stopping is refused, and the next look at the list decides."""
    try:
        stop(name)
    except ClientError as error:
        if not is_gone(error) and error.response["Error"]["Code"] != "ValidationException":
            raise


def _jobs(connection: Connection, kind: JobKind) -> Work:
    sagemaker = connection.client("sagemaker")

    def running() -> list[str]:
        pages = [
            page
            for status in ("InProgress", "Stopping")
            for page in sagemaker.get_paginator(kind.listing).paginate(
                NameContains=f"{connection.name}-", StatusEquals=status
            )
        ]
        jobs = [job for page in pages for job in page[kind.summaries]]
        ours = [job for job in jobs if is_ours(connection, sagemaker, job[f"{kind.member}Arn"])]
        return list(dict.fromkeys(job[f"{kind.member}Name"] for job in ours))

    def stop(name: str) -> None:
        getattr(sagemaker, f"stop_{kind.snake}")(**{f"{kind.member}Name": name})

    return Work(kind.noun, running, stop)


def _executions(connection: Connection, machine: str) -> Work:
    states = connection.client("stepfunctions")

    def running() -> list[str]:
        pages = states.get_paginator("list_executions").paginate(stateMachineArn=machine, statusFilter="RUNNING")
        return [execution["executionArn"] for page in pages for execution in page["executions"]]

    stop = partial(states.stop_execution, cause="the environment is being destroyed")
    return Work("execution", running, lambda arn: stop(executionArn=arn))


def _steps(connection: Connection, cluster: str) -> Work:
    emr = connection.client("emr")

    def running() -> list[str]:
        pages = emr.get_paginator("list_steps").paginate(ClusterId=cluster, StepStates=_STEPS)
        return [step["Id"] for page in pages for step in page["Steps"]]

    return Work(
        "Spark step",
        running,
        lambda step: emr.cancel_steps(ClusterId=cluster, StepIds=[step], StepCancellationOption="TERMINATE_PROCESS"),
    )


def _runs(connection: Connection, application: str) -> Work:
    serverless = connection.client("emr-serverless")

    def running() -> list[str]:
        pages = serverless.get_paginator("list_job_runs").paginate(applicationId=application, states=_RUNS)
        return [run["id"] for page in pages for run in page["jobRuns"]]

    return Work("Spark run", running, lambda run: serverless.cancel_job_run(applicationId=application, jobRunId=run))


def _application(connection: Connection, application: str) -> Work:
    """The application itself: EMR Serverless deletes only a stopped one (API reference, DeleteApplication)."""
    serverless = connection.client("emr-serverless")

    def running() -> list[str]:
        state = serverless.get_application(applicationId=application)["application"]["state"]
        return [application] if state in ("STARTING", "STARTED", "STOPPING") else []

    return Work("Spark application", running, lambda name: serverless.stop_application(applicationId=name))


def _disable_starters(connection: Connection, stacks: Stacks) -> Iterator[str]:
    scheduler, events = connection.client("scheduler"), connection.client("events")
    for name in physical_ids(connection, stacks, "AWS::Scheduler::Schedule"):
        schedule = scheduler.get_schedule(Name=name)
        if schedule["State"] == "ENABLED":
            scheduler.update_schedule(**_settable(scheduler, schedule), State="DISABLED")
            yield f"schedule {name}"
    for identifier in physical_ids(connection, stacks, "AWS::Events::Rule"):
        name = identifier.rpartition("/")[2]
        if _starts_executions(events, name) and events.describe_rule(Name=name)["State"] == "ENABLED":
            events.disable_rule(Name=name)
            yield f"rule {name}"


def _settable(scheduler: Any, schedule: Mapping[str, Any]) -> dict[str, Any]:
    """What UpdateSchedule takes of GetSchedule's answer: it replaces all settings."""
    members = scheduler.meta.service_model.operation_model("UpdateSchedule").input_shape.members
    return {name: value for name, value in schedule.items() if name in members and name != "State"}


def _starts_executions(events: Any, rule: str) -> bool:
    return any(":states:" in target["Arn"] for target in events.list_targets_by_rule(Rule=rule)["Targets"])
