"""Managed spot training: interrupted, resumed from its checkpoint, and cheaper by what Describe says."""

from __future__ import annotations

import time

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.conftest import PLAIN
from tests.local_aws.launcher import running_local_aws
from tests.local_aws.plain_jobs import PlainJobs
from tests.local_aws.signed import send

DESCENT = """
    import json, pathlib, time
    checkpoint, state = pathlib.Path("checkpoints/state.json"), {"step": 0, "weight": 0.0}
    if checkpoint.exists():
        state = json.loads(checkpoint.read_text())
    print("begins at", state["step"])
    while state["step"] < 40:
        state = {"step": state["step"] + 1, "weight": state["weight"] - 0.1 * 2 * (state["weight"] - 3)}
        draft = checkpoint.with_suffix(".draft")
        draft.write_text(json.dumps(state))
        draft.replace(checkpoint)
        time.sleep(0.05)
    pathlib.Path("model/weight").write_text(repr(state["weight"]))
"""
PATIENT = {"MaxRuntimeInSeconds": 30, "MaxWaitTimeInSeconds": 60}


def spot(jobs, script=DESCENT, **members):
    checkpoints = {"S3Uri": f"s3://{jobs.bucket}/checkpoints/{time.time_ns()}"}
    defaults = {"EnableManagedSpotTraining": True, "CheckpointConfig": checkpoints, "StoppingCondition": PATIENT}
    return jobs.start(script, **{**defaults, **members})


def post(jobs, path):
    response = send(jobs.aws, "sagemaker", b"", path=f"/_local/{path}")
    return response.status, response.json()


def interrupt(jobs, name, query=""):
    return post(jobs, f"sagemaker/interrupt/{name}{query}")


def statuses(job):
    return [item["Status"] for item in job["SecondaryStatusTransitions"]]


def all_lines(jobs, name):
    logs, group = jobs.aws.client("logs"), "/aws/sagemaker/TrainingJobs"
    streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{name}/")["logStreams"]
    names = sorted(stream["logStreamName"] for stream in streams)
    read = [logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True) for stream in names]
    return [event["message"] for page in read for event in page["events"]]


@pytest.fixture
def resumed(jobs):
    name = spot(jobs)
    jobs.wait(name, "Training")
    time.sleep(1)
    assert interrupt(jobs, name)[0] == 200
    return jobs.wait(name)


def test_an_interrupted_job_resumes_from_its_checkpoint_to_the_same_model(jobs, resumed):
    uninterrupted = jobs.wait(spot(jobs))
    assert resumed["TrainingJobStatus"] == uninterrupted["TrainingJobStatus"] == "Completed"
    models = [jobs.artefact(job["ModelArtifacts"]["S3ModelArtifacts"]) for job in (resumed, uninterrupted)]
    assert models[0] == models[1]
    first, second = [int(line.split()[-1]) for line in all_lines(jobs, resumed["TrainingJobName"])]
    assert first == 0
    assert 0 < second < 40


def test_an_interruption_shows_in_the_secondary_statuses(resumed):
    begin = ["Starting", "Downloading", "Training"]
    assert statuses(resumed) == [*begin, "Interrupted", *begin, "Uploading", "Completed"]


def test_savings_are_what_describe_says(resumed):
    assert resumed["TrainingTimeInSeconds"] >= 2
    savings = 1 - resumed["BillableTimeInSeconds"] / resumed["TrainingTimeInSeconds"]
    assert 0.5 <= savings <= 0.8, "spot instances cost 30 % here, in whole seconds"


def test_an_interrupted_job_can_still_write_its_checkpoint(jobs):
    script = """
        import pathlib, signal, sys, time
        checkpoint = pathlib.Path("checkpoints/last")
        if checkpoint.exists():
            print("found", checkpoint.read_text())
            sys.exit()
        def save(*_):
            checkpoint.write_text("written at the last moment")
            sys.exit(1)
        signal.signal(signal.SIGTERM, save)
        print("ready")
        time.sleep(60)
    """
    name = spot(jobs, script)
    jobs.wait(name, "Training")
    deadline = time.monotonic() + 10
    while "ready" not in all_lines(jobs, name) and time.monotonic() < deadline:
        time.sleep(0.05)
    interrupt(jobs, name)
    assert jobs.wait(name)["TrainingJobStatus"] == "Completed"
    assert "found written at the last moment" in all_lines(jobs, name)


def test_a_job_without_capacity_stops_when_its_wait_is_over(jobs):
    limits = {"MaxRuntimeInSeconds": 2, "MaxWaitTimeInSeconds": 3}
    name = spot(jobs, "import time; time.sleep(1.5)", StoppingCondition=limits)
    jobs.wait(name, "Training")
    assert interrupt(jobs, name, "?capacity_seconds=600")[0] == 200
    assert jobs.wait(name, "Interrupted")["TrainingJobStatus"] == "InProgress"
    job = jobs.wait(name, seconds=6)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxWaitTimeExceeded")


def test_a_job_that_waits_for_capacity_can_be_stopped(jobs):
    name = spot(jobs)
    jobs.wait(name, "Training")
    interrupt(jobs, name, "?capacity_seconds=600")
    jobs.wait(name, "Interrupted")
    jobs.aws.client("sagemaker").stop_training_job(TrainingJobName=name)
    assert jobs.wait(name, seconds=5)["SecondaryStatus"] == "Stopped"


def test_a_later_job_begins_with_the_checkpoints_of_an_earlier_one(jobs):
    checkpoints = {"S3Uri": f"s3://{jobs.bucket}/handed/on", "LocalPath": "/opt/ml/checkpoints/deep"}
    jobs.run("open('checkpoints/deep/step', 'w').write('7')", CheckpointConfig=checkpoints)
    job = jobs.run("print(open('checkpoints/deep/step').read())", CheckpointConfig=checkpoints)
    assert jobs.log_lines(job["TrainingJobName"]) == ["7"]


def test_checkpoints_reach_s3_while_the_job_runs(jobs):
    checkpoints = {"S3Uri": f"s3://{jobs.bucket}/running"}
    name = jobs.start(
        "open('checkpoints/a', 'w').write('1'); import time; time.sleep(60)", CheckpointConfig=checkpoints
    )
    s3, deadline = jobs.aws.client("s3"), time.monotonic() + 10
    while not s3.list_objects_v2(Bucket=jobs.bucket, Prefix="running/").get("Contents"):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert jobs.describe(name)["SecondaryStatus"] == "Training"
    jobs.aws.client("sagemaker").stop_training_job(TrainingJobName=name)
    jobs.wait(name)


def test_only_running_spot_jobs_can_be_interrupted(jobs):
    name = jobs.start("import time; time.sleep(60)")
    jobs.wait(name, "Training")
    status, body = interrupt(jobs, name)
    assert status == 409
    assert "is no managed spot job: set EnableManagedSpotTraining" in body["message"]
    jobs.aws.client("sagemaker").stop_training_job(TrainingJobName=name)
    jobs.wait(name)
    assert interrupt(jobs, "no-such-job")[0] == 404
    assert post(jobs, "sagemaker/explode/everything")[0] == 404
    over = jobs.wait(spot(jobs, "pass"))["TrainingJobName"]
    message = f"Training job {over} has no instances to lose: it is Completed."
    assert interrupt(jobs, over) == (409, {"message": message})


@pytest.mark.parametrize("condition", [{"MaxRuntimeInSeconds": 60}, {**PATIENT, "MaxWaitTimeInSeconds": 5}])
def test_a_spot_job_needs_a_wait_as_long_as_its_run(jobs, condition):
    with pytest.raises(ClientError, match=r"Invalid MaxWaitTimeInSeconds.+must be present and be greater"):
        spot(jobs, "pass", StoppingCondition=condition)


def test_a_server_can_interrupt_every_spot_job_once():
    with running_local_aws(*PLAIN, "--interrupt-spot", "1") as server:
        server.client("s3").create_bucket(Bucket="spot")
        jobs = PlainJobs(server, "spot")
        job = jobs.wait(spot(jobs))
        assert job["TrainingJobStatus"] == "Completed"
        assert statuses(job).count("Interrupted") == 1
