"""What runs now, from SageMaker's answers as botocore's model has them."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber

from launchpad.costs.environment_cost import Total
from launchpad.costs.price_list import Price, PriceList
from launchpad.costs.running import running
from launchpad.costs.running_piece import Running
from launchpad.settings import EnvironmentSettings

NOW = datetime(2026, 11, 29, 8, tzinfo=UTC)
ARN = "arn:aws:sagemaker:eu-west-1:123456789012"
USD = {"Train:ml.m5.large": 0.12, "Host:ml.m5.large": 0.15, "Notebk:ml.t3.medium": 0.06}
PRICES = PriceList(
    "eu-west-1",
    {f"AmazonSageMaker/{key}": Price(usd=usd, unit="hour", date="2026-01-01", source="x") for key, usd in USD.items()},
)
SETTINGS = EnvironmentSettings(name="dev", region="eu-west-1")
JOB, ENDPOINT, NOTEBOOK = "dev-boston-housing-20261129-080000-1a2b", "dev-boston-housing", "dev-team"
NAMED = {"CreationTime": NOW, "LastModifiedTime": NOW}
TRAINING = {"TrainingJobName": JOB, "TrainingJobArn": f"{ARN}:training-job/{JOB}", "TrainingJobStatus": "InProgress"}


def answers(stubber: Stubber) -> None:
    """One training job, one endpoint of two instances and one notebook instance."""
    stubber.add_response("list_training_jobs", {"TrainingJobSummaries": [{**TRAINING, **NAMED}]})
    stubber.add_response("list_processing_jobs", {"ProcessingJobSummaries": []})
    stubber.add_response("list_transform_jobs", {"TransformJobSummaries": []})
    summary = {"EndpointName": ENDPOINT, "EndpointArn": f"{ARN}:endpoint/{ENDPOINT}", "EndpointStatus": "InService"}
    stubber.add_response("list_endpoints", {"Endpoints": [{**summary, **NAMED}]})
    details = {
        **TRAINING,
        "ModelArtifacts": {"S3ModelArtifacts": "s3://x"},
        "SecondaryStatus": "Training",
        "AlgorithmSpecification": {"TrainingInputMode": "File"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 30},
        "StoppingCondition": {},
        "CreationTime": NOW,
        "EnableManagedSpotTraining": True,
    }
    stubber.add_response("describe_training_job", details, {"TrainingJobName": JOB})
    variants = [{"VariantName": "AllTraffic", "CurrentInstanceCount": 3}]
    endpoint = {**summary, **NAMED, "EndpointConfigName": "config", "ProductionVariants": variants}
    stubber.add_response("describe_endpoint", endpoint, {"EndpointName": ENDPOINT})
    config = {"EndpointConfigName": "config", "EndpointConfigArn": f"{ARN}:endpoint-config/config", "CreationTime": NOW}
    served = {"VariantName": "AllTraffic", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    stubber.add_response(
        "describe_endpoint_config", {**config, "ProductionVariants": [served]}, {"EndpointConfigName": "config"}
    )
    notebook = {"NotebookInstanceArn": f"{ARN}:notebook-instance/{NOTEBOOK}", "NotebookInstanceName": NOTEBOOK}
    notebook |= {"NotebookInstanceStatus": "InService", "InstanceType": "ml.t3.medium"}
    stubber.add_response("list_notebook_instances", {"NotebookInstances": [{**notebook, **NAMED}]})
    tags = {"Tags": [{"Key": "launchpad:environment", "Value": "dev"}]}
    stubber.add_response("list_tags", tags, {"ResourceArn": ANY})


@pytest.fixture
def work() -> list[Running]:
    client: Any = boto3.client("sagemaker", "eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stubber:
        answers(stubber)
        connection: Any = SimpleNamespace(name="dev", settings=SETTINGS, client=lambda _service: client)
        pieces = running(connection, PRICES)
        stubber.assert_no_pending_responses()
    return pieces


def test_a_running_job_costs_its_instances_by_the_hour(work):
    assert (work[0].name, work[0].how) == (JOB, "2 x ml.m5.large; spot: usually less")
    assert work[0].hourly.usd == pytest.approx(0.24)


def test_an_endpoint_costs_the_instances_that_it_has_now(work):
    assert (work[1].kind, work[1].how) == ("endpoint", "3 x ml.m5.large")
    assert work[1].hourly.usd == pytest.approx(0.45)


def test_a_started_notebook_instance_is_listed(work):
    assert (work[2].name, work[2].hourly) == (NOTEBOOK, Total(0.06))


def test_few_ended_jobs_are_listed_because_tags_are_a_call_for_each(monkeypatch):
    asked = {}

    def list_work(_: object, workload: None, kinds: tuple[str, ...], limit: int) -> list[Any]:
        asked.update(dict.fromkeys(kinds, limit))
        return []

    monkeypatch.setattr("launchpad.costs.running.list_work", list_work)
    monkeypatch.setattr("launchpad.costs.running._notebooks", lambda *_: [])
    assert running(SimpleNamespace(settings=SETTINGS), PRICES) == []
    assert asked == {"training": 100, "processing": 100, "transform": 100, "endpoint": 1000}
