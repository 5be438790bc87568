"""`launchpad run`: start a training job and follow it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from launchpad.cli.beginnings import check_beginning, resumed_event
from launchpad.cli.chosen_code import chosen_code
from launchpad.cli.empty_inputs import fill_channels
from launchpad.cli.following import follow_job, misses_gate, of, result_of, summarize
from launchpad.cli.options import Deployed, Environment, Json, RunSettings, Workload, new_token
from launchpad.cli.progress import LiveLine
from launchpad.cli.run_settings import settings_of
from launchpad.cli.terminal import emit, note, say
from launchpad.platform_client import training_jobs
from launchpad.platform_client.connection import connect
from launchpad.platform_client.platform import find_platform

if TYPE_CHECKING:
    from launchpad.settings import EnvironmentSettings


def run(
    workload: Workload,
    env: Environment = "local",
    settings: RunSettings = None,
    token: Annotated[
        str | None, typer.Option(help="One token starts one job: with the same one again, that job is followed.")
    ] = None,
    resume: Annotated[
        str | None, typer.Option(help="Go on from the checkpoints of a job that ended early.", metavar="JOB")
    ] = None,
    earlier: Annotated[
        str | None, typer.Option("--from", help="Begin with the model of an earlier job.", metavar="JOB")
    ] = None,
    deployed: Deployed = False,
    detach: Annotated[bool, typer.Option("--detach", help="Print the job's name and leave.")] = False,
    json: Json = False,
) -> None:
    """Train: start the training job and follow it to its end.

    Prepares the data first if a channel is empty. Prints the job's log as it comes, then its metrics, where the model
    is, and what it cost. Ctrl-C stops following, not the job. Where the environment takes working copies (`local` and
    `dev`), the job runs the files of workloads/ as they are now; elsewhere, what is deployed. With --resume, a job that
    failed or was stopped is gone on with: the new one has its settings, unless you set others, and a copy of its
    checkpoints.

    Example: launchpad run boston-housing --set hyperparameters.test-size=0.2
    """
    from launchpad.catalogue import load_workload

    checked = load_workload(workload)
    overrides = settings_of(checked, "training", settings)
    check_beginning(checked, overrides, resume, earlier)
    connection = connect(env)
    platform = find_platform(connection)
    beginning = {"training_job_name": earlier} if earlier else {}
    if resume:
        overrides, beginning = resumed_event(connection, platform, checked, overrides, resume)
    with chosen_code(connection, platform, checked, "training", deployed=deployed) as code:
        fill_channels(connection, platform, checked, overrides)
        job = training_jobs.launch(
            connection, platform, workload, token or new_token(), overrides, {**code, **beginning}
        )
        if detach:
            say(job)
            if json:
                emit({"kind": "training", "name": job, "workload": workload})
            note(f"follow it with `launchpad logs {job} --follow{of(env)}`")
            return
        say(f"training job {job}", "bold")
        with LiveLine(f"Training {workload}") as line:
            ended = follow_job(connection, job, line)
        summarize(connection, ended, checked)
        if json:
            emit(result_of(connection, ended, checked))
        if checked.evaluate:
            note(f"evaluate it with `launchpad job evaluate {workload} --from-job {job}{of(env)}`")
        elif checked.serving and not misses_gate(checked, ended):
            note(next_step(connection.settings, workload))


def next_step(settings: EnvironmentSettings, workload: str) -> str:
    """What leads from a trained model to an endpoint, where models are served directly and where they are pinned."""
    if settings.direct_deploy:
        return f"serve it with `launchpad serve {workload}{of(settings.name)}`"
    pipeline = f"launchpad pipeline run {workload}{of(settings.name)}"
    return (
        f"environment {settings.name} serves what its config pins: `{pipeline}` trains, judges and registers a version"
        " that can be approved and pinned"
    )
