"""What a job of each kind cost, by hand-made prices."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from launchpad.requests.cost import Cost, job_cost

START = datetime(2026, 11, 28, 12, tzinfo=UTC)
TRAIN, GPU = "AmazonSageMaker/Train:ml.m5.large", "AmazonSageMaker/Train:ml.g5.xlarge"
TRAIN_VOLUME = "AmazonSageMaker/Train:VolumeUsage.gp2"
PRICES = {
    TRAIN: 0.5,
    GPU: 2.0,
    TRAIN_VOLUME: 0.73,
    "AmazonSageMaker/WarmPool:ml.m5.large": 0.25,
    "AmazonSageMaker/Processing:ml.m5.large": 0.4,
    "AmazonSageMaker/Processing:VolumeUsage.gp2": 7.3,
    "AmazonSageMaker/Tsform:ml.m5.large": 0.3,
    "ElasticMapReduce/Serverless:vCPU-Hours": 0.05,
    "ElasticMapReduce/Serverless:GB-Hours": 0.006,
    "ElasticMapReduce/Serverless:Storage-GB-Hours": 0.0001,
}


def training(**more: Any) -> dict[str, Any]:
    """One hour of an ml.m5.large."""
    return {
        "TrainingJobStatus": "Completed",
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        "TrainingStartTime": START,
        "TrainingTimeInSeconds": 3600,
        "BillableTimeInSeconds": 3600,
        **more,
    }


def processing(**more: Any) -> dict[str, Any]:
    """Half an hour of two ml.m5.large with 10 GB each."""
    return {
        "ProcessingJobStatus": "Completed",
        "ProcessingResources": {
            "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 10}
        },
        "ProcessingStartTime": START,
        "ProcessingEndTime": START + timedelta(minutes=30),
        **more,
    }


def transform(**more: Any) -> dict[str, Any]:
    """A quarter of an hour of an ml.m5.large."""
    return {
        "TransformJobStatus": "Completed",
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        "TransformStartTime": START,
        "TransformEndTime": START + timedelta(minutes=15),
        **more,
    }


def usd(kind: str, job: dict[str, Any]) -> float | None:
    cost = job_cost(kind, job, PRICES)
    assert cost is not None
    return cost.usd


def test_a_training_job_costs_its_billable_seconds_on_each_instance() -> None:
    resources = {"InstanceType": "ml.m5.large", "InstanceCount": 3}
    assert usd("training", training(BillableTimeInSeconds=1800, ResourceConfig=resources)) == pytest.approx(0.75)


def test_each_group_of_instances_has_its_price() -> None:
    groups = [{"InstanceType": "ml.g5.xlarge", "InstanceCount": 2}, {"InstanceType": "ml.m5.large", "InstanceCount": 1}]
    assert usd("training", training(ResourceConfig={"InstanceGroups": groups})) == pytest.approx(4.5)


def test_spot_saves_what_is_not_billed() -> None:
    cost = job_cost("training", training(BillableTimeInSeconds=1080, EnableManagedSpotTraining=True), PRICES)
    assert cost
    assert (cost.usd, cost.spot_saved_usd) == (pytest.approx(0.15), pytest.approx(0.35))
    assert cost.spot_saved_percent == pytest.approx(70)


def test_a_job_on_demand_saves_nothing_and_says_nothing_of_it() -> None:
    cost = job_cost("training", training(), PRICES)
    assert cost
    assert (cost.spot_saved_usd, cost.spot_saved_percent) == (None, None)


def test_a_volume_is_charged_for_the_whole_time_also_with_spot() -> None:
    resources = {"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 50}
    job = training(ResourceConfig=resources, BillableTimeInSeconds=36, EnableManagedSpotTraining=True)
    assert usd("training", job) == pytest.approx(2 * 0.01 * 0.5 + 2 * 50 * 0.73 / 730)


def test_an_instance_with_local_storage_has_no_volume_to_charge() -> None:
    resources = {"InstanceType": "ml.g5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 50}
    assert usd("training", training(ResourceConfig=resources)) == pytest.approx(2.0)


def test_a_volume_without_a_price_is_named_and_left_out() -> None:
    resources = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 50}
    cost = job_cost("training", training(ResourceConfig=resources), {TRAIN: 0.5})
    assert cost == Cost(0.5, without=(TRAIN_VOLUME,))


def test_an_instance_without_a_price_is_named_and_makes_the_cost_unknown() -> None:
    groups = [{"InstanceType": "ml.g5.xlarge", "InstanceCount": 1}, {"InstanceType": "ml.m5.large", "InstanceCount": 1}]
    job = training(ResourceConfig={"InstanceGroups": groups}, EnableManagedSpotTraining=True)
    cost = job_cost("training", job, {TRAIN: 0.5})
    assert cost
    assert (cost.usd, cost.unknown, cost.spot_saved_usd) == (None, (GPU,), None)


@pytest.mark.parametrize("status", ["Stopped", "Failed"])
def test_a_job_that_was_stopped_or_failed_costs_what_was_billed(status: str) -> None:
    assert usd("training", training(TrainingJobStatus=status, BillableTimeInSeconds=360)) == pytest.approx(0.05)
    assert usd("processing", processing(ProcessingJobStatus=status)) == pytest.approx(0.4 + 2 * 10 * 7.3 / 730 / 2)
    assert usd("transform", transform(TransformJobStatus=status)) == pytest.approx(0.075)


@pytest.mark.parametrize("status", ["Stopped", "Failed"])
def test_a_job_that_got_no_instance_costs_nothing(status: str) -> None:
    never = {"TrainingJobStatus": status, "ResourceConfig": {"InstanceType": "ml.p5.48xlarge", "InstanceCount": 1}}
    assert usd("training", never) == 0
    ended = {**processing(ProcessingJobStatus=status), "ProcessingStartTime": None}
    assert usd("processing", ended) == 0


def test_a_job_whose_time_aws_does_not_report_has_an_unknown_cost() -> None:
    cost = job_cost("training", {**training(), "BillableTimeInSeconds": None}, PRICES)
    assert cost == Cost(unknown=("BillableTimeInSeconds",))
    assert job_cost("transform", {**transform(), "TransformEndTime": None}, PRICES) == Cost(
        unknown=("TransformEndTime",)
    )


def test_what_runs_has_no_cost_yet() -> None:
    assert job_cost("training", training(TrainingJobStatus="InProgress", BillableTimeInSeconds=10), PRICES) is None
    assert job_cost("processing", processing(ProcessingJobStatus="Stopping"), PRICES) is None
    assert job_cost("transform", transform(TransformJobStatus="InProgress"), PRICES) is None
    assert job_cost("spark", {"jobRunId": "1", "state": "RUNNING"}, PRICES) is None


def test_a_warm_pool_adds_what_it_waited_and_says_that_it_waits() -> None:
    pool = {"Status": "Reused", "ResourceRetainedBillableTimeInSeconds": 7200}
    assert usd("training", training(WarmPoolStatus=pool)) == pytest.approx(0.5 + 2 * 0.25)
    waiting = job_cost("training", training(WarmPoolStatus={**pool, "Status": "Available"}), PRICES)
    assert waiting == Cost(1.0, without=("the warm pool from now on",))


def test_spot_saves_nothing_less_than_zero() -> None:
    job = training(EnableManagedSpotTraining=True, BillableTimeInSeconds=3700, TrainingTimeInSeconds=3600)
    assert job_cost("training", job, PRICES).spot_saved_usd is None


def test_spark_on_emr_serverless_costs_what_aws_billed() -> None:
    billed = {"vCPUHour": 2.0, "memoryGBHour": 10.0, "storageGBHour": 100.0}
    run = {"jobRunId": "1", "state": "SUCCESS", "billedResourceUtilization": billed}
    assert usd("spark", run) == pytest.approx(0.1 + 0.06 + 0.01)
    keys = ("ElasticMapReduce/Serverless:ARM-GB-Hours", "ElasticMapReduce/Serverless:ARM-vCPU-Hours")
    assert job_cost("spark", {**run, "architecture": "ARM64"}, PRICES) == Cost(pytest.approx(0.01), keys)
    assert usd("spark", {**run, "architecture": "X86_64"}) == usd("spark", run)
    without = job_cost("spark", {"jobRunId": "1", "state": "FAILED"}, PRICES)
    assert without == Cost(unknown=("billedResourceUtilization",))


def test_a_step_of_a_cluster_has_an_unknown_cost() -> None:
    cost = job_cost("spark", {"Id": "s-1", "Status": {"State": "COMPLETED"}}, PRICES)
    assert cost == Cost(unknown=("a Spark step's share of its cluster",))


def test_a_sum_keeps_what_is_known_and_names_what_is_not() -> None:
    spot = Cost(0.3, spot_saved_usd=0.7, spot_full_usd=1.0)
    total = Cost.together([spot, Cost(2.0), Cost(unknown=("b", "a")), Cost(1.0, without=("v",)), Cost(unknown=("a",))])
    assert total == Cost(3.3, ("a", "b"), ("v",), 0.7, 1.0)
    assert total.usd is None
    assert total.spot_saved_percent == pytest.approx(70)
    assert Cost.together([]) == Cost()
