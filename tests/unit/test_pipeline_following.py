"""Following a run of the pipeline, and a job: what is printed, and how often."""

from __future__ import annotations

import json
from types import SimpleNamespace

import boto3
import pytest
from botocore.stub import Stubber

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client import executions
from launchpad.platform_client.executions import news
from launchpad.platform_client.jobs import KINDS, progress

MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:pipeline"
EXECUTION = "arn:aws:states:eu-west-1:123456789012:execution:pipeline:line-once"


@pytest.fixture
def ended(monkeypatch):
    """A connection to where token `once` began a run, with bias 1, that has ended."""
    states = boto3.client("stepfunctions", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
    monkeypatch.setattr(executions, "pipeline_arn", lambda _: MACHINE)
    original_input = json.dumps({"overrides": {"bias": 1}, "token": "once", "workload": "line"})
    described = {
        "executionArn": EXECUTION,
        "stateMachineArn": MACHINE,
        "status": "SUCCEEDED",
        "startDate": 0,
        "input": original_input,
    }
    with Stubber(states) as answers:
        answers.add_client_error("start_execution", service_error_code="ExecutionAlreadyExists")
        answers.add_response("describe_execution", described, {"executionArn": EXECUTION})
        yield SimpleNamespace(client=lambda _: states)


def test_a_token_used_again_finds_the_run_though_it_has_ended(ended):
    assert executions.start(ended, "line", "once", {"bias": 1}) == EXECUTION


def test_a_token_used_for_other_settings_is_refused(ended):
    with pytest.raises(LaunchpadError, match="token 'once' already started a run with other settings; use another"):
        executions.start(ended, "line", "once", {"bias": 2})


def test_the_same_run_from_another_commit_is_the_same_run(ended):
    assert executions.start(ended, "line", "once", {"bias": 1}, {"origin": {"commit": "1" * 40}}) == EXECUTION


def test_a_token_used_for_another_working_copy_is_refused(ended):
    with pytest.raises(LaunchpadError, match="token 'once' already started a run with other settings"):
        executions.start(ended, "line", "once", {"bias": 1}, {"working_copy": "working-copies/line/1.json"})


def test_a_state_that_a_run_comes_back_to_is_reported_once():
    entered = ["Plan", "Deploy", "Endpoint starting", "Endpoint", "Endpoint starting", "Endpoint", "Done"]
    assert list(news(entered)) == ["Plan", "Deploy", "Endpoint starting", "Endpoint", "Done"]


def test_an_attempt_after_a_wait_for_capacity_is_reported_again():
    attempt = ["Plan", "Train", "Failure", "Wait for capacity"]
    assert list(news([*attempt, "Plan", "Train", "Done"])) == [*attempt, "Plan", "Train", "Done"]


@pytest.mark.parametrize("kind", ["prepare", "evaluate", "transform"])
def test_the_progress_of_a_plain_job_is_its_status(kind):
    assert progress(KINDS[kind], {f"{KINDS[kind].member}Status": "InProgress"}) == "InProgress"


def test_the_progress_of_a_tuning_job_counts_its_training_jobs():
    counters = {"Completed": 3, "InProgress": 2, "Stopped": 1, "NonRetryableError": 1, "RetryableError": 0}
    described = {"HyperParameterTuningJobStatus": "InProgress", "TrainingJobStatusCounters": counters}
    assert progress(KINDS["tuning"], described) == "InProgress: 3 completed, 2 in progress, 1 stopped, 1 failed"


def test_a_tuning_job_in_which_nothing_failed_speaks_of_no_failure():
    counters = {"Completed": 0, "InProgress": 2, "Stopped": 0, "NonRetryableError": 0}
    described = {"HyperParameterTuningJobStatus": "InProgress", "TrainingJobStatusCounters": counters}
    assert progress(KINDS["tuning"], described) == "InProgress: 0 completed, 2 in progress"
