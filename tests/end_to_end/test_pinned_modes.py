"""One environment pins endpoints of several modes: CloudFormation creates each, and each answers."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from typing import Any

import pytest

from tests.end_to_end.conftest import LINKED, ROOT, WORKLOAD, Checkout, Platform, linked_checkout, until
from tests.end_to_end.test_promotion import ANSWERS, ROW, answer, artifact

__all__ = ["artifact"]  # a fixture

QUEUE, SERVERLESS, CANARY = (f"{WORKLOAD}-{mode}" for mode in ("async", "serverless", "canary"))
SETTINGS = {"name": "modes", "account": "123456789012", "region": "us-east-1", "retain_data": False}


@dataclass(frozen=True)
class Modes:
    """The environment, and one model as an artifact of each workload."""

    platform: Platform
    checkout: Checkout
    models: dict[str, str]
    key_arn: str

    def deploy(self, pins: dict[str, Any]) -> subprocess.CompletedProcess[str]:
        """Write the config with these pins, and deploy it."""
        endpoints = [
            {"workload": name, "model_data": self.models[name], "model_data_key": self.key_arn, **keys}
            for name, keys in pins.items()
        ]
        config = {**SETTINGS, "allow_serverless": True, "endpoints": endpoints}
        (self.checkout.root / "config" / "modes.yaml").write_text(json.dumps(config))
        return self.checkout.run("deploy", "--env", "modes", "--yes", **self.platform.aws.environment)


@pytest.fixture(scope="module")
def pins(modes: Modes) -> dict[str, Any]:
    """The pins by workload: a shadow, a queue, no instances, and two variants."""
    shadow = {"shadow": {"model_data": modes.models[WORKLOAD], "percent": 50}}
    challenger = {"name": "challenger", "model_data": modes.models[CANARY], "weight": 0.25}
    return {WORKLOAD: shadow, QUEUE: {}, SERVERLESS: {}, CANARY: {"variants": [challenger]}}


@pytest.fixture(scope="module")
def modes(platform: Platform, artifact: str, tmp_path_factory: pytest.TempPathFactory) -> Modes:
    checkout = linked_checkout(tmp_path_factory.mktemp("modes"), {*LINKED} - {"config"})
    root = checkout.root
    (root / "config").mkdir()
    (root / "workloads").mkdir()
    s3, models = platform.client("s3"), {WORKLOAD: artifact}
    bucket, _, key = artifact.removeprefix("s3://").partition("/")
    for name in (WORKLOAD, QUEUE, SERVERLESS, CANARY):
        (root / "workloads" / name).symlink_to(ROOT / "workloads" / name)
        if name != WORKLOAD:  # the same scripts, so that one model fits all
            copied = key.replace(WORKLOAD, name, 1)
            s3.copy_object(Bucket=bucket, Key=copied, CopySource={"Bucket": bucket, "Key": key})
            models[name] = f"s3://{bucket}/{copied}"
    (rule,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    key_arn = rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"]
    return Modes(platform, checkout, models, key_arn)


@pytest.fixture(scope="module")
def deployed(modes: Modes, pins: dict[str, Any]) -> Modes:
    result = modes.deploy(pins)
    assert result.returncode == 0, result.stdout + result.stderr
    return modes


def described(platform: Platform, workload: str) -> dict[str, Any]:
    endpoint: dict[str, Any] = platform.client("sagemaker").describe_endpoint(EndpointName=f"modes-{workload}")
    return endpoint


@pytest.mark.parametrize("workload", [WORKLOAD, SERVERLESS, CANARY])
def test_a_pin_of_each_mode_answers_at_once(platform, deployed, workload):
    assert float(answer(platform, f"modes-{workload}").strip(b"[]\n ")) > 0


def test_each_pin_has_the_variants_of_its_mode(platform, deployed):
    assert [item["VariantName"] for item in described(platform, WORKLOAD)["ShadowProductionVariants"]] == ["Shadow"]
    assert len(described(platform, CANARY)["ProductionVariants"]) == 2
    (variant,) = described(platform, SERVERLESS)["ProductionVariants"]
    assert variant["CurrentServerlessConfig"]["MaxConcurrency"] == 5


def answers_later(platform: Platform, modes: Modes) -> bool:
    """Whether a queued request is answered in the environment's own bucket."""
    s3, bucket = platform.client("s3"), modes.models[QUEUE].removeprefix("s3://").partition("/")[0]
    response = platform.client("sagemaker-runtime").invoke_endpoint_async(
        EndpointName=f"modes-{QUEUE}", **{**ANSWERS, "Body": ROW}
    )
    target, _, key = response["OutputLocation"].removeprefix("s3://").partition("/")

    def written() -> bool:
        return bool(s3.list_objects_v2(Bucket=target, Prefix=key).get("Contents"))

    until(written)
    return bool(target != bucket)


def scaled(platform: Platform) -> list[int]:
    """The smallest number of instances of the queue's scaled variants."""
    targets = platform.client("application-autoscaling").describe_scalable_targets(ServiceNamespace="sagemaker")
    return [item["MinCapacity"] for item in targets["ScalableTargets"] if f"modes-{QUEUE}/" in item["ResourceId"]]


def test_a_pinned_queue_answers_in_s3(platform, deployed):
    assert scaled(platform) == [0]
    assert answers_later(platform, deployed)


def is_at_rest(platform: Platform) -> bool:
    """Whether the queue has no instance again: an endpoint that is being scaled can't be updated, here as on AWS."""
    endpoint = described(platform, QUEUE)
    return (endpoint["EndpointStatus"], endpoint["ProductionVariants"][0]["CurrentInstanceCount"]) == ("InService", 0)


def test_pins_change_their_modes_as_far_as_aws_lets_them(platform, deployed, pins):
    until(lambda: is_at_rest(platform))
    instances = {"mode": "realtime", "instance": {"type": "ml.m5.large"}}
    result = deployed.deploy({**pins, QUEUE: instances, SERVERLESS: instances})
    assert result.returncode == 0, result.stdout + result.stderr
    assert float(answer(platform, f"modes-{QUEUE}").strip(b"[]\n ")) > 0
    assert scaled(platform) == []
    before = described(platform, SERVERLESS)
    assert before["ProductionVariants"][0]["CurrentInstanceCount"] == 1
    result = deployed.deploy(pins)
    assert result.returncode == 1
    assert "real-time inference endpoint to either an on-demand serverless endpoint" in result.stdout + result.stderr
    after = described(platform, SERVERLESS)
    assert (after["EndpointStatus"], after["EndpointConfigName"]) == ("InService", before["EndpointConfigName"])
    assert scaled(platform) == [0]  # the queue is one again
    assert answers_later(platform, deployed)
