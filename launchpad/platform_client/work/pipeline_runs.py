"""Pipeline runs: executions of the environment's state machine, and the jobs that each has started.

Note: the name of a run that a schedule started does not contain its workload. Its input does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from botocore.exceptions import ClientError

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.executions import FIRST
from launchpad.platform_client.platform import pipeline_arn
from launchpad.platform_client.work.piece import Work

_CERTAIN = re.compile(r"(?P<workload>.+)-(?:(?:data|alarm)-\d{8}-\d{6}|\d{8}-\d{6}-[0-9a-f]{4})")
"""The names of runs that the command line, new data and alarms of monitoring start."""
_RENDERED = "rendered"
"""The request that the function rendered last, which is no part of the plan."""
_STATES = {
    "Prepare": ("prepare", "processing"),
    "Spark": ("spark", "spark"),
    "Spark serverless": ("spark", "spark"),
    "Train": ("training", "training"),
    "Tune": ("tuning", "tuning"),
    "Evaluate": (_RENDERED, "processing"),
    "Baseline": (_RENDERED, "processing"),
    "Baseline predictions": (_RENDERED, "transform"),
}
"""The part of the plan that each state runs, and the kind of its job."""
_ENDINGS = ("executionFailedEventDetails", "executionAbortedEventDetails", "executionTimedOutEventDetails")
_NAME_MEMBERS = ("TrainingJobName", "HyperParameterTuningJobName", "ProcessingJobName", "TransformJobName")


@dataclass(frozen=True)
class Step:
    """A job that a run has started."""

    state: str
    kind: str
    name: str


@dataclass(frozen=True)
class State:
    """A state that a run has entered, or its end."""

    milliseconds: int
    """Milliseconds since 1970, UTC."""
    text: str


def describe(connection: Connection, name: str) -> Work | None:
    """Describe the run with this name or ARN; None if it doesn't exist."""
    machine = _machine(connection)
    if machine is None:
        return None
    arn = name if name.startswith("arn:") else f"{machine.replace(':stateMachine:', ':execution:', 1)}:{name}"
    try:
        run = connection.client("stepfunctions").describe_execution(executionArn=arn)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("ExecutionDoesNotExist", "InvalidArn", "ValidationException"):
            raise
        return None
    return _piece(run, _workload_in_input(run))


def listed(connection: Connection, workload: str | None, limit: int) -> list[Work]:
    """The newest runs, at most `limit`, the newest first."""
    return list(islice(_newest(connection, workload, limit), limit))


def steps(connection: Connection, run: Work) -> list[Step]:
    """The jobs that a run has started, in order, from its history (GetExecutionHistory)."""
    return list(dict.fromkeys(_steps(_events(connection, run))))


def states(connection: Connection, run: Work) -> list[State]:
    """The states that a run has entered, with the job of each, and how the run ended; each state once an attempt."""
    events = list(_events(connection, run))
    names: dict[str, list[str]] = {}
    for step in _steps(events):
        names.setdefault(step.state, []).append(step.name)
    return list(_once([state for event in events if (state := _state(event, names))]))


def _once(states: Iterable[State]) -> Iterator[State]:
    """The states without repetitions, such as those of an endpoint that starts; `Plan` begins an attempt."""
    before: set[str] = set()
    for state in states:
        if state.text == FIRST:
            before.clear()
        if state.text not in before:
            yield state
        before.add(state.text)


def _events(connection: Connection, run: Work) -> Iterator[Mapping[str, Any]]:
    pages = connection.client("stepfunctions").get_paginator("get_execution_history").paginate(**run.key)
    return (event for page in pages for event in page["events"])


def _steps(events: Iterable[Mapping[str, Any]]) -> Iterator[Step]:
    plan: dict[str, Any] = {}
    for event in events:
        plan |= _requests(event.get("taskSucceededEventDetails", {}).get("output", ""))
        state = _entered(event)
        if state in _STATES:
            part, kind = _STATES[state]
            if name := _name(plan.get(part) or {}):
                yield Step(state, kind, name)


def _state(event: Mapping[str, Any], jobs: Mapping[str, list[str]]) -> State | None:
    """What an event says to a reader; None for those that only decide where to go, and those within a state."""
    details = next((event[key] for key in _ENDINGS if key in event), None)
    if details is not None:
        words = ": ".join(details[key] for key in ("error", "cause") if details.get(key))
        return _told(event, f"{_words(event['type'])} {' '.join(words.split())}".strip())
    state = _entered(event)
    if not state or state.endswith("?") or state == "Begin":
        return None
    name = jobs[state].pop(0) if jobs.get(state) else ""
    return _told(event, f"{state}  {name}" if name else state)


def _told(event: Mapping[str, Any], text: str) -> State:
    return State(int(event["timestamp"].timestamp() * 1000), text)


def _entered(event: Mapping[str, Any]) -> str:
    return str(event.get("stateEnteredEventDetails", {}).get("name", ""))


def _words(kind: str) -> str:
    """The type of a last event in words: `ExecutionTimedOut` gives `timed out:`."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", kind.removeprefix("Execution")).lower() + ":"


def _requests(output: str) -> dict[str, Any]:
    """The requests in the output of the planning function: a plan, or that of one job, such as the evaluation."""
    try:
        payload = json.loads(output)["Payload"]
    except (ValueError, KeyError, TypeError):
        return {}
    if not isinstance(payload, dict):
        return {}
    if "ProcessingJobName" in payload or "TransformJobName" in payload:
        return {_RENDERED: payload}
    return payload if "workload" in payload and "register" in payload else {}


def _name(request: Mapping[str, Any]) -> str:
    """The name in a job's request, or in that of a Spark step."""
    members = {**request, **(request.get("request") or {})}
    for member in _NAME_MEMBERS:
        if member in members:
            return str(members[member])
    return str(members.get("Step", {}).get("Name") or members.get("Name") or members.get("ClientToken") or "")


def _newest(connection: Connection, workload: str | None, size: int) -> Iterator[Work]:
    machine = _machine(connection)
    if machine is None:
        return
    states = connection.client("stepfunctions")
    pages = states.get_paginator("list_executions").paginate(
        stateMachineArn=machine, PaginationConfig={"PageSize": min(size, 100)}
    )
    for run in (run for page in pages for run in page["executions"]):
        match = _CERTAIN.fullmatch(run["name"])
        owner = (
            match["workload"]
            if match
            else _workload_in_input(states.describe_execution(executionArn=run["executionArn"]))
        )
        if workload in (None, owner):
            yield _piece(run, owner)


def _workload_in_input(run: Mapping[str, Any]) -> str:
    try:
        return str(json.loads(run.get("input") or "{}").get("workload") or "")
    except (ValueError, AttributeError):
        return ""


def _machine(connection: Connection) -> str | None:
    try:
        return pipeline_arn(connection)
    except LaunchpadError:  # not deployed
        return None


def _piece(run: Mapping[str, Any], workload: str) -> Work:
    return Work(
        kind="pipeline",
        name=run["name"],
        workload=workload,
        status=run["status"],
        started=run["startDate"],
        ended=run.get("stopDate"),
        key={"executionArn": run["executionArn"]},
        description=run,
    )
