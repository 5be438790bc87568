"""Day two: logs with key and retention, drift, what was deleted by mistake, a rotated key."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

import pytest

from tests.end_to_end.conftest import WORKLOAD


@pytest.fixture(scope="module")
def storage(platform):
    """The outputs of the storage stack."""
    (stack,) = platform.client("cloudformation").describe_stacks(StackName="launchpad-local-storage")["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def test_an_endpoints_log_has_the_environments_key_and_retention(platform, endpoint, storage):
    name = f"/aws/sagemaker/Endpoints/{endpoint}"
    (group,) = platform.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    assert group["kmsKeyId"] == storage["KeyArn"]
    assert group["retentionInDays"] == 7


def test_shared_logs_of_jobs_are_left_as_sagemaker_made_them(platform, job):
    groups = platform.client("logs").describe_log_groups(logGroupNamePrefix="/aws/sagemaker/TrainingJobs")["logGroups"]
    assert [(group.get("kmsKeyId"), group.get("retentionInDays")) for group in groups] == [(None, None)]


def test_a_change_of_the_account_is_drift_until_it_is_undone(platform, storage):
    kms = platform.client("kms")
    kms.disable_key_rotation(KeyId=storage["KeyArn"])
    try:
        drifted = platform("drift", "--env", "local", "--no-config", "--json")
    finally:
        kms.enable_key_rotation(KeyId=storage["KeyArn"])
    assert drifted.returncode == 3
    stacks = {stack["name"]: stack for stack in json.loads(drifted.stdout)["stacks"]}
    (resource,) = stacks["launchpad-local-storage"]["resources"]
    assert resource["resource_type"] == "AWS::KMS::Key"
    assert resource["differences"] == [
        {"path": "/EnableKeyRotation", "expected": "true", "actual": "false", "kind": "NOT_EQUAL"}
    ]
    undone = platform("drift", "--env", "local", "--no-config", "--json")
    states = {stack["name"]: stack["status"] for stack in json.loads(undone.stdout)["stacks"]}
    assert states["launchpad-local-storage"] == "IN_SYNC"


def test_deleted_and_overwritten_objects_are_restored(platform, storage):
    s3, bucket = platform.client("s3"), storage["ModelBucketName"]
    for name in ("deleted", "overwritten"):
        s3.put_object(Bucket=bucket, Key=f"restored/{name}", Body=name.encode(), ContentType="text/plain")
    time.sleep(1.1)  # versions have whole seconds
    moment = datetime.now(UTC).isoformat(timespec="seconds")
    time.sleep(1.1)
    s3.delete_object(Bucket=bucket, Key="restored/deleted")
    s3.put_object(Bucket=bucket, Key="restored/overwritten", Body=b"broken")
    s3.put_object(Bucket=bucket, Key="restored/new", Body=b"new")
    options = ("restore", "--env", "local", "--at", moment, "--prefix", "restored/", "--json")
    listed = json.loads(platform.succeeds(*options))["objects"]
    assert [(each["key"], each["happened"]) for each in listed] == [
        ("restored/deleted", "deleted"),
        ("restored/overwritten", "overwritten"),
    ]
    platform.succeeds(*options, "--apply", "--yes")
    restored = [s3.get_object(Bucket=bucket, Key=f"restored/{name}") for name in ("deleted", "overwritten", "new")]
    assert [each["Body"].read() for each in restored] == [b"deleted", b"overwritten", b"new"]
    assert restored[0]["ContentType"] == "text/plain"
    assert restored[0]["SSEKMSKeyId"] == storage["KeyArn"]
    assert json.loads(platform.succeeds(*options))["objects"] == []


def test_a_rotated_key_still_opens_what_it_closed(platform, endpoint, storage):
    kms = platform.client("kms")
    kms.rotate_key_on_demand(KeyId=storage["KeyArn"])
    assert kms.list_key_rotations(KeyId=storage["KeyArn"])["Rotations"][-1]["RotationType"] == "ON_DEMAND"
    platform.succeeds("predict", WORKLOAD, "--env", "local")
