"""An endpoint's history, and the way back to what it served before."""

from __future__ import annotations

import json

import pytest

from tests.end_to_end.conftest import WORKLOAD


@pytest.fixture(scope="module")
def newer(platform, endpoint):
    """A newer job of the workload, which the endpoint serves after the shared one."""
    platform.succeeds("run", WORKLOAD, "--set", "hyperparameters.test-size=0.3", "--token", "newer")
    platform.succeeds("serve", WORKLOAD, "--job", f"local-{WORKLOAD}-newer")
    return f"local-{WORKLOAD}-newer"


@pytest.fixture(scope="module")
def rolled_back(platform, newer):
    """What `launchpad rollback` printed."""
    return platform.succeeds("rollback", WORKLOAD)


def history(platform):
    return json.loads(platform.succeeds("history", WORKLOAD, "--json"))


def test_a_rollback_serves_the_job_before_and_is_in_the_history(platform, job, newer, rolled_back):
    assert f"local-{WORKLOAD} (updated)" in rolled_back
    back, newest, first = history(platform)[:3]
    assert (back["job"], back["by"], back["outcome"]) == (job, "rollback", "current")
    assert (newest["job"], newest["by"], newest["outcome"]) == (newer, "serve", "served")
    assert (first["job"], first["outcome"], back["restores"]) == (job, "served", first["name"])
    assert back["endpoint_config"] == first["endpoint_config"]
    assert round(back["metrics"]["r2"], 2) == 0.63
    described = platform.client("sagemaker").describe_endpoint(EndpointName=f"local-{WORKLOAD}")
    assert described["EndpointConfigName"] == back["endpoint_config"]


def test_the_table_has_one_line_per_change(platform, job, newer, rolled_back):
    lines = platform.succeeds("history", WORKLOAD, "--limit", 2).splitlines()
    assert [line.split()[2] for line in lines if line.lstrip().startswith("20")] == [job, newer]


def test_serve_does_not_return_to_a_job_that_was_rolled_back(platform, newer, rolled_back):
    result = platform("serve", WORKLOAD)
    assert result.returncode == 1
    assert f"rolled back from it to local-{WORKLOAD}-shared" in result.stderr
    assert f"serve it with --job {newer}" in result.stderr


def test_a_model_whose_archive_is_gone_is_made_anew_or_refused(platform, job, newer, rolled_back):
    change = next(change for change in history(platform) if change["job"] == newer)
    s3 = platform.client("s3")
    bucket, _, key = change["model_data"].removeprefix("s3://").partition("/")
    described = platform.client("sagemaker").describe_training_job(TrainingJobName=newer)
    artifact = described["ModelArtifacts"]["S3ModelArtifacts"].removeprefix(f"s3://{bucket}/")
    copy = f"{artifact}.kept"
    s3.copy_object(Bucket=bucket, Key=copy, CopySource={"Bucket": bucket, "Key": artifact})
    for deleted_key in (key, artifact):
        s3.delete_object(Bucket=bucket, Key=deleted_key)
    refused = platform("rollback", WORKLOAD, "--to", newer)
    assert refused.returncode == 1
    assert f"the model of {newer} is gone" in refused.stderr
    s3.copy_object(Bucket=bucket, Key=artifact, CopySource={"Bucket": bucket, "Key": copy})
    assert newer in platform.succeeds("rollback", WORKLOAD, "--to", newer)
    assert s3.head_object(Bucket=bucket, Key=key)["ContentLength"] > 0
