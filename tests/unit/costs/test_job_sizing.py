"""The advice about a job, from what SageMaker describes of it: the time that is paid, and what can't be judged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from launchpad.costs.job_sizing import job_advice
from tests.unit.costs.sizing import PRICES, hosts, only


def test_a_training_job_is_paid_for_its_billable_seconds():
    job = {
        "TrainingJobName": "local-x",
        "TrainingJobStatus": "Completed",
        "ResourceConfig": {"InstanceType": "ml.m5.4xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30},
        "BillableTimeInSeconds": 7200,
    }
    verdict = only(job_advice(job, hosts(CPU=[250], Memory=[20]), PRICES))
    assert (verdict.instance_type, verdict.per, verdict.saving_usd) == ("ml.m5.2xlarge", "run", pytest.approx(0.8))


def test_a_processing_job_is_paid_from_start_to_end():
    start = datetime(2026, 11, 29, 12, tzinfo=UTC)
    job = {
        "ProcessingJobName": "local-x",
        "ProcessingJobStatus": "Completed",
        "ProcessingResources": {
            "ClusterConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30}
        },
        "ProcessingStartTime": start,
        "ProcessingEndTime": start + timedelta(minutes=30),
    }
    prices = {"AmazonSageMaker/Processing:ml.m5.xlarge": 0.2, "AmazonSageMaker/Processing:ml.m5.large": 0.1}
    assert only(job_advice(job, hosts(CPU=[100], Memory=[20]), prices)).saving_usd == pytest.approx(0.05)


@pytest.mark.parametrize("status", ["InProgress", "Failed", "Stopped"])
def test_a_job_that_has_not_completed_may_only_need_more_memory(status):
    resources = {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30}
    job = {"TrainingJobName": "local-x", "TrainingJobStatus": status, "ResourceConfig": resources}
    assert "has not completed" in only(job_advice(job, hosts(CPU=[10], Memory=[1]), PRICES)).numbers
    verdict = only(job_advice(job, hosts(CPU=[10], Memory=[95]), PRICES))
    assert (verdict.instance_type, verdict.per, verdict.saving_usd) == ("ml.m5.2xlarge", "hour", pytest.approx(-0.2))


def test_groups_of_several_types_are_not_judged():
    groups = [{"InstanceType": f"ml.{name}", "InstanceCount": 1} for name in ("m5.large", "g5.xlarge")]
    resources = {"InstanceGroups": groups}
    job = {"TrainingJobName": "local-x", "TrainingJobStatus": "Completed", "ResourceConfig": resources}
    assert "several types" in only(job_advice(job, {}, PRICES)).numbers
