"""A model that was tried out in one environment is promoted to another by a line in its config: a pinned endpoint.

The other environment is in the same account here, so that one local AWS shows both sides.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.conftest import LINKED, ROOT, WORKLOAD, Checkout, Platform

ENDPOINT = f"stage-{WORKLOAD}"
ROW = b"0.04,80.0,1.52,0,0.404,7.287,34.1,7.309,2,329,12.6,4.08"
ANSWERS = {"ContentType": "text/csv", "Accept": "text/csv", "Body": ROW}


@dataclass(frozen=True)
class Stage:
    """The environment that is promoted to, and what its config pins."""

    platform: Platform
    checkout: Checkout
    key_arn: str

    def deploy(self, artefact: str, environment: str = "stage") -> subprocess.CompletedProcess[str]:
        """Pin `artefact` and deploy, as a pull request would."""
        (self.checkout.root / "config" / f"{environment}.yaml").write_text(
            f"name: {environment}\naccount: '123456789012'\nregion: us-east-1\nretain_data: false\n"
            f"endpoints:\n  - workload: {WORKLOAD}\n    model_data: {artefact}\n    model_data_key: {self.key_arn}\n"
        )
        return subprocess.run(
            self.checkout.command("deploy", "--env", environment, "--yes"),
            env=self.checkout.variables(**self.platform.aws.environment),
            cwd=self.checkout.root,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

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
            "artefact": model["PrimaryContainer"]["ModelDataUrl"],
            "status": endpoint["EndpointStatus"],
        }


@pytest.fixture(scope="module")
def artefact(platform: Platform, endpoint: str) -> str:
    """What the endpoint of the first environment serves."""
    sagemaker = platform.client("sagemaker")
    config = sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointConfigName"]
    (variant,) = sagemaker.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"]
    model = sagemaker.describe_model(ModelName=variant["ModelName"])
    return str(model["PrimaryContainer"]["ModelDataUrl"])


@pytest.fixture(scope="module")
def stage(platform: Platform, artefact: str, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """The second environment, deployed with the first one's model pinned."""
    root: Path = tmp_path_factory.mktemp("stage")
    for name in LINKED:
        if name != "config" and (ROOT / name).exists():
            (root / name).symlink_to(ROOT / name)
    (root / "workloads").mkdir()
    (root / "workloads" / WORKLOAD).symlink_to(ROOT / "workloads" / WORKLOAD)
    (root / "config").mkdir()
    bucket = artefact.removeprefix("s3://").partition("/")[0]
    encryption = platform.client("s3").get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]
    key_arn = encryption["Rules"][0]["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"]
    stage = Stage(platform, Checkout(root), key_arn)
    result = stage.deploy(artefact)
    assert result.returncode == 0, result.stdout + result.stderr
    return stage


def answer(platform: Platform, endpoint: str) -> bytes:
    runtime = platform.client("sagemaker-runtime")
    return bytes(runtime.invoke_endpoint(EndpointName=endpoint, **ANSWERS)["Body"].read())


def test_the_pinned_endpoints_log_has_its_environments_key_and_retention(stage):
    name = f"/aws/sagemaker/Endpoints/{ENDPOINT}"
    (group,) = stage.platform.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    assert group["retentionInDays"] == 90
    assert group["kmsKeyId"].startswith("arn:aws:kms:us-east-1:123456789012:key/")
    assert group["kmsKeyId"] != stage.key_arn  # that of the environment before


def test_the_promoted_model_answers_as_it_did_where_it_was_tried_out(platform, stage, endpoint, artefact):
    assert stage.served()["artefact"] == artefact
    assert answer(platform, ENDPOINT) == answer(platform, endpoint)


def test_an_endpoint_outside_of_its_stack_stops_a_deploy_at_once(platform, stage, endpoint, artefact):
    sagemaker, name = platform.client("sagemaker"), f"other-{WORKLOAD}"
    config = sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointConfigName"]
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config)
    try:
        result = stage.deploy(artefact, "other")
        assert result.returncode == 1
        assert f"`launchpad stop {name} --env other`, then deploy" in " ".join(result.stderr.split())
        stacks = platform.client("cloudformation").describe_stacks()["Stacks"]
        assert not [stack for stack in stacks if stack["StackName"].startswith("launchpad-other-")]
    finally:
        sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=name, WaiterConfig={"Delay": 1})
        sagemaker.delete_endpoint(EndpointName=name)


def test_another_pin_replaces_the_model_of_the_same_endpoint(platform, stage, artefact):
    before = stage.served()
    bucket, _, key = artefact.removeprefix("s3://").partition("/")
    newer = key.replace("/models/", "/models/newer-", 1)
    platform.client("s3").copy_object(Bucket=bucket, Key=newer, CopySource={"Bucket": bucket, "Key": key})
    result = stage.deploy(f"s3://{bucket}/{newer}")
    assert result.returncode == 0, result.stdout + result.stderr
    after = stage.served()
    assert (after["artefact"], after["created"]) == (f"s3://{bucket}/{newer}", before["created"])
    sagemaker = platform.client("sagemaker")
    models = {model["ModelName"] for model in sagemaker.list_models(MaxResults=100)["Models"]}
    configs = {
        item["EndpointConfigName"] for item in sagemaker.list_endpoint_configs(MaxResults=100)["EndpointConfigs"]
    }
    assert (after["model"] in models, before["model"] in models) == (True, False)
    assert (after["config"] in configs, before["config"] in configs) == (True, False)


def test_a_pin_on_a_missing_artifact_leaves_the_endpoint_as_it_was(stage, artefact):
    before = stage.served()
    result = stage.deploy(artefact.replace("/models/", "/models/missing-", 1))
    assert result.returncode == 1
    assert "missing-" in result.stderr, result.stderr
    assert stage.served() == before
    result = stage.deploy(artefact)
    assert result.returncode == 0, result.stdout + result.stderr
    assert (stage.served()["artefact"], stage.served()["status"]) == (artefact, "InService")
