"""`launchpad job`: start a job other than training, and follow it."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from launchpad.cli.chosen_code import chosen_code
from launchpad.cli.empty_inputs import refuse_empty_inputs
from launchpad.cli.following import LAST_LINES, of
from launchpad.cli.options import Deployed, Environment, RunSettings, Token, Workload, new_token
from launchpad.cli.progress import LiveLine
from launchpad.cli.run_settings import settings_of
from launchpad.cli.terminal import fields, note, say
from launchpad.messages.errors import LaunchpadError, suggest
from launchpad.platform_client import jobs
from launchpad.platform_client.connection import Connection, connect
from launchpad.platform_client.logs import LogLine
from launchpad.platform_client.platform import Platform, find_platform

if TYPE_CHECKING:
    from launchpad import workload as schema

SPARK = "spark"


def job(
    kind: Annotated[str, typer.Argument(help="prepare, spark, tuning, evaluate or transform.", metavar="KIND")],
    workload: Workload,
    env: Environment = "local",
    from_job: Annotated[
        str | None, typer.Option("--from-job", help="The training job whose model it begins with.", metavar="JOB")
    ] = None,
    settings: RunSettings = None,
    token: Token = None,
    deployed: Deployed = False,
) -> None:
    """Start another of a workload's jobs, and follow it.

    A kind is a section of workload.yaml: `prepare` and `evaluate` are processing jobs, `spark` is a step on the
    environment's Spark, `tuning` searches hyperparameters, `transform` predicts a whole folder.

    Example: launchpad job transform boston-housing --from-job local-boston-housing-20261120-114455-3fa2
    """
    from launchpad.catalogue import load_workload

    if kind not in (*jobs.KINDS, SPARK):
        raise LaunchpadError(f"no kind of job {kind!r}; {suggest(kind, [*jobs.KINDS, SPARK], 'kinds')}")
    checked = load_workload(workload)
    if getattr(checked, kind) is None:
        raise LaunchpadError(f"workloads/{workload}/workload.yaml has no `{kind}` section")
    connection = connect(env)
    overrides = settings_of(checked, kind, settings)
    event: dict[str, Any] = {"workload": workload, "kind": kind, "token": token or new_token()}
    event |= {"overrides": overrides} if overrides else {}
    event |= {"training_job_name": from_job} if from_job else {}
    platform = find_platform(connection)
    refuse_empty_inputs(connection, platform, checked, kind, overrides)
    with chosen_code(connection, platform, checked, kind, deployed=deployed) as code:
        event |= code
        if kind == SPARK:
            _follow_spark(connection, platform, event)
            return
        name = jobs.launch(connection, platform, event)
        say(f"{kind} job {name}", "bold")
        ended = _follow(connection, jobs.KINDS[kind], name, f"{kind} of {workload}")
        _tell_end(jobs.KINDS[kind], ended)
        _tell_next(connection, checked, ended)


def _follow(connection: Connection, kind: jobs.Kind, name: str, title: str) -> Mapping[str, Any]:
    tail: deque[str] = deque(maxlen=LAST_LINES)
    with LiveLine(title) as line:

        def show(news: str | LogLine) -> None:
            if isinstance(news, LogLine):
                tail.append(news.text)
                line.say(f"      │ {news.text}")
            else:
                line.detail = news
                line.say(f"    {news}", "bold")

        ended = jobs.follow(connection, kind, name, show)
    if kind.status(ended) != "Completed":
        words = "\n".join(f"  │ {text}" for text in tail)
        reason = ended.get("FailureReason") or ended.get("ExitMessage") or kind.status(ended)
        log = f"\nlog: CloudWatch Logs, {kind.log_group}, {name}/" if kind.log_group else _failed_of(connection, name)
        raise LaunchpadError(f"{name}: {reason}" + (f"\nlast lines of its log:\n{words}" if words else "") + log)
    return ended


def _failed_of(connection: Connection, tuning: str) -> str:
    """One of the training jobs that made a tuning job fail: its name, its reason, and where its log is."""
    failed = jobs.failed_training_job(connection, tuning)
    if failed is None:
        return ""
    job, reason = failed
    return (
        f"\nits training job {job}: {reason}\n`launchpad logs {job}` shows its log, `launchpad report {job}` the rest"
    )


def _tell_end(kind: jobs.Kind, ended: Mapping[str, Any]) -> None:
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
    fields(rows or [("status", kind.status(ended))])


def _tell_next(connection: Connection, workload: schema.Workload, ended: Mapping[str, Any]) -> None:
    """Name the command that goes on with the best job of a tuning."""
    best, flag = ended.get("BestTrainingJob", {}).get("TrainingJobName"), of(connection.name)
    if best and workload.evaluate:
        note(f"evaluate it with `launchpad job evaluate {workload.name} --from-job {best}{flag}`")
    elif best and workload.serving:
        note(f"serve it with `launchpad serve {workload.name} --job {best}{flag}`")


def _follow_spark(connection: Connection, platform: Platform, event: Mapping[str, Any]) -> None:
    from launchpad.platform_client import spark

    where = spark.launch(connection, platform, event)
    with LiveLine(f"Spark step of {event['workload']}") as line:

        def show(status: str) -> None:
            line.detail = status
            line.say(f"    {status}", "bold")

        spark.follow(connection, where, show)
