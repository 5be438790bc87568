"""New data starts one run per batch of files, one at a time, and no event is ever lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from tests.unit.functions import CONTEXT, imported

QUIET = 60
NOON = datetime(2026, 11, 28, 12, tzinfo=UTC).timestamp()
TRIGGERS = {"line": "line/raw", "curve": "line/raw", "other": "other/raw", "idle": None}
GATES, PIPELINE = "arn:gates", "arn:pipeline"


class States:
    """Step Functions, as far as the function uses it, with a clock that the test sets."""

    class exceptions:  # noqa: N801 -- as in boto3
        class ExecutionAlreadyExists(Exception):  # noqa: N818
            pass

    def __init__(self) -> None:
        self.now = NOON
        self.executions: list[dict[str, Any]] = []

    def start_execution(self, *, stateMachineArn: str, name: str, input: str) -> None:  # noqa: A002, N803
        arn = f"{stateMachineArn}:{name}"
        if any(execution["executionArn"] == arn for execution in self.executions):
            raise self.exceptions.ExecutionAlreadyExists
        moment = datetime.fromtimestamp(self.now, UTC)
        execution = {"executionArn": arn, "name": name, "status": "RUNNING", "startDate": moment, "input": input}
        self.executions.insert(0, {**execution, "machine": stateMachineArn})

    def get_paginator(self, _name: str) -> SimpleNamespace:
        return SimpleNamespace(paginate=self._pages)

    def _pages(self, *, stateMachineArn: str, statusFilter: str = "") -> Iterator[dict[str, Any]]:  # noqa: N803
        for execution in self.of(stateMachineArn):
            if statusFilter in ("", execution["status"]):
                yield {"executions": [execution]}

    def describe_execution(self, *, executionArn: str) -> dict[str, Any]:  # noqa: N803
        return next(execution for execution in self.executions if execution["executionArn"] == executionArn)

    def of(self, machine: str, status: str = "") -> list[dict[str, Any]]:
        """Executions in ListExecutions' order: running ones by their start, others by their end, the latest first."""
        own = [each for each in self.executions if each["machine"] == machine and status in ("", each["status"])]
        return sorted(own, key=lambda each: each.get("stopDate", each["startDate"]), reverse=True)

    def end(self, execution: dict[str, Any]) -> None:
        execution |= {"status": "SUCCEEDED", "stopDate": datetime.fromtimestamp(self.now, UTC)}

    def end_runs(self) -> None:
        for execution in self.of(PIPELINE, "RUNNING"):
            self.end(execution)


@pytest.fixture
def world(tmp_path, monkeypatch):
    """`arrive(seconds)`, `pass_time(seconds)`: the function and its gates, simulated second by second."""
    catalogue = {name: {"name": name, "pipeline": {"on_new_data": prefix}} for name, prefix in TRIGGERS.items()}
    with imported(tmp_path, monkeypatch, "pipeline", catalogue) as module:
        states = States()
        monkeypatch.setattr("arrivals.states", lambda: states)
        yield World(module, states)


class World:
    def __init__(self, module: Any, states: States) -> None:
        self._module, self.states = module, states
        self._turns: dict[str, float] = {}

    def arrive(self, key: str = "other/raw/a.csv") -> list[str]:
        time = datetime.fromtimestamp(self.states.now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        event = {"step": "arrived", "object": key, "time": time, "gates": GATES, "quiet": QUIET}
        return self._module.handler(event, CONTEXT)["workloads"]

    def pass_time(self, seconds: int, files_every: int = 0) -> None:
        for second in range(seconds):
            self.states.now += 1
            if files_every and second % files_every == 0:
                self.arrive()
            for gate in self.states.of(GATES, "RUNNING"):
                self._turn(gate)

    def _turn(self, gate: dict[str, Any]) -> None:
        given = json.loads(gate["input"])
        due = self._turns.setdefault(gate["name"], datetime.fromisoformat(given["first_turn"]).timestamp())
        if self.states.now < due:
            return
        payload = {key: given[key] for key in ("workload", "until")}
        event = {"step": "turn", **payload, "quiet": QUIET, "pipeline": PIPELINE, "gates": GATES}
        seconds = self._module.handler(event, CONTEXT)["seconds"]
        if seconds:
            self._turns[gate["name"]] = self.states.now + min(seconds, QUIET)
        else:
            self.states.end(gate)

    def runs(self, status: str = "") -> list[dict[str, Any]]:
        return self.states.of(PIPELINE, status)


def test_a_batch_of_files_starts_one_run(world):
    for _ in range(5):
        world.arrive()
        world.states.now += 10
    world.pass_time(600)
    assert [json.loads(run["input"])["workload"] for run in world.runs()] == ["other"]
    assert world.states.of(GATES, "RUNNING") == []


def test_no_run_starts_while_files_keep_arriving(world):
    world.pass_time(5 * QUIET, files_every=20)
    assert world.runs() == []
    world.pass_time(3 * QUIET)
    assert len(world.runs()) == 1


def test_files_that_never_stop_arriving_still_start_runs_one_at_a_time(world):
    world.pass_time(20 * QUIET, files_every=20)
    assert len(world.runs()) == 1
    world.states.end_runs()
    world.pass_time(20 * QUIET, files_every=20)
    assert len(world.runs()) == 2
    assert len(world.runs("RUNNING")) == 1


def test_files_that_arrive_during_a_run_start_one_more_after_it(world):
    world.arrive()
    world.pass_time(3 * QUIET)
    for _ in range(3):
        world.arrive()
        world.pass_time(2 * QUIET)
    assert len(world.runs()) == 1
    assert len(world.states.of(GATES, "RUNNING")) == 1
    world.states.end_runs()
    world.pass_time(5 * QUIET)
    assert len(world.runs()) == 2
    world.states.end_runs()
    world.pass_time(5 * QUIET)
    assert len(world.runs()) == 2
    assert world.states.of(GATES, "RUNNING") == []


def test_a_run_that_another_cause_started_is_waited_for(world):
    world.states.start_execution(stateMachineArn=PIPELINE, name="a-schedule's", input='{"workload": "other"}')
    world.states.start_execution(stateMachineArn=PIPELINE, name="another's", input='{"workload": "line"}')
    world.pass_time(10)
    world.arrive()
    world.pass_time(5 * QUIET)
    assert len(world.runs()) == 2
    world.states.end_runs()
    world.pass_time(2 * QUIET)
    assert len(world.runs()) == 3


def test_a_run_that_started_after_the_files_needs_no_other(world):
    world.arrive()
    world.states.now = NOON + QUIET + 1
    world.states.start_execution(stateMachineArn=PIPELINE, name="by-hand", input='{"workload": "other"}')
    world.pass_time(5 * QUIET)
    assert [run["name"] for run in world.runs()] == ["by-hand"]


def test_files_that_never_stop_arriving_start_a_run_every_15_windows(world):
    for _ in range(60):
        world.pass_time(QUIET, files_every=20)
        world.states.end_runs()
    assert 3 <= len(world.runs()) <= 4


def test_a_longer_run_that_ends_later_hides_no_run(world):
    world.states.start_execution(stateMachineArn=PIPELINE, name="long", input='{"workload": "line"}')
    world.states.now += 1
    world.arrive()
    world.pass_time(2 * QUIET + 1)
    (long,) = [run for run in world.runs() if run["name"] == "long"]
    (short,) = [run for run in world.runs() if run["name"] != "long"]
    world.states.end(short)
    world.states.now += 1
    world.states.end(long)
    world.pass_time(2 * QUIET)
    assert world.states.of(GATES, "RUNNING") == []


def test_a_run_whose_input_is_no_object_stops_no_gate(world):
    world.states.start_execution(stateMachineArn=PIPELINE, name="odd", input="[]")
    world.arrive()
    world.pass_time(3 * QUIET)
    assert len(world.runs()) == 2


def test_every_workload_that_waits_for_the_folder_is_woken(world):
    assert world.arrive("line/raw/a.csv") == ["line", "curve"]
    world.pass_time(3 * QUIET)
    assert {json.loads(run["input"])["workload"] for run in world.runs()} == {"line", "curve"}


def test_an_event_that_comes_again_late_changes_nothing(world):
    world.arrive()
    world.pass_time(5 * QUIET)
    late = world.states.now
    world.states.now = NOON
    world.arrive()
    world.states.now = late
    world.pass_time(5 * QUIET)
    assert len(world.runs()) == 1


def test_a_folder_that_the_console_created_wakes_no_workload(world):
    assert world.arrive("line/raw/") == []


def test_an_object_elsewhere_wakes_no_workload(world):
    assert world.arrive("other/rawer/a.csv") == []
