"""Following a run of the pipeline, and a job: what is told, and how often."""

from __future__ import annotations

import pytest

from launchpad.platform_client.executions import news
from launchpad.platform_client.jobs import KINDS, progress


def test_a_state_that_a_run_comes_back_to_is_told_once():
    entered = ["Plan", "Deploy", "Endpoint starting", "Endpoint", "Endpoint starting", "Endpoint", "Done"]
    assert list(news(entered)) == ["Plan", "Deploy", "Endpoint starting", "Endpoint", "Done"]


def test_an_attempt_after_a_wait_for_capacity_is_told_anew():
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
