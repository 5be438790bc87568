"""Parts of pipelines without a server: paths, durations, retries and names."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace
from typing import ClassVar

import pytest

from local_aws.api.service import Scope
from local_aws.api.store import Store
from local_aws.clock import Clock
from local_aws.sagemaker.workflows.definition import Definition, Step
from local_aws.sagemaker.workflows.execution_run import ExecutionRun
from local_aws.sagemaker.workflows.expressions import UnresolvedError, descend, path_parts, referenced_steps
from local_aws.sagemaker.workflows.step_policies import THROTTLING, RetryPolicy, cache_key, seconds
from local_aws.sagemaker.workflows.step_work import WORK, StepOutcome, StepWork
from local_aws.sagemaker.workflows.workflow_kinds import PIPELINE_EXECUTION


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("a.b[0]['c.d'].e", ["a", "b", 0, "c.d", "e"]),
        ('Steps.A-1.Outputs["train"].S3Uri', ["Steps", "A-1", "Outputs", "train", "S3Uri"]),
    ],
)
def test_a_path_has_members_numbers_and_keys(path, parts):
    assert path_parts(path) == parts


@pytest.mark.parametrize("path", ["", "a[", "a['b]", "a..b]"])
def test_what_is_no_path_is_refused(path):
    with pytest.raises(ValueError, match="is no path"):
        path_parts(path)


def test_an_output_is_found_by_its_name_or_number():
    outputs = [{"OutputName": "train", "Uri": "a"}, {"OutputName": "test", "Uri": "b"}]
    assert descend(outputs, ["test", "Uri"], "p") == "b"
    assert descend(outputs, [0, "Uri"], "p") == "a"
    with pytest.raises(UnresolvedError, match="has no item 'other'"):
        descend(outputs, ["other"], "p")


@pytest.mark.parametrize("member", ["MetricName", "ChannelName", "InputName", "Name"])
def test_an_item_is_found_by_the_name_that_it_has(member):
    items = [{member: "val:loss", "Value": 1}, {member: "val:acc", "Value": 2}]
    assert descend(items, path_parts("['val:acc'].Value"), "p") == 2


def test_the_steps_of_nested_expressions_are_found():
    joined = {"Std:Join": {"On": "/", "Values": [{"Get": "Steps.A.B"}, {"Get": "Parameters.C"}]}}
    assert referenced_steps([joined, {"Std:JsonGet": {"S3Uri": {"Get": "Steps.D.E"}, "Path": "f"}}]) == {"A", "D"}
    assert referenced_steps({"Get": "Steps['A'].B"}) == {"A"}


@pytest.mark.parametrize(
    ("duration", "expected"),
    [("30d", 30 * 86_400), ("T16m", 960), ("PT1H", 3600), ("30dT5h", 30 * 86_400 + 18_000), ("soon", None), ("", None)],
)
def test_durations_are_iso_8601(duration, expected):
    assert seconds(duration) == expected


def test_retries_wait_longer_each_time_and_end():
    policy = RetryPolicy(("Step.THROTTLING",), interval=2, backoff=3.0, attempts=2)
    assert [policy.delay(retries, 0) for retries in range(3)] == [2.0, 6.0, None]
    timed = RetryPolicy(("Step.THROTTLING",), expire_minutes=1)
    assert [timed.delay(30, 59), timed.delay(0, 60)] == [2.0**30, None]


def test_a_cache_key_has_the_documented_arguments_only():
    arguments = {"HyperParameters": {"a": "1"}, "RoleArn": "one"}
    key = cache_key("Training", "A", arguments)
    assert key == cache_key("Training", "A", {**arguments, "RoleArn": "two"})
    assert key != cache_key("Training", "A", {"HyperParameters": {"a": "2"}})
    assert cache_key("Model", "A", {}) is None


def executed(*steps):
    """The record of an execution of these steps, once it has ended."""
    store, ended = Store(), threading.Event()
    events = SimpleNamespace(put_event=lambda *_: None)
    context = SimpleNamespace(store=store, clock=Clock(1000), emulator=events, client=None)
    details = {
        "PipelineArn": "arn",
        "RoleArn": "arn",
        "PipelineName": "a",
        "Steps": [],
        "PipelineExecutionStatus": "Executing",
    }
    record = store.create(PIPELINE_EXECUTION, Scope("123456789012", "us-east-1"), "a/execution/b", details)
    definition = Definition(steps={step.name: step for step in steps})
    ExecutionRun(context, record, definition, {}, lambda *_: None, ended.set).submit()
    assert ended.wait(20)
    return record


class Throttled(StepWork):
    """Fails twice by throttling, then succeeds."""

    def start(self):
        state = self.values.record.details["Steps"][0]
        if state["AttemptCount"] < 3:
            return StepOutcome("Failed", "slow down", THROTTLING)
        return StepOutcome("Succeeded")


@pytest.mark.parametrize(
    ("policy", "status", "attempts"),
    [
        ({"ExceptionType": ["Step.THROTTLING"], "MaxAttempts": 2}, "Succeeded", 3),
        ({"ExceptionType": ["Step.THROTTLING"], "MaxAttempts": 1}, "Failed", 2),
        ({"ExceptionType": ["SageMaker.CAPACITY_ERROR", "Step.SERVICE_FAULT"]}, "Failed", 1),
    ],
)
def test_a_failed_attempt_is_repeated_as_its_policy_says(monkeypatch, policy, status, attempts):
    monkeypatch.setitem(WORK, "Training", Throttled)
    record = executed(Step("A", "Training", {"RetryPolicies": [policy]}))
    state = record.details["Steps"][0]
    assert (state["StepStatus"], state["AttemptCount"]) == (status, attempts)
    assert record.details["PipelineExecutionStatus"] == status


class Lasting(StepWork):
    """Runs for a moment, or until it is stopped."""

    stopped: ClassVar[list[str]] = []

    def start(self):
        self.end = time.monotonic() + 0.3

    def look(self):
        return StepOutcome("Succeeded") if time.monotonic() > self.end else None

    def stop(self):
        self.stopped.append(self.step.name)


def test_a_step_that_cannot_start_leaves_the_others_alone(monkeypatch):
    monkeypatch.setitem(WORK, "Training", Lasting)
    malformed = Step("B", "Training", {"Arguments": {"Environment": {"Std:Join": {"On": "/"}}}})
    record = executed(Step("A", "Training", {}), malformed)
    states = {state["StepName"]: state for state in record.details["Steps"]}
    assert {name: state["StepStatus"] for name, state in states.items()} == {"A": "Succeeded", "B": "Failed"}
    assert "Values" in states["B"]["FailureReason"]
    assert record.details["PipelineExecutionStatus"] == "Failed"


def test_a_fault_of_the_run_stops_and_ends_its_steps(monkeypatch):
    def fault(self, running, outcome):
        raise RuntimeError("out of order")

    monkeypatch.setitem(WORK, "Training", Lasting)
    monkeypatch.setattr(Lasting, "stopped", [])
    monkeypatch.setattr(ExecutionRun, "_end", fault)
    record = executed(Step("A", "Training", {}), Step("B", "Training", {}))
    assert sorted(Lasting.stopped) == ["A", "B"]
    for state in record.details["Steps"]:
        assert (state["StepStatus"], "EndTime" in state) == ("Failed", True)
        assert "out of order" in state["FailureReason"]
    assert record.details["PipelineExecutionStatus"] == "Failed"
