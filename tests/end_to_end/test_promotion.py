"""A model that was tried out in one environment is promoted to another by a pin in its config, by hand or by command.

The other environment is in the same account here, so that one local AWS shows both sides.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from dataclasses import dataclass
from typing import Any

import pytest

from tests.end_to_end.conftest import LINKED, ROOT, WORKLOAD, Checkout, Platform, linked_checkout, until

ENDPOINT = f"stage-{WORKLOAD}"
ROW = b"0.04,80.0,1.52,0,0.404,7.287,34.1,7.309,2,329,12.6,4.08"
CONFIG = "account: '123456789012'\nregion: us-east-1\nretain_data: false\n"
LOGS = f"/aws/sagemaker/Endpoints/{ENDPOINT}"
CHECKS = (("validate", "--pins", "stage"), ("diff", "HEAD", "--pins", "stage"))
"""What refuses a pin as a deploy does, and changes nothing."""
ANSWERS = {"ContentType": "text/csv", "Accept": "text/csv", "Body": ROW}


@dataclass(frozen=True)
class Stage:
    """The environment that is promoted to, and what its config pins."""

    platform: Platform
    checkout: Checkout
    key_arn: str
    direct: dict[str, Any]
    """The endpoint as it was before the first deploy, when no stack had it."""

    def deploy(self, artifact: str) -> subprocess.CompletedProcess[str]:
        """Pin `artifact` and deploy, as a pull request would."""
        (self.checkout.root / "config" / "stage.yaml").write_text(
            f"name: stage\n{CONFIG}"
            f"endpoints:\n  - workload: {WORKLOAD}\n    model_data: {artifact}\n    model_data_key: {self.key_arn}\n"
        )
        return self.run("deploy", "--env", "stage", "--yes")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command in this environment's checkout."""
        return self.checkout.run(*arguments, **self.platform.aws.environment)

    def served(self) -> dict[str, Any]:
        """The model that the endpoint serves, and the names of all that it is made of."""
        sagemaker = self.platform.client("sagemaker")
        endpoint = sagemaker.describe_endpoint(EndpointName=ENDPOINT)
        config = sagemaker.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
        model = sagemaker.describe_model(ModelName=config["ProductionVariants"][0]["ModelName"])
        return {
            "created": endpoint["CreationTime"],
            "config": config["EndpointConfigName"],
            "model": model["ModelName"],
            "artifact": model["PrimaryContainer"]["ModelDataUrl"],
            "status": endpoint["EndpointStatus"],
        }


@pytest.fixture(scope="module")
def artifact(platform: Platform, endpoint: str) -> str:
    """What the endpoint of the first environment serves."""
    sagemaker = platform.client("sagemaker")
    config = sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointConfigName"]
    (variant,) = sagemaker.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"]
    model = sagemaker.describe_model(ModelName=variant["ModelName"])
    return str(model["PrimaryContainer"]["ModelDataUrl"])


@pytest.fixture(scope="module")
def stage(platform: Platform, artifact: str, endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """The second environment, deployed with the first one's model pinned over an endpoint without a stack."""
    checkout = linked_checkout(tmp_path_factory.mktemp("stage"), {*LINKED} - {"config"})
    root = checkout.root
    (root / "workloads").mkdir()
    (root / "workloads" / WORKLOAD).symlink_to(ROOT / "workloads" / WORKLOAD)
    (root / "config").mkdir()
    bucket = artifact.removeprefix("s3://").partition("/")[0]
    encryption = platform.client("s3").get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]
    key_arn = encryption["Rules"][0]["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"]
    sagemaker = platform.client("sagemaker")
    config = sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointConfigName"]
    sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName=config)
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=ENDPOINT, WaiterConfig={"Delay": 1})
    stage = Stage(platform, checkout, key_arn, sagemaker.describe_endpoint(EndpointName=ENDPOINT))
    result = stage.deploy(artifact)
    assert result.returncode == 0, result.stdout + result.stderr
    return stage


def answer(platform: Platform, endpoint: str) -> bytes:
    runtime = platform.client("sagemaker-runtime")
    return bytes(runtime.invoke_endpoint(EndpointName=endpoint, **ANSWERS)["Body"].read())


def test_the_pinned_endpoints_log_has_its_environments_key_and_retention(stage):
    logs = stage.platform.client("logs")

    def with_a_key():
        (group,) = logs.describe_log_groups(logGroupNamePrefix=LOGS)["logGroups"]
        return group if {"kmsKeyId", "retentionInDays"} <= group.keys() else None

    group = until(with_a_key)  # the function that sets them hears of the endpoint when the deploy may have ended
    assert group["retentionInDays"] == 90
    assert group["kmsKeyId"].startswith("arn:aws:kms:us-east-1:123456789012:key/")
    assert group["kmsKeyId"] != stage.key_arn  # that of the environment before


def test_the_promoted_model_answers_as_it_did_where_it_was_tried_out(platform, stage, endpoint, artifact):
    assert stage.served()["artifact"] == artifact
    assert answer(platform, ENDPOINT) == answer(platform, endpoint)


def test_the_endpoint_that_was_served_directly_is_taken_over(platform, stage):
    assert stage.served()["created"] == stage.direct["CreationTime"]
    assert stage.served()["config"] != stage.direct["EndpointConfigName"]
    summaries = platform.client("cloudformation").list_stack_resources(StackName=f"launchpad-stage-endpoint-{WORKLOAD}")
    assert stage.direct["EndpointArn"] in [
        resource.get("PhysicalResourceId") for resource in summaries["StackResourceSummaries"]
    ]


def test_another_pin_replaces_the_model_of_the_same_endpoint(platform, stage, artifact):
    before = stage.served()
    bucket, _, key = artifact.removeprefix("s3://").partition("/")
    newer = key.replace("/models/", "/models/newer-", 1)
    platform.client("s3").copy_object(Bucket=bucket, Key=newer, CopySource={"Bucket": bucket, "Key": key})
    result = stage.deploy(f"s3://{bucket}/{newer}")
    assert result.returncode == 0, result.stdout + result.stderr
    after = stage.served()
    assert (after["artifact"], after["created"]) == (f"s3://{bucket}/{newer}", before["created"])
    sagemaker = platform.client("sagemaker")
    models = {model["ModelName"] for model in sagemaker.list_models(MaxResults=100)["Models"]}
    configs = {
        item["EndpointConfigName"] for item in sagemaker.list_endpoint_configs(MaxResults=100)["EndpointConfigs"]
    }
    assert (after["model"] in models, before["model"] in models) == (True, False)
    assert (after["config"] in configs, before["config"] in configs) == (True, False)


def test_a_pin_on_a_missing_artifact_leaves_the_endpoint_as_it_was(stage, artifact):
    before = stage.served()
    result = stage.deploy(artifact.replace("/models/", "/models/missing-", 1))
    assert result.returncode == 1
    assert "missing-" in result.stderr, result.stderr
    assert stage.served() == before


@pytest.fixture(scope="module")
def version(platform: Platform, stage: Stage, artifact: str) -> str:
    """An approved version of the first environment's model, which may be promoted to the second."""
    (stage.checkout.root / "config" / "local.yaml").write_text(f"name: local\n{CONFIG}promotes_to: [stage]\n")
    sagemaker, group = platform.client("sagemaker"), f"local-{WORKLOAD}"
    config = sagemaker.describe_endpoint(EndpointName=group)["EndpointConfigName"]
    (variant,) = sagemaker.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"]
    image = sagemaker.describe_model(ModelName=variant["ModelName"])["PrimaryContainer"]["Image"]
    if not sagemaker.list_model_package_groups(NameContains=group)["ModelPackageGroupSummaryList"]:
        sagemaker.create_model_package_group(ModelPackageGroupName=group)
    created = sagemaker.create_model_package(
        ModelPackageGroupName=group,
        ModelApprovalStatus="Approved",
        InferenceSpecification={
            "Containers": [{"Image": image, "ModelDataUrl": artifact}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
        CustomerMetadataProperties={"r2": "0.63"},
    )
    return str(created["ModelPackageArn"])


def promotes(stage: Stage) -> dict[str, Any]:
    result = stage.run("promote", WORKLOAD, "--from", "local", "--to", "stage", "--yes", "--json")
    assert result.returncode == 0, result.stderr
    content: dict[str, Any] = json.loads(result.stdout)
    return content


def pins_a_baseline(stage: Stage, artifact: str) -> str:
    """Put the baseline of a monitored model next to the artifact, and pin it too; return its key."""
    bucket, workload, _, job, *_ = artifact.removeprefix("s3://").split("/")
    key, config = f"{workload}/baselines/{job}/baseline.json", stage.checkout.root / "config" / "stage.yaml"
    stage.platform.client("s3").put_object(Bucket=bucket, Key=key, Body=b"{}")
    lines = f"      baseline:\n        baseline.json: {hashlib.sha256(b'{}').hexdigest()}\n"
    before, sha256, after = config.read_text().partition("      sha256: ")
    config.write_text(f"{before}{lines}{sha256}{after}")
    return key


def test_a_promoted_model_is_copied_and_served_from_the_own_bucket(platform, stage, endpoint, artifact, version):
    before, promoted = stage.served(), promotes(stage)["pin"]["promoted"]
    baseline = pins_a_baseline(stage, artifact)
    result = stage.run("deploy", "--env", "stage", "--yes")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "its SHA-256 is the pinned one" in result.stdout
    after = stage.served()
    bucket, _, key = after["artifact"].removeprefix("s3://").partition("/")
    assert bucket.startswith("launchpad-stage-storage-")
    assert key == artifact.removeprefix("s3://").partition("/")[2]
    copy = platform.client("s3").get_object(Bucket=bucket, Key=key)
    assert hashlib.sha256(copy["Body"].read()).hexdigest() == promoted["sha256"]
    assert copy["SSEKMSKeyId"] != promoted["key"]
    assert platform.client("s3").get_object(Bucket=bucket, Key=baseline)["Body"].read() == b"{}"
    assert after["created"] == before["created"]
    assert answer(platform, ENDPOINT) == answer(platform, endpoint)


def test_a_withdrawn_approval_stops_the_deploy(platform, stage, version):
    before, sagemaker = stage.served(), platform.client("sagemaker")
    checked = stage.run("validate", "--pins", "stage")
    sagemaker.update_model_package(ModelPackageArn=version, ModelApprovalStatus="Rejected")
    results = [stage.run(*words) for words in (*CHECKS, ("deploy", "--env", "stage", "--yes"))]
    sagemaker.update_model_package(ModelPackageArn=version, ModelApprovalStatus="Approved")
    assert [checked.returncode, *(each.returncode for each in results)] == [0, 1, 1, 1]
    assert "the environment has its copy" in checked.stderr
    for result in results:
        assert f"version {version.rpartition('/')[2]} of local-{WORKLOAD} is Rejected" in result.stderr
    assert stage.served() == before


def test_other_bytes_than_the_promoted_ones_are_never_copied(platform, stage, artifact, version):
    before, s3 = stage.served(), platform.client("s3")
    bucket, _, key = before["artifact"].removeprefix("s3://").partition("/")
    source, _, _ = artifact.removeprefix("s3://").partition("/")
    content = s3.get_object(Bucket=source, Key=key)["Body"].read()
    s3.delete_object(Bucket=bucket, Key=key)
    s3.put_object(Bucket=source, Key=key, Body=content + b"more")
    refused = [stage.run(*words) for words in (CHECKS[0], ("deploy", "--env", "stage", "--yes"))]
    s3.delete_object(Bucket=source, Key=key)
    deleted = stage.run(*CHECKS[0])
    s3.put_object(Bucket=source, Key=key, Body=content)
    for result in refused:
        assert result.returncode == 1
        assert "it was overwritten after its promotion" in result.stderr
    assert (deleted.returncode, "can't be read; it was deleted" in deleted.stderr) == (1, True)
    assert s3.list_objects_v2(Bucket=bucket, Prefix=key)["KeyCount"] == 0
    logs = stage.platform.client("logs")
    logs.put_retention_policy(logGroupName=LOGS, retentionInDays=7)  # as an earlier config said
    repaired = stage.run("deploy", "--env", "stage", "--yes")
    assert repaired.returncode == 0, repaired.stdout + repaired.stderr
    assert "its SHA-256 is the pinned one" in repaired.stdout
    assert stage.served() == before
    (group,) = logs.describe_log_groups(logGroupNamePrefix=LOGS)["logGroups"]
    assert group["retentionInDays"] == 90
