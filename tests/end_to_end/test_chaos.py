"""`launchpad chaos interrupt`: a spot training is interrupted, and goes on from its checkpoint."""

from __future__ import annotations

import io
import re
import tarfile
import time

import pytest

from tests.end_to_end.test_jobs import data_bucket  # noqa: F401 -- a fixture

DESCENT = "descent"


@pytest.fixture
def running(platform, data_bucket):  # noqa: F811
    """A spot training that has written checkpoints."""
    platform.client("s3").put_object(Bucket=data_bucket, Key=f"{DESCENT}/training/any.txt", Body=b"any")
    output = platform.succeeds("run", DESCENT, "--detach")
    job = re.search(r"local-descent-[0-9a-z-]+", output).group()
    deadline = time.monotonic() + 60
    while "begins at step" not in platform("logs", job).stdout:
        assert time.monotonic() < deadline, platform("logs", job).stdout
        time.sleep(0.1)
    time.sleep(0.5)
    return job


def weight(platform, job):
    described = platform.client("sagemaker").describe_training_job(TrainingJobName=job)
    bucket, _, key = described["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://").partition("/")
    packed = platform.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        return archive.extractfile("weight").read()


def test_an_interrupted_training_ends_with_the_same_model(platform, running):
    assert "is interrupted" in platform.succeeds("chaos", "interrupt", running)
    followed = platform.succeeds("logs", running, "--follow")
    first_steps = [int(step) for step in re.findall(r"begins at step (\d+)", followed)]
    assert first_steps[0] == 0
    assert 0 < first_steps[1] < 60
    expected = 0.0
    for _ in range(60):
        expected -= 0.2 * (expected - 3)
    assert weight(platform, running) == repr(expected).encode()


def test_a_job_that_is_not_there_can_not_be_interrupted(platform):
    result = platform("chaos", "interrupt", "local-nothing-at-all")
    assert result.returncode == 1
    assert "local-nothing-at-all" in result.stderr
    assert "launchpad status" in result.stderr
