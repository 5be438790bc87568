"""`launchpad pipeline`: a workload's jobs in one run."""

from __future__ import annotations

import json as json_module
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from launchpad.cli.chosen_code import chosen_code
from launchpad.cli.commands.stop import stop_named
from launchpad.cli.empty_inputs import fill_pipeline
from launchpad.cli.failures import goes_on, logs_command, of, short_reason
from launchpad.cli.following import resumption
from launchpad.cli.lookup import environment_of
from launchpad.cli.options import (
    Deployed,
    Environment,
    EnvironmentOf,
    Json,
    MaxCost,
    RunSettings,
    Token,
    Workload,
    WorkName,
    new_token,
)
from launchpad.cli.pinning import show_what_comes_next
from launchpad.cli.progress import LiveLine
from launchpad.cli.run_settings import settings_of
from launchpad.cli.spending import cost_row, pipeline_costs
from launchpad.cli.terminal import emit, fields, note, say
from launchpad.cli.tuning_budget import check_tuning_budget
from launchpad.costs.wording import cost_in_words
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client import executions
from launchpad.platform_client.connection import Connection, connect
from launchpad.platform_client.model_packages import read_version
from launchpad.platform_client.platform import find_platform
from launchpad.platform_client.training_jobs import has_checkpoints
from launchpad.platform_client.work import find
from launchpad.platform_client.work.pipeline_runs import Step, steps
from launchpad.processes.interrupts import Interrupted
from launchpad.requests.cost import Cost, cost_document


def run(
    workload: Workload,
    env: Environment = "local",
    settings: RunSettings = None,
    token: Token = None,
    max_cost: MaxCost = None,
    deployed: Deployed = False,
    detach: Annotated[bool, typer.Option("--detach", help="Print the run's name and leave.")] = False,
    json: Json = False,
) -> None:
    """Run a workload's pipeline, and follow it.

    Prepare, train or tune, evaluate, judge, register, deploy: those that the workload has and the environment
    allows. Says first what a tuning costs at most. Prepares the data if a channel is empty and `data.py` fills it.
    Ctrl-C stops following, not the pipeline.

    Example: launchpad pipeline run boston-housing
    """
    from launchpad.catalogue import load_workload

    checked = load_workload(workload)
    overrides = settings_of(checked, "tuning" if checked.tuning else "training", settings)
    connection = connect(env)
    check_tuning_budget(connection, checked, overrides, max_cost)
    platform = find_platform(connection)
    with chosen_code(connection, platform, checked, "pipeline", deployed=deployed) as code:
        fill_pipeline(connection, platform, checked, overrides)
        execution = executions.start(connection, workload, token or new_token(), overrides, code)
        if detach and json:
            emit({"kind": "pipeline", "name": _name(execution), "id": execution})
        if detach:
            say(_name(execution))
            note(f"follow it with `{logs_command(_name(execution), env)} --follow`")
            return
        say(f"pipeline {_name(execution)}", "bold")
        ended = _follow(connection, workload, execution)
        costs = pipeline_costs(connection, execution)
        if ended["status"] != "SUCCEEDED":
            fields(_cost_rows(env, costs))
        result = _result(connection, ended)
        if json:
            document = {"kind": "pipeline", "name": ended["name"], "id": execution, "status": ended["status"], **result}
            emit({**document, **_cost_document(costs)})
        _tell_result(connection, workload, result, _cost_rows(env, costs))


def _cost_rows(environment: str, costs: list[tuple[Step, Cost]]) -> list[tuple[str, str]]:
    """What all jobs cost together, and below it each."""
    total = cost_row(environment, Cost.together(cost for _, cost in costs))
    return [total, *(("  " + step.state, cost_in_words(cost)) for step, cost in costs)] if costs else []


def _cost_document(costs: list[tuple[Step, Cost]]) -> dict[str, Any]:
    jobs = [{"stage": step.state, "name": step.name, **cost_document(cost)} for step, cost in costs]
    return {**cost_document(Cost.together(cost for _, cost in costs)), "jobs": jobs}


def _follow(connection: Connection, workload: str, execution: str) -> Mapping[str, Any]:
    with LiveLine(f"Pipeline of {workload}") as line:

        def show(state: str) -> None:
            line.detail = state
            if not state.endswith("?"):
                line.say(f"    {state}")

        try:
            return executions.follow(connection, execution, show)
        except Interrupted as signal:
            raise Interrupted(signal.number, goes_on("pipeline run", _name(execution), connection.name)) from None


def stop(name: WorkName, env: EnvironmentOf = None, json: Json = False) -> None:
    """Stop a run of the pipeline, and the job that it waits for.

    With a workload, its newest run that has not ended.

    Example: launchpad pipeline stop boston-housing
    """
    stop_named(connect(env or environment_of(name)), name, "pipeline", yes=True, json=json)


def _name(execution: str) -> str:
    return execution.rpartition(":")[2]


def _result(connection: Connection, ended: Mapping[str, Any]) -> dict[str, Any]:
    """What a run returned.

    Raises:
        LaunchpadError: it did not succeed.
    """
    if ended["status"] != "SUCCEEDED":
        outcome = f"the pipeline {ended['status'].lower().replace('_', ' ')}: {short_reason(ended.get('cause') or '')}"
        log = f"its log: `{logs_command(ended['name'], connection.name)}`"
        raise LaunchpadError("\n".join([outcome, log, *_resumptions(connection, ended["executionArn"])]))
    result: dict[str, Any] = json_module.loads(ended.get("output") or "{}")
    return result


def _resumptions(connection: Connection, execution: str) -> Iterator[str]:
    """How to go on from the checkpoints of the training job that ended early, if it has left some."""
    for step in steps(connection, find(connection, execution, "pipeline")):
        if step.kind == "training":
            job = connection.client("sagemaker").describe_training_job(TrainingJobName=step.name)
            if job["TrainingJobStatus"] in ("Failed", "Stopped") and has_checkpoints(connection, job):
                yield resumption(job, connection.name)


def _tell_result(
    connection: Connection, workload: str, result: Mapping[str, Any], costs: list[tuple[str, str]]
) -> None:
    metrics = result.get("metrics", {})
    rows = [
        (key.removesuffix("_name").removesuffix("_arn").replace("_", " "), str(value))
        for key, value in result.items()
        if key != "metrics"
    ]
    words = "  ".join(f"{key} {value:.6g}" for key, value in metrics.items())
    fields([*rows, ("metrics", words), *costs])
    if "endpoint_name" in result:
        note(f"ask it with `launchpad predict {workload}{of(connection.name)}`")
    if "model_package_arn" in result:
        show_what_comes_next(connection, workload, read_version(connection, result["model_package_arn"]))
