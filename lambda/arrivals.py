"""New data starts a workload's pipeline: one run per batch of files, and one at a time.

Each object's event opens a *gate* for each workload that waits for it: an execution of a small state machine, named
after the workload and a window of time, so that all events of the window open the same one. A gate ends only when it
has seen a run that started after its window, or when it leaves its task to a newer gate, whose run also reads its
objects. So no event is lost, whatever order these calls come in, and a repeated call changes nothing.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import boto3
from decision_log import decided
from platform_access import CATALOGUE

MOST_WINDOWS = 15
"""The most windows in a row with new objects and no run: then a run starts, although more may follow."""
LONGEST_WAIT = 3600
RUNNING = "RUNNING"


@functools.cache
def states() -> Any:
    """Return Step Functions' client, created on first use because most cold starts need none."""
    return boto3.client("stepfunctions")


def arrived(event: Mapping[str, Any]) -> dict[str, Any]:
    """Open a gate for each workload that waits for `object`, which was written at `time`; `gates` is their machine."""
    quiet = int(event["quiet"])
    seconds = datetime.fromisoformat(event["time"]).timestamp()
    until = (int(seconds) // quiet + 1) * quiet
    workloads = waiting_for(event["object"])
    for workload in workloads:
        opened = _open(event["gates"], workload, until, quiet)
        decided("opened" if opened else "found", f"gate {workload}-{until}", workload=workload, object=event["object"])
    return {"workloads": workloads}


def waiting_for(key: str) -> list[str]:
    """Return the workloads whose pipeline runs when this object arrives in the data bucket.

    A key that ends with a slash is a folder that the console created; no job reads it.
    """
    if key.endswith("/"):
        return []
    prefixes = {name: definition["pipeline"]["on_new_data"] for name, definition in CATALOGUE.items()}
    return [name for name, prefix in prefixes.items() if prefix and key.startswith(f"{prefix}/")]


@functools.lru_cache(maxsize=1024)  # a batch of a thousand files asks once per process
def _open(gates: str, workload: str, until: int, quiet: int) -> bool:
    first_turn = datetime.fromtimestamp(until + quiet, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return start_execution(
        gates, f"{workload}-{until}", {"workload": workload, "until": until, "first_turn": first_turn}
    )


def start_execution(machine: str, name: str, payload: Mapping[str, Any]) -> bool:
    """Start an execution; return False if its name was used, because then an earlier call did."""
    try:
        states().start_execution(stateMachineArn=machine, name=name, input=json.dumps(payload, sort_keys=True))
    except states().exceptions.ExecutionAlreadyExists:
        return False
    return True


def turn(event: Mapping[str, Any]) -> dict[str, Any]:
    """Let the gate of `workload` whose window ended at `until` start a run, wait (`seconds`), or end (0)."""
    workload, until, quiet = event["workload"], int(event["until"]), int(event["quiet"])
    now = datetime.now(UTC).timestamp()
    pipeline = event["pipeline"]
    if has_run(pipeline, workload, since=until):
        return _outcome(workload, "ended: a run reads what arrived", 0)
    running = has_run(pipeline, workload, statusFilter=RUNNING)
    gates = _gates(event["gates"], workload, until - MOST_WINDOWS * quiet)
    newer = any(end > until and status == RUNNING for end, status in gates.items())
    since = until - (MOST_WINDOWS - 1) * quiet
    if newer and (running or not _is_overdue(gates, until, quiet) or has_run(pipeline, workload, since=since)):
        return _outcome(workload, "ended: a newer gate waits", 0)
    if running or any(end < until and status == RUNNING for end, status in gates.items()):
        return _outcome(workload, "waits for a run to end", max(quiet, min(LONGEST_WAIT, round((now - until) / 10))))
    moment = datetime.fromtimestamp(until, UTC).strftime("%Y%m%d-%H%M%S")
    started = start_execution(pipeline, f"{workload}-data-{moment}", {"workload": workload, "token": f"data-{moment}"})
    return _outcome(workload, "started a run" if started else "found its run", quiet)


def _outcome(workload: str, outcome: str, seconds: int) -> dict[str, Any]:
    decided(outcome, f"for new data of {workload}", workload=workload)
    return {"outcome": outcome, "seconds": seconds}


def _is_overdue(gates: Mapping[int, str], until: int, quiet: int) -> bool:
    """Return whether objects have arrived in this and so many windows before it."""
    return all(until - number * quiet in gates for number in range(MOST_WINDOWS))


def _gates(machine: str, workload: str, since: float) -> dict[int, str]:
    """Return the status of the workload's gates that were opened since, by the end of their window."""
    names = [(*run["name"].rpartition("-")[::2], run["status"]) for run in _executions(machine, since=since)]
    return {int(until): status for name, until, status in names if name == workload}


def has_run(pipeline: str, workload: str, *, since: float = 0, **filters: str) -> bool:
    """Return whether the pipeline has an execution for the workload that started after `since`."""
    return any(_workload_of(run) == workload for run in _executions(pipeline, since=since, **filters))


def _executions(machine: str, *, since: float = 0, **filters: str) -> Iterator[dict[str, Any]]:
    """Return a machine's executions that started after `since`.

    ListExecutions has the latest first: running executions by their start, but others by their end.
    """
    for page in states().get_paginator("list_executions").paginate(stateMachineArn=machine, **filters):
        for execution in page["executions"]:
            if "stopDate" in execution and execution["stopDate"].timestamp() <= since:
                return
            if execution["startDate"].timestamp() > since:
                yield execution


def _workload_of(execution: Mapping[str, Any]) -> Any:
    """Return the workload that a run is for: the names of schedules' runs do not say it."""
    description = states().describe_execution(executionArn=execution["executionArn"])
    settings = json.loads(description["input"])
    return settings.get("workload") if isinstance(settings, dict) else None
