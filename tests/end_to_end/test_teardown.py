"""Destroying an environment, and losing the local AWS: on a platform of this file's own, which does not outlive it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from tests.end_to_end.conftest import CACHE, WORKLOAD, Checkout, Platform, add_faulty, share_data
from tests.local_aws.launcher import running_local_aws


@pytest.fixture(scope="module")
def platform(checkout: Checkout) -> Iterator[Platform]:
    """An environment to destroy."""
    with running_local_aws("--cache", str(CACHE), "--stop-grace", "2") as aws:
        platform = Platform(checkout, aws)
        add_faulty(platform)
        platform.succeeds("deploy")
        share_data(platform)
        yield platform


def left_by(platform) -> dict[str, list[str]]:
    """Everything of the environment that AWS would still list."""
    sagemaker, s3, logs = (platform.client(name) for name in ("sagemaker", "s3", "logs"))
    stacks = platform.client("cloudformation").describe_stacks()["Stacks"]
    groups = [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]
    return {
        "stacks": [stack["StackName"] for stack in stacks if stack["StackName"].startswith("launchpad-")],
        "endpoints": [item["EndpointName"] for item in sagemaker.list_endpoints()["Endpoints"]],
        "configurations": [item["EndpointConfigName"] for item in sagemaker.list_endpoint_configs()["EndpointConfigs"]],
        "models": [item["ModelName"] for item in sagemaker.list_models()["Models"]],
        "buckets": [item["Name"] for item in s3.list_buckets()["Buckets"] if item["Name"].startswith("launchpad-")],
        "log groups": [name for name in groups if "local" in name],
        "running jobs": [
            item["TrainingJobName"]
            for item in sagemaker.list_training_jobs(StatusEquals="InProgress")["TrainingJobSummaries"]
        ],
    }


def test_destroying_asks_and_a_wrong_answer_destroys_nothing(platform):
    result = platform("destroy", rows="dev\n")
    assert result.returncode == 1
    assert "'dev' is not 'local'; nothing was destroyed" in result.stderr
    assert left_by(platform)["stacks"]


def test_leaving_data_means_nothing_where_none_is_retained(platform):
    result = platform("destroy", "--yes", "--leave-data")
    assert result.returncode == 1
    assert "doesn't retain its data" in result.stderr


def test_destroy_leaves_nothing_of_what_was_deployed_launched_and_uploaded(platform):
    platform.succeeds("run", WORKLOAD)
    platform.succeeds("serve", WORKLOAD)
    platform.succeeds("run", "slow", "--detach")
    foreign = "local-of-another-team"
    platform.client("sagemaker").create_model(
        ModelName=foreign,
        ExecutionRoleArn="arn:aws:iam::123456789012:role/other",
        PrimaryContainer={"Image": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0"},
    )
    output = platform.succeeds("destroy", "--yes")
    assert f"deleted endpoint local-{WORKLOAD}" in output
    assert "stopped training job local-slow-" in output
    leftovers = left_by(platform)
    assert leftovers.pop("models") == [foreign]
    assert leftovers == {key: [] for key in leftovers}
    assert "is not deployed" in platform.succeeds("status")


def test_a_local_aws_that_is_killed_in_the_middle_is_one_clear_error(platform, checkout):
    platform.succeeds("deploy")
    share_data(platform)
    process = checkout.start("run", "slow", **platform.aws.environment)
    for line in process.stdout:
        if "asleep" in line:
            break
    os.kill(platform.aws.process.pid, signal.SIGKILL)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert output.splitlines()[-1].startswith(f"error: the local AWS at {platform.aws.url} has stopped answering")
    assert "make local" in output
    assert "Traceback" not in output
    assert "the local AWS doesn't answer" in platform("run", WORKLOAD).stderr
