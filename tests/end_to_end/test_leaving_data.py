"""A whole cycle of an environment that retains its data: destroyed, deployed again, and its data is managed again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.conftest import BYTECODE, CACHE, LINKED, ROOT, WORKLOAD, Platform, linked_checkout
from tests.local_aws.launcher import running_local_aws
from tests.local_aws.pushed_images import push_image

CONTAINER, REPOSITORY = "sklearn-toolkit", "launchpad/local/sklearn-toolkit"
STORAGE = "launchpad-local-storage"
CONFIG = """\
name: local
account: "123456789012"
region: us-east-1
tracking: {size: Small}
"""


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """An environment that retains its data, with one image and a tracking server, deployed."""
    checkout = linked_checkout(
        tmp_path_factory.mktemp("checkout"), [name for name in LINKED if name not in ("config", "containers")]
    )
    for folder in (f"workloads/{WORKLOAD}", f"containers/{CONTAINER}"):
        shutil.copytree(ROOT / folder, checkout.root / folder, ignore=BYTECODE)
    (checkout.root / "config").mkdir()
    (checkout.root / "config" / "local.yaml").write_text(CONFIG)
    images = str(checkout.root / "containers")
    with running_local_aws("--cache", str(CACHE), "--images", images) as aws:
        platform = Platform(checkout, aws)
        platform.succeeds("deploy")
        yield platform


def managed(platform: Platform, stack: str = STORAGE) -> dict[str, str]:
    """The physical ids of a stack's resources by their logical ids, without those that are policies."""
    pages = platform.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
    items = [item for page in pages for item in page["StackResourceSummaries"]]
    return {
        item["LogicalResourceId"]: item["PhysicalResourceId"] for item in items if "Policy" not in item["ResourceType"]
    }


def test_what_was_left_is_taken_back_by_the_next_deploy(platform: Platform):
    storage, s3, ecr = managed(platform), platform.client("s3"), platform.client("ecr")
    (data,) = (name for name in storage.values() if "databucket" in name)
    s3.put_object(Bucket=data, Key="rows.csv", Body=b"1")
    push_image(ecr, REPOSITORY, "kept")

    left = platform.succeeds("destroy", "--yes", "--leave-data")
    assert {name for name in (*storage.values(), REPOSITORY, "local-tracking") if name not in left} == set()
    assert "about 1 USD a month" in left
    assert [name for name in stacks(platform) if name.startswith("launchpad-")] == []

    again = platform.succeeds("deploy")
    assert f"taking back {REPOSITORY}, local-tracking" in again
    assert managed(platform) == storage
    assert s3.get_object(Bucket=data, Key="rows.csv")["Body"].read() == b"1"
    assert REPOSITORY in managed(platform, "launchpad-local-registry").values()
    assert ecr.describe_images(repositoryName=REPOSITORY, imageIds=[{"imageTag": "kept"}])["imageDetails"]


def stacks(platform: Platform) -> list[str]:
    return [stack["StackName"] for stack in platform.client("cloudformation").describe_stacks()["Stacks"]]


def test_a_name_that_cannot_be_taken_back_is_refused_before_the_deploy(platform: Platform):
    """Runs last: it changes the config."""
    config: Path = platform.checkout.root / "config" / "local.yaml"
    config.write_text(CONFIG + "notebooks: [{name: team}]\n")
    platform.client("sagemaker").create_notebook_instance(
        NotebookInstanceName="local-team", InstanceType="ml.t3.medium", RoleArn="arn:aws:iam::123456789012:role/any"
    )
    result = platform("deploy")
    assert result.returncode == 1
    assert "AWS::SageMaker::NotebookInstance local-team: save the work on its volume" in result.stderr
    assert "launchpad-local-notebooks" not in stacks(platform)
