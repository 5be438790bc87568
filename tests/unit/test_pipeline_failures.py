"""What the pipeline says of a failed stage, and when it tries again."""

from __future__ import annotations

import json

import pytest

from tests.unit.functions import CONTEXT, imported

TRAINING = {"TrainingJobName": "dev-line-1", "TrainingJobStatus": "Failed"}


@pytest.fixture
def decide(tmp_path, monkeypatch):
    """The pipeline function's answer to a failed stage, with two retries allowed."""
    monkeypatch.setenv("CAPACITY_RETRIES", "2")
    with imported(tmp_path, monkeypatch, "pipeline", {}) as module:
        abandoned = []
        monkeypatch.setattr(module, "abandon_run", abandoned.append, raising=False)

        def of(cause, stage="createTrainingJob", error="States.TaskFailed", attempt=0, request=None):
            text = cause if isinstance(cause, str) else json.dumps(cause)
            event = {"step": "failure", "stage": stage, "error": error, "cause": text, "attempt": attempt}
            return module.handler({**event, "request": request}, CONTEXT)

        of.abandoned = abandoned
        yield of


def test_a_failed_job_is_named_with_its_reason_and_its_log(decide):
    decision = decide({**TRAINING, "FailureReason": "AlgorithmError: no line"})
    assert decision["message"] == "createTrainingJob: dev-line-1: AlgorithmError: no line"
    assert decision["log"] == "/aws/sagemaker/TrainingJobs, streams that begin with dev-line-1/"
    assert decision["retry"] is False


@pytest.mark.parametrize("kind", ["Processing", "Transform"])
def test_each_kind_of_job_has_its_own_log(decide, kind):
    decision = decide({f"{kind}JobName": "job", "FailureReason": "x"})
    assert decision["log"] == f"/aws/sagemaker/{kind}Jobs, streams that begin with job/"


def test_a_tuning_jobs_log_is_that_of_its_training_jobs(decide):
    decision = decide({"HyperParameterTuningJobName": "dev-line-2", "FailureReason": "all failed"})
    assert decision["log"] == "/aws/sagemaker/TrainingJobs, streams of the training jobs of dev-line-2"


def test_a_functions_refusal_is_reported_in_its_own_words(decide):
    cause = {"errorMessage": "quality gate: error is 9", "errorType": "RequestError", "stackTrace": []}
    decision = decide(cause, stage="register", error="RequestError")
    assert (decision["message"], decision["log"]) == ("register: quality gate: error is 9", None)


def test_a_failed_spark_step_is_reported_with_its_message_and_log_file(decide):
    details = {"Reason": "Unknown Error.", "Message": "no such table", "LogFile": "s3://logs/s-1/stderr.gz"}
    cause = {"Step": {"Id": "s-1", "Name": "dev-line-1", "Status": {"State": "FAILED", "FailureDetails": details}}}
    decision = decide(cause, stage="addStep")
    assert decision["message"] == "addStep: step dev-line-1: no such table"
    assert decision["log"] == "s3://logs/s-1/stderr.gz"


def test_a_failed_serverless_job_run_is_reported_with_its_details(decide):
    decision = decide({"ApplicationId": "a", "JobRunId": "r1", "StateDetails": "no such table"}, stage="startJobRun")
    assert decision["message"] == "startJobRun: job run r1: no such table"


def test_a_cause_that_is_no_json_is_reported_as_it_is(decide):
    assert decide("role is not authorized")["message"] == "createTrainingJob: role is not authorized"


@pytest.mark.parametrize("cause", ["", "7", '"text"', "[]"])
def test_a_cause_that_says_nothing_structured_still_gives_a_message(decide, cause):
    assert decide(cause, error="States.Timeout")["message"] == f"createTrainingJob: {cause or 'States.Timeout'}"


@pytest.mark.parametrize(
    ("cause", "error"),
    [
        ({**TRAINING, "FailureReason": "CapacityError: Unable to provision requested ML compute capacity."}, "x"),
        ("The account-level service limit is 0 Instances", "SageMaker.ResourceLimitExceededException"),
        ("Rate exceeded", "SageMaker.ThrottlingException"),
        ({"errorMessage": "An error occurred (ThrottlingException) when calling CreateModel"}, "ClientError"),
    ],
)
def test_a_failure_that_may_pass_with_time_is_tried_again(decide, cause, error):
    assert decide(cause, error=error)["retry"] is True


def test_a_script_that_speaks_of_throttling_is_not_run_again(decide):
    assert decide({**TRAINING, "FailureReason": "AlgorithmError: ThrottlingException from a table"})["retry"] is False


def test_the_last_attempt_is_the_last(decide):
    decisions = [
        decide("Rate exceeded", error="SageMaker.ThrottlingException", attempt=attempt) for attempt in (0, 1, 2)
    ]
    assert [decision["retry"] for decision in decisions] == [True, True, False]
    assert [decision["attempt"] for decision in decisions] == [1, 2, 3]


ENDPOINT = {"EndpointName": "dev-line", "EndpointStatus": "InService", "EndpointConfigName": "dev-line-1"}


def test_a_failed_endpoint_update_says_what_still_serves(decide):
    cause = {**ENDPOINT, "FailureReason": "ping failed: Throttling of my table"}
    decision = decide(cause, stage="deploy", error="EndpointFailed")
    assert decision["message"] == (
        "deploy: endpoint dev-line: not updated, it still serves dev-line-1: ping failed: Throttling of my table"
    )
    assert decision["log"] == "/aws/sagemaker/Endpoints/dev-line"
    assert decision["retry"] is False


def test_an_endpoint_that_failed_to_start_gives_its_reason(decide):
    cause = {**ENDPOINT, "EndpointStatus": "Failed", "FailureReason": ""}
    assert decide(cause, stage="deploy")["message"] == "deploy: endpoint dev-line: it is Failed"


def test_the_run_of_a_refused_training_ends_with_the_attempt(decide):
    request = {"TrainingJobName": "dev-line-1"}
    decide("limit of 0 instances", error="SageMaker.ResourceLimitExceededException", request=request)
    assert decide.abandoned == [request]


@pytest.mark.parametrize(
    ("cause", "error"),
    [
        ({**TRAINING, "FailureReason": "AlgorithmError: no line"}, "States.TaskFailed"),
        ("Training job names must be unique", "SageMaker.ResourceInUseException"),
    ],
)
def test_the_run_of_a_job_that_exists_is_left_to_it(decide, cause, error):
    decide(cause, error=error, request={"TrainingJobName": "dev-line-1"})
    assert decide.abandoned == []
