"""A job that was stopped is gone on with by another one; its record has what that one needs."""

from __future__ import annotations

import json

import pytest

from tests.end_to_end.conftest import until
from tests.end_to_end.test_faults import failure

DESCENT = "descent"
STOPPED = "local-descent-stopped"
RESUMED = "local-descent-resumed"


@pytest.fixture(scope="module")
def buckets(platform):
    """The buckets for data and models, with data of the workload in two folders."""
    names = tuple(platform.output("storage", f"{kind}BucketName") for kind in ("Data", "Model"))
    for folder in ("training", "other"):
        key = f"{DESCENT}/{folder}/target.txt"
        platform.client("s3").put_object(Bucket=names[0], Key=key, Body=folder.encode())
    return names


@pytest.fixture(scope="module")
def stopped(platform, buckets):
    """What `launchpad run` printed of a job that was stopped when it had a checkpoint in S3."""
    command = platform.checkout.start(
        "run", DESCENT, "--token", "stopped", "--set", "hyperparameters.steps=20", **platform.aws.environment
    )
    until(lambda: checkpoint(platform, buckets, STOPPED) or command.poll() is not None, 120)
    platform.succeeds("stop", STOPPED, "--yes")
    output, _ = command.communicate(timeout=120)
    return output


@pytest.fixture(scope="module")
def resumed(platform, stopped):
    """What a job printed that goes on from there."""
    return platform.succeeds("run", DESCENT, "--resume", STOPPED, "--token", "resumed")


def checkpoint(platform, buckets, job):
    """The state in a job's checkpoint; None before the first."""
    s3 = platform.client("s3")
    try:
        body = s3.get_object(Bucket=buckets[1], Key=f"{DESCENT}/checkpoints/{job}/state.json")["Body"]
    except s3.exceptions.NoSuchKey:
        return None
    return json.loads(body.read())


def record(platform, buckets, job):
    body = platform.client("s3").get_object(Bucket=buckets[1], Key=f"{DESCENT}/records/{job}.json")["Body"]
    return json.loads(body.read())


def test_a_stopped_job_names_the_command_that_goes_on(stopped):
    assert f"go on from its checkpoints: `launchpad run {DESCENT} --resume {STOPPED}`" in stopped


def test_a_resumed_job_goes_on_from_a_copy_with_the_same_settings(platform, buckets, resumed):
    first = checkpoint(platform, buckets, STOPPED)
    assert f"begins at step {first['step']}" in resumed
    assert 0 < first["step"] < checkpoint(platform, buckets, RESUMED)["step"] == 20


def test_the_record_says_what_a_job_goes_on_from_and_with_which_data(platform, buckets, resumed):
    first, second = (record(platform, buckets, job) for job in (STOPPED, RESUMED))
    assert (first["resumed_from"], second["resumed_from"]) == (None, STOPPED)
    assert second["overrides"] == {"hyperparameters.steps": 20}
    assert first["data"] == second["data"]
    uploaded = platform.client("s3").list_objects_v2(Bucket=buckets[0], Prefix=f"{DESCENT}/training/")
    assert first["data"]["training"]["objects"] == uploaded["KeyCount"]


def test_a_completed_job_is_not_to_be_resumed(platform, resumed):
    message = failure(platform("run", DESCENT, "--resume", RESUMED))
    assert f"resumed_from '{RESUMED}': it has completed; to begin with its model, use `--from {RESUMED}`" in message


def test_another_workloads_job_is_not_to_be_resumed(platform, buckets, job):
    message = failure(platform("run", DESCENT, "--resume", job))
    assert f"resumed_from '{job}': it did not train workload 'descent' in 'local'" in message


def test_a_run_reads_another_folder_and_begins_with_another_model(platform, buckets, resumed):
    prefix = "channels.training.prefix=descent/other"
    short = ("--set", "hyperparameters.steps=1", "--token", "third")
    platform.succeeds("run", DESCENT, "--from", RESUMED, "--set", prefix, *short)
    described = platform.client("sagemaker").describe_training_job(TrainingJobName="local-descent-third")
    sources = {
        channel["ChannelName"]: channel["DataSource"]["S3DataSource"]["S3Uri"]
        for channel in described["InputDataConfig"]
    }
    assert sources["training"] == f"s3://{buckets[0]}/descent/other/"
    assert f"/{RESUMED}/" in sources["model"]
    data = [record(platform, buckets, job)["data"]["training"] for job in (RESUMED, "local-descent-third")]
    assert data[0]["version"] != data[1]["version"]


def test_an_empty_folder_of_a_run_is_refused_before_the_start(platform, buckets):
    message = failure(platform("run", DESCENT, "--set", "channels.training.prefix=descent/nothing"))
    assert f"channel 'training' is empty: put its files into s3://{buckets[0]}/descent/nothing/" in message


def test_the_tags_of_a_job_name_its_code_and_data(platform, buckets, resumed):
    sagemaker = platform.client("sagemaker")
    arn = sagemaker.describe_training_job(TrainingJobName=RESUMED)["TrainingJobArn"]
    tags = {tag["Key"]: tag["Value"] for tag in sagemaker.list_tags(ResourceArn=arn)["Tags"]}
    assert tags["launchpad:code"] == record(platform, buckets, RESUMED)["code"]["training"][:16]
    assert len(tags["launchpad:data"]) == 16
