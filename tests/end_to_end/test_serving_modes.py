"""Models next to each other on one endpoint, and an endpoint with a queue, from the first command to the last."""

from __future__ import annotations

import json
import shutil
from typing import Any

import pytest

from tests.end_to_end.conftest import BYTECODE, ROOT, WORKLOAD, Platform, until

QUEUE = f"{WORKLOAD}-async"
ROW = "0.04,80.0,1.52,0,0.404,7.287,34.1,7.309,2,329,12.6,4.08\n"


def described(platform: Platform) -> dict[str, Any]:
    endpoint: dict[str, Any] = platform.client("sagemaker").describe_endpoint(EndpointName=f"local-{WORKLOAD}")
    return endpoint


@pytest.fixture(scope="module")
def challenged(platform: Platform, endpoint: str, job: str) -> str:
    """What `serve` printed of a second model, which gets a fifth of the requests."""
    return platform.succeeds("serve", WORKLOAD, "--job", job, "--variant", "challenger", "--weight", "0.2")


def test_a_variant_answers_next_to_what_was_served(platform, challenged):
    assert "variant challenger, 20% of the requests" in challenged
    weights = {item["VariantName"]: item["CurrentWeight"] for item in described(platform)["ProductionVariants"]}
    assert weights == {"AllTraffic": pytest.approx(0.8), "challenger": pytest.approx(0.2)}
    answer = platform("predict", WORKLOAD, "--data", "-", "--variant", "challenger", "--inference-id", "one", rows=ROW)
    assert answer.returncode == 0, answer.stderr
    assert "from challenger" in answer.stderr


def test_the_parts_of_an_answer_are_printed(platform, challenged):
    assert json.loads(platform.succeeds("predict", WORKLOAD, "--data", "-", "--stream", rows=ROW))


def test_a_promoted_variant_is_the_only_one(platform, job, challenged):
    assert job in platform.succeeds("serve", WORKLOAD, "--promote", "challenger")
    (variant,) = described(platform)["ProductionVariants"]
    assert variant["VariantName"] == "AllTraffic"
    newest, before = json.loads(platform.succeeds("history", WORKLOAD, "--json"))[:2]
    assert (newest["outcome"], newest["variants"]) == ("current", [])
    assert [item["name"] for item in before["variants"]] == ["AllTraffic", "challenger"]


@pytest.fixture(scope="module")
def queue(platform: Platform) -> str:
    """An asynchronous endpoint, which ends its last instance when nothing waits."""
    source = ROOT / "workloads" / QUEUE
    shutil.copytree(source, platform.checkout.root / "workloads" / QUEUE, ignore=BYTECODE, dirs_exist_ok=True)
    platform.succeeds("run", QUEUE, "--token", "one")
    platform.succeeds("serve", QUEUE)
    return f"local-{QUEUE}"


def test_a_queued_request_is_answered(platform, queue):
    answer = platform("predict", QUEUE, "--data", "-", rows=ROW)
    assert answer.returncode == 0, answer.stderr
    assert f"/{QUEUE}/async/output/" in answer.stderr
    assert json.loads(answer.stdout)


def test_a_stopped_endpoint_leaves_no_target_and_no_alarm(platform, queue):
    scaling, cloudwatch = platform.client("application-autoscaling"), platform.client("cloudwatch")

    def targets() -> list[str]:
        listed = scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
        return [item["ResourceId"] for item in listed if queue in item["ResourceId"]]

    def alarms() -> list[str]:
        prefix = f"launchpad-local-endpoint-{queue}"
        return [item["AlarmName"] for item in cloudwatch.describe_alarms(AlarmNamePrefix=prefix)["MetricAlarms"]]

    until(lambda: targets() and alarms())
    platform.succeeds("stop", queue, "--yes")
    assert (targets(), alarms()) == ([], [])
