"""What the pipeline says of a failed stage, and when it tries again."""

from __future__ import annotations

import json

import pytest

from tests.unit.functions import CONTEXT, imported

TRAINING = {"TrainingJobName": "dev-line-1", "TrainingJobStatus": "Failed"}


@pytest.fixture
def answer(tmp_path, monkeypatch):
    """The pipeline function's answer to a failed stage, with two retries allowed."""
    monkeypatch.setenv("CAPACITY_RETRIES", "2")
    with imported(tmp_path, monkeypatch, "pipeline", {}) as module:

        def of(cause, stage="createTrainingJob", error="States.TaskFailed", attempt=0):
            text = cause if isinstance(cause, str) else json.dumps(cause)
            event = {"step": "failure", "stage": stage, "error": error, "cause": text, "attempt": attempt}
            return module.handler(event, CONTEXT)

        yield of


def test_a_failed_job_is_named_with_its_reason_and_its_log(answer):
    told = answer({**TRAINING, "FailureReason": "AlgorithmError: no line"})
    assert told["message"] == "createTrainingJob: dev-line-1: AlgorithmError: no line"
    assert told["log"] == "/aws/sagemaker/TrainingJobs, streams that begin with dev-line-1/"
    assert told["retry"] is False


@pytest.mark.parametrize("kind", ["Processing", "Transform"])
def test_each_kind_of_job_has_its_own_log(answer, kind):
    told = answer({f"{kind}JobName": "job", "FailureReason": "x"})
    assert told["log"] == f"/aws/sagemaker/{kind}Jobs, streams that begin with job/"


def test_a_tuning_jobs_log_is_that_of_its_training_jobs(answer):
    told = answer({"HyperParameterTuningJobName": "dev-line-2", "FailureReason": "all failed"})
    assert told["log"] == "/aws/sagemaker/TrainingJobs, streams of the training jobs of dev-line-2"


def test_a_functions_refusal_is_told_in_its_own_words(answer):
    cause = {"errorMessage": "quality gate: error is 9", "errorType": "RequestError", "stackTrace": []}
    told = answer(cause, stage="register", error="RequestError")
    assert (told["message"], told["log"]) == ("register: quality gate: error is 9", None)


def test_a_failed_spark_step_is_told_with_its_message_and_log_file(answer):
    details = {"Reason": "Unknown Error.", "Message": "no such table", "LogFile": "s3://logs/s-1/stderr.gz"}
    cause = {"Step": {"Id": "s-1", "Name": "dev-line-1", "Status": {"State": "FAILED", "FailureDetails": details}}}
    told = answer(cause, stage="addStep")
    assert told["message"] == "addStep: step dev-line-1: no such table"
    assert told["log"] == "s3://logs/s-1/stderr.gz"


def test_a_failed_serverless_job_run_is_told_with_its_details(answer):
    told = answer({"ApplicationId": "a", "JobRunId": "r1", "StateDetails": "no such table"}, stage="startJobRun")
    assert told["message"] == "startJobRun: job run r1: no such table"


def test_a_cause_that_is_no_json_is_told_as_it_is(answer):
    assert answer("role is not authorized")["message"] == "createTrainingJob: role is not authorized"


@pytest.mark.parametrize("cause", ["", "7", '"text"', "[]"])
def test_a_cause_that_says_nothing_structured_still_gives_a_message(answer, cause):
    assert answer(cause, error="States.Timeout")["message"] == f"createTrainingJob: {cause or 'States.Timeout'}"


@pytest.mark.parametrize(
    ("cause", "error"),
    [
        ({**TRAINING, "FailureReason": "CapacityError: Unable to provision requested ML compute capacity."}, "x"),
        ("The account-level service limit is 0 Instances", "SageMaker.ResourceLimitExceededException"),
        ("Rate exceeded", "SageMaker.ThrottlingException"),
        ({"errorMessage": "An error occurred (ThrottlingException) when calling CreateModel"}, "ClientError"),
    ],
)
def test_what_time_may_mend_is_tried_again(answer, cause, error):
    assert answer(cause, error=error)["retry"] is True


def test_a_script_that_speaks_of_throttling_is_not_run_again(answer):
    assert answer({**TRAINING, "FailureReason": "AlgorithmError: ThrottlingException from a table"})["retry"] is False


def test_the_last_attempt_is_the_last(answer):
    told = [answer("Rate exceeded", error="SageMaker.ThrottlingException", attempt=attempt) for attempt in (0, 1, 2)]
    assert [one["retry"] for one in told] == [True, True, False]
    assert [one["attempt"] for one in told] == [1, 2, 3]
