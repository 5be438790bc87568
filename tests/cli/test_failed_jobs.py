"""What is said of a job that failed or was stopped: the reason once, the exit code, and the command that goes on."""

from __future__ import annotations

from types import SimpleNamespace

import boto3
import pytest

from launchpad.cli.commands import pipeline
from launchpad.cli.failures import short_reason
from launchpad.cli.following import job_failure
from launchpad.platform_client.training_jobs import exit_code, has_checkpoints
from launchpad.platform_client.work.pipeline_runs import Step
from tests.cli.training_jobs import described
from tests.unit.functions import objects_of


@pytest.mark.parametrize(("status", "hints"), [("Failed", 1), ("Stopped", 1), ("Completed", 0)])
def test_a_failed_pipeline_names_the_command_that_resumes_its_job(monkeypatch, status, hints):
    job = {
        "TrainingJobName": "local-a-1",
        "TrainingJobStatus": status,
        "CheckpointConfig": {"S3Uri": "s3://models/a/checkpoints/local-a-1"},
    }
    sagemaker = SimpleNamespace(describe_training_job=lambda **_: job)
    connection = SimpleNamespace(name="local", client=lambda _service: sagemaker)
    monkeypatch.setattr(pipeline, "find", lambda *_: None)
    monkeypatch.setattr(
        pipeline, "steps", lambda *_: [Step("Prepare", "processing", "p"), Step("Train", "training", "local-a-1")]
    )
    monkeypatch.setattr(pipeline, "has_checkpoints", lambda *_: True)
    lines = list(pipeline._resumptions(connection, "arn"))
    assert lines == ["go on from its checkpoints: `launchpad run a --resume local-a-1`"] * hints


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ('AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage "boom"\nCommand "python", exit code: 1', 1),
        ("AlgorithmError: , exit code: 137", 137),
        ("ClientError: Data download failed: no objects", None),
        ("", None),
    ],
)
def test_the_exit_code_is_read_from_the_reason(reason, code):
    assert exit_code({"FailureReason": reason}) == code


def test_a_failed_jobs_message_says_why_and_does_not_repeat_its_log():
    job = described(TrainingJobStatus="Failed", FailureReason="AlgorithmError: boom, exit code: 3")
    assert job_failure(job, ["reading", "ValueError: boom"], "dev").splitlines() == [
        "training job local-a-1 has failed",
        "reason: AlgorithmError: boom, exit code: 3",
        "its log: `launchpad logs local-a-1 --env dev`",
    ]


@pytest.mark.parametrize(
    ("reason", "short"),
    [
        (
            (
                'AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage "raise ValueError("no line")\n'
                ' ValueError: no line"\nCommand "/bin/python -- train.py --mood "x"", exit code: 1'
            ),
            "AlgorithmError: ExecuteUserScriptError: ValueError: no line, exit code: 1",
        ),
        (
            "train: a-1: AlgorithmError: boom (log: /aws/x, streams that begin with a-1/)",
            "train: a-1: AlgorithmError: boom",
        ),
        ("ClientError: no objects", "ClientError: no objects"),
    ],
)
def test_a_reason_says_the_error_once_and_names_no_log_group(reason, short):
    assert short_reason(reason) == short


def test_a_job_that_ran_too_long_differs_from_one_that_was_stopped():
    stopped = described(TrainingJobStatus="Stopped", SecondaryStatus="Stopped")
    late = described(TrainingJobStatus="Stopped", SecondaryStatus="MaxRuntimeExceeded")
    assert job_failure(stopped, [], "local").startswith("training job local-a-1 was stopped\n")
    assert "longer than its `max_runtime_minutes`" in job_failure(late, [], "local")


def test_a_job_with_checkpoints_names_the_command_that_goes_on():
    checkpoints = {"S3Uri": "s3://models/wine/checkpoints/dev-wine-1"}
    job = described(TrainingJobStatus="Failed", CheckpointConfig=checkpoints)
    message = job_failure(job, [], "dev", resumable=True)
    assert message.endswith("`launchpad run wine --resume local-a-1 --env dev`")
    assert "--resume" not in job_failure(job, [], "dev")


@pytest.mark.parametrize(("key", "resumable"), [("wine/checkpoints/dev-wine-1/1.pt", True), ("wine/other", False)])
def test_a_job_can_be_resumed_once_it_wrote_a_checkpoint(key, resumable):
    s3 = boto3.client("s3", "eu-west-1", aws_access_key_id="none", aws_secret_access_key="none")
    objects_of(s3)[f"models/{key}"] = b"1"
    connection = SimpleNamespace(client=lambda _service: s3)
    checkpoints = {"S3Uri": "s3://models/wine/checkpoints/dev-wine-1"}
    assert has_checkpoints(connection, described(CheckpointConfig=checkpoints)) is resumable
    assert not has_checkpoints(connection, described())


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("ValueError: boom", "run the script in this terminal"),
        ("bdb.BdbQuit", "a job has no terminal for the debugger"),
    ],
)
def test_a_failed_local_script_is_sent_to_the_debugger(reason, words):
    output = {"S3OutputPath": "s3://bucket/churn/jobs"}
    job = described(TrainingJobStatus="Failed", FailureReason=reason, OutputDataConfig=output)
    last = job_failure({**job, "HyperParameters": {"sagemaker_program": '"train.py"'}}, [], "local").splitlines()[-1]
    assert words in last
    assert "`launchpad debug churn`" in last
    assert "debug" not in job_failure({**job, "HyperParameters": {}}, [], "local")
    assert "debug" not in job_failure({**job, "HyperParameters": {"sagemaker_program": '"train.py"'}}, [], "dev")
