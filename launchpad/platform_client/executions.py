"""Runs of the pipeline: Step Functions executions and their events."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.platform import pipeline_arn

RUNNING = "RUNNING"
FIRST = "Plan"
"""The state with which a run starts, and restarts after it has waited for capacity."""


def start(
    connection: Connection,
    workload: str,
    token: str,
    overrides: Mapping[str, Any],
    code: Mapping[str, Any] | None = None,
) -> str:
    """Start the pipeline for one workload; return the execution's ARN. One token starts one execution.

    `code` is what every step's event says about the code to run: `launchpad.cli.chosen_code`.
    Step Functions refuses the name of a run that has ended, whatever its input, so that run is looked up.

    Raises:
        LaunchpadError: the environment has no pipeline, or the token was used with other input.
    """
    states, machine = connection.client("stepfunctions"), pipeline_arn(connection)
    settings = {"workload": workload, "token": token, "overrides": dict(overrides), **(code or {})}
    payload = json.dumps(settings, sort_keys=True)
    name = f"{workload}-{token}"[:80]
    try:
        return str(states.start_execution(stateMachineArn=machine, name=name, input=payload)["executionArn"])
    except states.exceptions.ExecutionAlreadyExists:
        execution = f"{machine.replace(':stateMachine:', ':execution:', 1)}:{name}"
    if _without_origin(states.describe_execution(executionArn=execution)["input"]) != _without_origin(payload):
        raise LaunchpadError(f"token {token!r} already started a run with other settings; use another")
    return execution


def _without_origin(payload: str) -> dict[str, Any]:
    """A run's input without what changes nothing about it: another commit may hold the same files."""
    return {key: value for key, value in json.loads(payload).items() if key != "origin"}


def follow(connection: Connection, execution: str, show: Callable[[str], object]) -> Mapping[str, Any]:
    """Pass the name of each state that is entered to `show`; return the execution's description once it has ended.

    A state is reported once, however often the run returns to it, for example while an endpoint starts.
    """
    states = connection.client("stepfunctions")
    count = 0
    while True:
        description: Mapping[str, Any] = states.describe_execution(executionArn=execution)
        states_entered = list(news(_entered(states, execution)))
        for state in states_entered[count:]:
            show(state)
        count = len(states_entered)
        if description["status"] != RUNNING:
            return description
        time.sleep(connection.poll_seconds)


def stop(connection: Connection, execution: str) -> None:
    """Stop a run; the job that it waits for is stopped with it."""
    connection.client("stepfunctions").stop_execution(executionArn=execution, cause="stopped by a person")


def news(entered: Iterable[str]) -> Iterator[str]:
    """The states of a run without repetitions within one attempt; `Plan` begins an attempt."""
    before: set[str] = set()
    for state in entered:
        if state == FIRST:
            before.clear()
        if state not in before:
            yield state
        before.add(state)


def _entered(states: Any, execution: str) -> Iterator[str]:
    pages = states.get_paginator("get_execution_history").paginate(executionArn=execution)
    for page in pages:
        for event in page["events"]:
            details = event.get("stateEnteredEventDetails")
            if details:
                yield str(details["name"])
