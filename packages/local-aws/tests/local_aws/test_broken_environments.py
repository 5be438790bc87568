"""A framework whose packages can't be installed is named by the jobs that ask for it, and no other job notices."""

from __future__ import annotations

import time

import pytest

from tests.local_aws.launcher import running_local_aws

IMAGE = """\
kind = "own"
title = "the framework {name}"
repositories = ["launchpad/*/{name}"]
tags = ["*"]
"""
BROKEN = f"six==1.17.0 --hash=sha256:{'0' * 64}\n"
TRAIN = """\
#!/bin/sh
echo learned >"${SAGEMAKER_MODEL:-/opt/ml/model}/weights"
"""


@pytest.fixture(scope="module")
def aws(tmp_path_factory):
    """A local AWS with two images, one of them with a lock that fits no package, and a separate cache."""
    folder = tmp_path_factory.mktemp("images")
    for name, requirements in (("broken", BROKEN), ("whole", "# None.\n")):
        programs = folder / name / "programs"
        programs.mkdir(parents=True)
        (folder / name / "image.toml").write_text(IMAGE.format(name=name))
        (folder / name / "requirements.txt").write_text(requirements)
        (programs / "train").write_text(TRAIN)
        (programs / "train").chmod(0o755)
    cache = tmp_path_factory.mktemp("cache")
    with running_local_aws("--cache", str(cache), "--images", str(folder), "--parallel-jobs", "4") as server:
        server.client("s3").create_bucket(Bucket="work")
        yield server


@pytest.fixture(scope="module")
def jobs(aws):
    """Jobs of both images that were started together, by name, when all have ended."""
    sagemaker, names = aws.client("sagemaker"), ("broken-1", "whole-1", "broken-2", "whole-2")
    for name in names:
        image = f"123456789012.dkr.ecr.us-east-1.amazonaws.com/launchpad/local/{name[:-2]}:1"
        sagemaker.create_training_job(
            TrainingJobName=name,
            AlgorithmSpecification={"TrainingImage": image, "TrainingInputMode": "File"},
            RoleArn="arn:aws:iam::123456789012:role/training",
            OutputDataConfig={"S3OutputPath": "s3://work/jobs"},
            ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
            StoppingCondition={"MaxRuntimeInSeconds": 120},
        )
    return {name: ended(sagemaker, name) for name in names}


def ended(sagemaker, name):
    while (job := sagemaker.describe_training_job(TrainingJobName=name))["TrainingJobStatus"] == "InProgress":
        time.sleep(0.1)
    return job


@pytest.mark.parametrize("name", ["broken-1", "broken-2"])
def test_the_failure_names_the_framework_its_lock_and_uvs_reason(jobs, name):
    assert jobs[name]["TrainingJobStatus"] == "Failed"
    reason = jobs[name]["FailureReason"]
    assert "the environment of the framework broken can't be made from " in reason
    assert "broken/requirements.txt" in reason
    assert "Hash mismatch" in reason


@pytest.mark.parametrize("name", ["whole-1", "whole-2"])
def test_a_job_of_another_framework_at_the_same_time_trains(jobs, name):
    assert jobs[name]["TrainingJobStatus"] == "Completed", jobs[name].get("FailureReason")
