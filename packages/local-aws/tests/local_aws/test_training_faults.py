"""A training job that goes wrong ends as on SageMaker, and says why in SageMaker's words."""

from __future__ import annotations

import time

import pytest
from botocore.exceptions import ClientError

PATIENT = """
    import signal, sys, time
    def leave(*_):
        print("asked to stop", flush=True)
        open("model/checkpoint", "w").write("so far")
        sys.exit(0)
    signal.signal(signal.SIGTERM, leave)
    print("running", flush=True)
    time.sleep(60)
"""
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('no', flush=True); time.sleep(99)"


def wait_for_line(jobs, name, line):
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if jobs.describe(name)["SecondaryStatus"] == "Training" and line in jobs.log_lines(name):
            return
        time.sleep(0.05)
    raise AssertionError(f"{line!r} never came")


def test_a_script_that_raises_fails_the_job_with_its_failure_file(jobs):
    job = jobs.run("open('output/failure', 'w').write('ValueError: no rows'); raise ValueError('no rows')")
    assert job["TrainingJobStatus"] == job["SecondaryStatus"] == "Failed"
    assert job["FailureReason"] == "AlgorithmError: ValueError: no rows, exit code: 1"
    assert job["SecondaryStatusTransitions"][-1]["StatusMessage"] == job["FailureReason"]
    assert jobs.log_lines(job["TrainingJobName"])[-1] == "ValueError: no rows"


def test_the_artifact_of_a_failed_job_is_kept(jobs):
    job = jobs.run("open('model/half', 'w').write('half'); raise SystemExit(3)")
    assert job["FailureReason"] == "AlgorithmError: , exit code: 3"
    assert jobs.artefact(f"s3://{jobs.bucket}/output/{job['TrainingJobName']}/output/model.tar.gz") == {"half": b"half"}


def test_a_long_failure_file_is_cut_as_sagemaker_cuts_it(jobs):
    job = jobs.run("open('output/failure', 'w').write('x' * 5000); raise SystemExit(1)")
    assert job["FailureReason"] == f"AlgorithmError: {'x' * 1024}, exit code: 1"


def test_a_script_killed_by_a_signal_fails_with_the_containers_exit_code(jobs):
    job = jobs.run("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    assert (
        job["FailureReason"]
        == "AlgorithmError: The program was killed by SIGKILL: was this machine out of memory?, exit code: 137"
    )


def test_the_time_limit_ends_the_program_and_keeps_its_artifact(jobs):
    job = jobs.run(PATIENT, StoppingCondition={"MaxRuntimeInSeconds": 1})
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")
    assert "FailureReason" not in job
    assert jobs.artefact(job["ModelArtifacts"]["S3ModelArtifacts"]) == {"checkpoint": b"so far"}
    assert jobs.log_lines(job["TrainingJobName"]) == ["running", "asked to stop"]


def test_stop_asks_the_program_and_keeps_its_artifact(jobs):
    name = jobs.start(PATIENT)
    wait_for_line(jobs, name, "running")
    jobs.aws.client("sagemaker").stop_training_job(TrainingJobName=name)
    assert jobs.describe(name)["TrainingJobStatus"] in ("Stopping", "Stopped")
    job = jobs.wait(name)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert jobs.artefact(job["ModelArtifacts"]["S3ModelArtifacts"]) == {"checkpoint": b"so far"}


def test_a_program_that_will_not_stop_is_killed_after_the_grace_time(jobs):
    name = jobs.start(STUBBORN)
    wait_for_line(jobs, name, "no")
    start = time.monotonic()
    jobs.aws.client("sagemaker").stop_training_job(TrainingJobName=name)
    assert jobs.wait(name)["TrainingJobStatus"] == "Stopped", "the program sleeps longer than this waits"
    assert time.monotonic() - start > 0.9, "the tests' server has a grace time of one second"


def test_a_job_that_is_stopping_goes_on_to_nothing_but_its_upload(jobs):
    jobs.put("large/zeros", bytes(150_000_000))
    name = jobs.start("import time; time.sleep(60)", InputDataConfig=[jobs.channel("large", "large/")])
    while jobs.describe(name)["SecondaryStatus"] != "Downloading":
        time.sleep(0.01)
    jobs.aws.client("sagemaker").stop_training_job(TrainingJobName=name)
    statuses = [transition["Status"] for transition in jobs.wait(name)["SecondaryStatusTransitions"]]
    assert set(statuses[statuses.index("Stopping") + 1 :]) <= {"Uploading", "Stopped"}, statuses


def test_a_queued_job_stops_without_having_run(jobs):
    blockers = [jobs.start("import time; time.sleep(60)") for _ in range(8)]  # 4 run, 4 are ready
    queued = jobs.start("print('never')")
    sagemaker = jobs.aws.client("sagemaker")
    try:
        assert jobs.describe(queued)["SecondaryStatus"] == "Starting"
        sagemaker.stop_training_job(TrainingJobName=queued)
        job = jobs.wait(queued, seconds=2)
        assert job["TrainingJobStatus"] == "Stopped"
        assert "TrainingStartTime" not in job
    finally:
        for name in blockers:
            sagemaker.stop_training_job(TrainingJobName=name)
        for name in blockers:
            jobs.wait(name)


def test_a_job_that_is_over_cannot_be_stopped(jobs):
    name = jobs.run()["TrainingJobName"]
    with pytest.raises(ClientError, match="The request was rejected because the training job is in status Completed"):
        jobs.aws.client("sagemaker").stop_training_job(TrainingJobName=name)


def test_a_channel_without_data_is_refused_as_sagemaker_refuses_it(jobs):
    request = jobs.request("pass")
    request["InputDataConfig"].append(jobs.channel("training", "no/such/prefix"))
    with pytest.raises(ClientError) as caught:
        jobs.aws.client("sagemaker").create_training_job(**request)
    error = caught.value.response["Error"]
    assert error["Code"] == "ValidationException"
    assert error["Message"].startswith(f'No S3 objects found under S3 URL "s3://{jobs.bucket}/no/such/prefix"')


def test_data_that_vanishes_while_a_job_waits_is_a_client_error(jobs):
    blockers = [jobs.start("import time; time.sleep(60)") for _ in range(4)]
    jobs.put("vanishing/a.csv", "1")
    request = jobs.request("pass")
    request["InputDataConfig"].append(jobs.channel("training", "vanishing/"))
    sagemaker = jobs.aws.client("sagemaker")
    sagemaker.create_training_job(**request)
    jobs.aws.client("s3").delete_object(Bucket=jobs.bucket, Key="vanishing/a.csv")
    for name in blockers:
        sagemaker.stop_training_job(TrainingJobName=name)
    job = jobs.wait(request["TrainingJobName"])
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: Data download failed:No S3 objects found")


def test_an_output_bucket_that_does_not_exist_fails_the_job(jobs):
    job = jobs.run("pass", OutputDataConfig={"S3OutputPath": "s3://no-such-bucket-anywhere/output"})
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: Artifact upload failed:")


def test_an_image_that_cannot_run_fails_the_job_with_the_remedy(jobs):
    image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/missing:1"
    job = jobs.run("pass", AlgorithmSpecification={"TrainingImage": image, "TrainingInputMode": "File"})
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith(f"ClientError: No such image: {image}. Write")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"CheckpointConfig": {"S3Uri": "s3://any/where", "LocalPath": "/var/here"}}, "CheckpointConfig.LocalPath"),
        ({"AlgorithmSpecification": {"AlgorithmName": "mine", "TrainingInputMode": "File"}}, "TrainingImage"),
    ],
)
def test_what_cannot_be_run_as_asked_is_refused_and_says_what_to_write(jobs, change, message):
    with pytest.raises(ClientError, match=message) as caught:
        jobs.aws.client("sagemaker").create_training_job(**{**jobs.request("pass"), **change})
    assert caught.value.response["Error"]["Code"] == "NotImplementedException"


def test_a_metric_whose_regex_is_broken_is_refused(jobs):
    request = jobs.request("pass")
    request["AlgorithmSpecification"]["MetricDefinitions"] = [{"Name": "loss", "Regex": "loss=(["}]
    with pytest.raises(ClientError, match="The regex of metric loss in MetricDefinitions"):
        jobs.aws.client("sagemaker").create_training_job(**request)
