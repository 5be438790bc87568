"""`launchpad job`: start a job other than training, and follow it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from launchpad.cli.chosen_code import chosen_code
from launchpad.cli.empty_inputs import refuse_empty_inputs
from launchpad.cli.failures import Tail, failure_message, goes_on, logs_command, of, short_reason
from launchpad.cli.options import Deployed, Environment, Json, MaxCost, RunSettings, Token, Workload, new_token
from launchpad.cli.progress import LiveLine
from launchpad.cli.run_settings import settings_of
from launchpad.cli.spending import cost_row, ended_cost
from launchpad.cli.terminal import emit, fields, note, say
from launchpad.cli.tuning_budget import check_tuning_budget
from launchpad.messages.errors import LaunchpadError, suggest
from launchpad.platform_client import jobs
from launchpad.platform_client.connection import Connection, connect
from launchpad.platform_client.logs import LogLine
from launchpad.platform_client.platform import Platform, find_platform
from launchpad.processes.interrupts import Interrupted
from launchpad.requests.cost import cost_document

if TYPE_CHECKING:
    from launchpad import workload as schema

SPARK, TUNING = "spark", "tuning"


def job(
    kind: Annotated[str, typer.Argument(help="prepare, spark, tuning, evaluate or transform.", metavar="KIND")],
    workload: Workload,
    env: Environment = "local",
    from_job: Annotated[
        str | None, typer.Option("--from-job", help="The training job whose model it begins with.", metavar="JOB")
    ] = None,
    settings: RunSettings = None,
    token: Token = None,
    max_cost: MaxCost = None,
    json: Json = False,
    deployed: Deployed = False,
) -> None:
    """Start another of a workload's jobs, and follow it.

    A kind is a section of workload.yaml: `prepare` and `evaluate` are processing jobs, `spark` is a step on the
    environment's Spark, `tuning` searches hyperparameters, `transform` predicts a whole folder. A tuning says
    first what it costs at most.

    Example: launchpad job transform boston-housing --from-job local-boston-housing-20261120-114455-3fa2
    """
    from launchpad.catalogue import load_workload

    if kind not in (*jobs.SECTIONS, SPARK):
        raise LaunchpadError(f"no kind of job {kind!r}; {suggest(kind, [*jobs.SECTIONS, SPARK], 'kinds')}")
    checked = load_workload(workload)
    if getattr(checked, kind) is None:
        raise LaunchpadError(f"workloads/{workload}/workload.yaml has no `{kind}` section")
    if max_cost is not None and kind != TUNING:
        raise LaunchpadError(f"--max-cost limits a tuning, not a job of kind {kind!r}")
    connection = connect(env)
    overrides = settings_of(checked, kind, settings)
    if kind == TUNING:
        check_tuning_budget(connection, checked, overrides, max_cost)
    event: dict[str, Any] = {"workload": workload, "kind": kind, "token": token or new_token()}
    event |= {"overrides": overrides} if overrides else {}
    event |= {"training_job_name": from_job} if from_job else {}
    platform = find_platform(connection)
    refuse_empty_inputs(connection, platform, checked, kind, overrides)
    with chosen_code(connection, platform, checked, kind, deployed=deployed) as code:
        event |= code
        if kind == SPARK:
            _follow_spark(connection, platform, event, json=json)
            return
        name = jobs.launch(connection, platform, event)
        say(f"{kind} job {name}", "bold")
        ended = follow_to_end(connection, jobs.KINDS[kind], name, f"{kind} of {workload}")
        cost = ended_cost(connection, jobs.KINDS[kind].work, ended)
        _tell_end(jobs.KINDS[kind], ended, cost_row(env, cost))
        if json:
            document = {**_result(jobs.KINDS[kind], ended), **cost_document(cost)}
            emit({"kind": kind, "name": name, "workload": workload, **document})
        _tell_next(connection, checked, ended)


def follow_to_end(connection: Connection, kind: jobs.Kind, name: str, title: str) -> Mapping[str, Any]:
    """Show a job's statuses and its log until it has ended; return its description.

    Raises:
        LaunchpadError: it failed or was stopped; has the reason.
        Interrupted: the user stopped watching; the job goes on.
    """
    tail = Tail()
    with LiveLine(title) as line:

        def show(news: str | LogLine) -> None:
            if isinstance(news, LogLine):
                if tail.add(news.text):
                    line.say(f"      │ {news.text}")
            else:
                line.detail = news
                line.say(f"    {news}", "bold")

        try:
            ended = jobs.follow(connection, kind, name, show)
        except Interrupted as signal:
            raise Interrupted(signal.number, goes_on("job", name, connection.name)) from None
    if kind.status(ended) != "Completed":
        fields([cost_row(connection.name, ended_cost(connection, kind.work, ended))])
        raise LaunchpadError(_failure(connection, kind, name, ended, tail))
    return ended


def _failure(connection: Connection, kind: jobs.Kind, name: str, ended: Mapping[str, Any], tail: Tail) -> str:
    """The message about a job that did not complete; a tuning's names one of its training jobs that failed."""
    status = kind.status(ended).lower()
    outcome = f"{kind.noun.replace('_', ' ')} {name} {'has failed' if status == 'failed' else f'was {status}'}"
    reason = str(ended.get("FailureReason") or ended.get("ExitMessage") or "")
    job = jobs.failed_training_job(connection, name) if kind.log_group is None else None
    if job is None:
        return failure_message(outcome, reason, tail.lines, logs_command(name, connection.name))
    more = [f"its training job {job[0]}: {short_reason(job[1])}", f"`launchpad report {job[0]}` shows the rest"]
    return failure_message(outcome, reason, [], logs_command(job[0], connection.name), more)


def _result(kind: jobs.Kind, ended: Mapping[str, Any]) -> dict[str, Any]:
    """What a job left, for a program to read."""
    outputs = ended.get("ProcessingOutputConfig", {}).get("Outputs", [])
    best = ended.get("BestTrainingJob", {})
    return {
        "status": kind.status(ended),
        "outputs": {output["OutputName"]: output["S3Output"]["S3Uri"] for output in outputs},
        "best": best.get("TrainingJobName"),
        "objective": best.get("FinalHyperParameterTuningJobObjectiveMetric", {}).get("Value"),
        "hyperparameters": best.get("TunedHyperParameters", {}),
        "predictions": ended.get("TransformOutput", {}).get("S3OutputPath"),
    }


def _tell_end(kind: jobs.Kind, ended: Mapping[str, Any], cost: tuple[str, str]) -> None:
    best = ended.get("BestTrainingJob")
    outputs = ended.get("ProcessingOutputConfig", {}).get("Outputs", [])
    rows = [(output["OutputName"], output["S3Output"]["S3Uri"]) for output in outputs]
    if best:
        objective = best.get("FinalHyperParameterTuningJobObjectiveMetric", {})
        rows += [
            ("best job", best["TrainingJobName"]),
            (str(objective.get("MetricName")), f"{objective.get('Value', float('nan')):.6g}"),
            ("with", "  ".join(f"{key} {value}" for key, value in sorted(best["TunedHyperParameters"].items()))),
        ]
    if "TransformOutput" in ended:
        rows.append(("predictions", ended["TransformOutput"]["S3OutputPath"]))
    fields([*(rows or [("status", kind.status(ended))]), cost])


def _tell_next(connection: Connection, workload: schema.Workload, ended: Mapping[str, Any]) -> None:
    """Name the command that goes on with the best job of a tuning."""
    best, flag = ended.get("BestTrainingJob", {}).get("TrainingJobName"), of(connection.name)
    if best and workload.evaluate:
        note(f"evaluate it with `launchpad job evaluate {workload.name} --from-job {best}{flag}`")
    elif best and workload.serving:
        note(f"serve it with `launchpad serve {workload.name} --job {best}{flag}`")


def _follow_spark(connection: Connection, platform: Platform, event: Mapping[str, Any], *, json: bool) -> None:
    from launchpad.platform_client import spark

    where = spark.launch(connection, platform, event)
    name = where.get("job_run_id") or where["step_id"]
    say(f"Spark step {name}", "bold")
    with LiveLine(f"Spark step of {event['workload']}") as line:

        def show(status: str) -> None:
            line.detail = status
            line.say(f"    {status}", "bold")

        try:
            ended = spark.follow(connection, where, show)
        except Interrupted as signal:
            raise Interrupted(signal.number, goes_on("step", name, connection.name)) from None
        except LaunchpadError as error:
            raise LaunchpadError(f"{error}\nits log: `{logs_command(name, connection.name)}`") from None
    cost = ended_cost(connection, SPARK, ended)
    fields([cost_row(connection.name, cost)])
    if json:
        state = ended.get("state") or ended["Status"]["State"]
        emit({"kind": SPARK, "name": name, "workload": event["workload"], "status": state, **cost_document(cost)})
