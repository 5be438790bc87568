"""Commands that inspect or stop jobs and endpoints: `launchpad status`, `logs`, `stop`."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated, Any

import typer
from botocore.exceptions import ClientError

from launchpad.cli.following import of
from launchpad.cli.options import Environment, Yes
from launchpad.cli.programs.interrupts import Interrupted
from launchpad.cli.terminal import duration, note, say, show, table
from launchpad.cli.terminal import status as coloured
from launchpad.platform_client import endpoints, training_jobs
from launchpad.platform_client.connection import LOCAL, Connection, connect
from launchpad.platform_client.logs import LogTail, endpoint_log, last_lines, training_log
from launchpad.platform_client.platform import stacks
from launchpad.problems import LaunchpadError

RECENT_JOBS = 10
Name = Annotated[str, typer.Argument(help="A training job or an endpoint.", metavar="JOB|ENDPOINT", show_default=False)]
EnvironmentOf = Annotated[
    str | None, typer.Option("--env", "-e", help="Environment; else the one that the name begins with.", metavar="ENV")
]


def status(env: Environment = "local") -> None:
    """Show an environment's stacks, jobs and endpoints.

    Of the training jobs, the ten newest.

    Example: launchpad status --env dev
    """
    connection = connect(env)
    deployed = stacks(connection)
    if not deployed:
        say(f"environment {env} is not deployed; run `launchpad deploy{of(env)}`")
        return
    show(
        table(
            "Stacks",
            ["stack", "status", "since"],
            (
                [s["StackName"], coloured(s["StackStatus"]), _age(s.get("LastUpdatedTime", s["CreationTime"]))]
                for s in deployed
            ),
        )
    )
    jobs = islice(training_jobs.recent(connection), RECENT_JOBS)
    _show_or_say("Training jobs", ["job", "status", "started", "took"], map(_job_row, jobs), "run")
    _show_or_say(
        "Endpoints", ["endpoint", "status", "since"], map(_endpoint_row, endpoints.recent(connection)), "serve"
    )


def logs(
    name: Name,
    env: EnvironmentOf = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as lines come, until a job has ended.")] = False,
    lines: Annotated[int | None, typer.Option("--lines", "-n", help="Only the last ones.", min=1)] = None,
) -> None:
    """Print the log of a training job or of an endpoint.

    It is that of all instances, from CloudWatch Logs, in the order of time.

    Example: launchpad logs local-boston-housing-20261120-114455-3fa2 --follow
    """
    connection = connect(env or environment_of(name))
    kind = _kind(connection, name)
    client = connection.client("logs")
    log = training_log(client, name) if kind == "job" else endpoint_log(client, name)
    first = log.read()
    for text in last_lines(first, lines) if lines else [line.text for line in first]:
        say(text)
    if follow:
        _follow(connection, name, kind, log)
    elif not first:
        note(f"{name} has no log yet; `--follow` waits for it")


def stop(name: Name, env: EnvironmentOf = None, yes: Yes = False) -> None:
    """Stop a training job, or delete an endpoint.

    A deleted endpoint's model stays, and can be served again. A stopped job gets two minutes to save what it has;
    SageMaker keeps that.

    Example: launchpad stop local-boston-housing-20261120-114455-3fa2
    """
    connection = connect(env or environment_of(name))
    sagemaker = connection.client("sagemaker")
    if _kind(connection, name) == "job":
        job = sagemaker.describe_training_job(TrainingJobName=name)
        if job["TrainingJobStatus"] in training_jobs.ENDED:
            say(f"{name} has ended already: {job['TrainingJobStatus']}")
            return
        sagemaker.stop_training_job(TrainingJobName=name)
        say(f"{name} is stopping")
        return
    if not yes:
        typer.confirm(f"Delete endpoint {name}? Whoever calls it gets an error from then on.", abort=True)
    sagemaker.delete_endpoint(EndpointName=name)
    say(f"{name} is deleted")


def environment_of(name: str) -> str:
    """The environment that a job's or endpoint's name begins with; the local one if it begins with none."""
    from launchpad.settings import environment_names

    first = name.partition("-")[0]
    return first if first in environment_names() else LOCAL


def _kind(connection: Connection, name: str) -> str:
    """Whether `name` is a `job` or an `endpoint`.

    Raises:
        LaunchpadError: neither of that name exists.
    """
    sagemaker = connection.client("sagemaker")
    for kind, describe, key in (
        ("job", sagemaker.describe_training_job, "TrainingJobName"),
        ("endpoint", sagemaker.describe_endpoint, "EndpointName"),
    ):
        try:
            describe(**{key: name})
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("ValidationException", "ResourceNotFound"):
                raise
        else:
            return kind
    newest = [job["TrainingJobName"] for job in islice(training_jobs.recent(connection), 3)]
    raise LaunchpadError(
        f"environment {connection.name!r} has no training job or endpoint {name!r};"
        f" newest jobs: {', '.join(newest) or 'none'}; `launchpad status{of(connection.name)}` lists what there is"
    )


def _follow(connection: Connection, name: str, kind: str, log: LogTail) -> None:
    sagemaker = connection.client("sagemaker")
    try:
        while True:
            ended = kind == "job" and (
                sagemaker.describe_training_job(TrainingJobName=name)["TrainingJobStatus"] in training_jobs.ENDED
            )
            for line in log.read():
                say(line.text)
            if ended:
                break
            time.sleep(connection.poll_seconds)
    except Interrupted as signal:
        raise Interrupted(signal.number, f"interrupted; {name} goes on") from None
    note(f"{name}: {sagemaker.describe_training_job(TrainingJobName=name)['TrainingJobStatus']}")


def _show_or_say(title: str, columns: list[str], rows: Iterable[list[Any]], command: str) -> None:
    all_rows = list(rows)
    if all_rows:
        show(table(title, columns, all_rows))
    else:
        say(f"{title}: none yet; `launchpad {command} WORKLOAD` makes one", "dim")


def _job_row(job: Mapping[str, Any]) -> list[Any]:
    end = job.get("TrainingEndTime")
    took = duration((end - job["CreationTime"]).total_seconds()) if end else ""
    return [job["TrainingJobName"], coloured(job["TrainingJobStatus"]), _age(job["CreationTime"]), took]


def _endpoint_row(endpoint: Mapping[str, Any]) -> list[Any]:
    return [endpoint["EndpointName"], coloured(endpoint["EndpointStatus"]), _age(endpoint["LastModifiedTime"])]


def _age(moment: datetime) -> str:
    return f"{duration(max(0.0, (datetime.now(UTC) - moment).total_seconds()))} ago"
