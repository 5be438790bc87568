"""`launchpad logs`: print the log of a training job or of an endpoint."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from launchpad.cli.lookup import environment_of, kind_of
from launchpad.cli.options import EnvironmentOf, JobOrEndpoint
from launchpad.cli.terminal import note, say
from launchpad.platform_client import training_jobs
from launchpad.platform_client.connection import Connection, connect
from launchpad.platform_client.logs import LogTail, endpoint_log, last_lines, training_log
from launchpad.processes.interrupts import Interrupted


def logs(
    name: JobOrEndpoint,
    env: EnvironmentOf = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as lines come, until a job has ended.")] = False,
    lines: Annotated[int | None, typer.Option("--lines", "-n", help="Only the last ones.", min=1)] = None,
) -> None:
    """Print the log of a training job or of an endpoint.

    It is that of all instances, from CloudWatch Logs, in the order of time.

    Example: launchpad logs local-boston-housing-20261120-114455-3fa2 --follow
    """
    connection = connect(env or environment_of(name))
    kind = kind_of(connection, name)
    client = connection.client("logs")
    log = training_log(client, name) if kind == "job" else endpoint_log(client, name)
    first = log.read()
    for text in last_lines(first, lines) if lines else [line.text for line in first]:
        say(text)
    if follow:
        _follow(connection, name, kind, log)
    elif not first:
        note(f"{name} has no log yet; `--follow` waits for it")


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
