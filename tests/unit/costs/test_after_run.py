"""What a tuning job and the jobs of a pipeline run cost: by SageMaker's answers as botocore's model has them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from launchpad.costs import after_run
from launchpad.costs.after_run import run_costs, tuning_cost, work_cost
from launchpad.costs.wording import cost_line
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.work import Work
from launchpad.platform_client.work.pipeline_runs import Step
from launchpad.requests.cost import Cost

NOW = datetime(2026, 11, 29, 8, tzinfo=UTC)
ARN = "arn:aws:sagemaker:eu-west-1:123456789012:training-job"
PRICES = {"AmazonSageMaker/Train:ml.m5.large": 0.36}


def training(name: str, **more: Any) -> dict[str, Any]:
    return {
        "TrainingJobName": name,
        "TrainingJobArn": f"{ARN}/{name}",
        "TrainingJobStatus": "Completed",
        "SecondaryStatus": "Completed",
        "ModelArtifacts": {"S3ModelArtifacts": "s3://x"},
        "AlgorithmSpecification": {"TrainingInputMode": "File"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        "StoppingCondition": {},
        "CreationTime": NOW,
        "TrainingStartTime": NOW,
        "BillableTimeInSeconds": 100,
        **more,
    }


def work(kind: str, name: str, status: str, description: dict[str, Any]) -> Work:
    return Work(kind, name, "line", status, NOW, None, {"Name": name}, description)


@pytest.fixture
def sagemaker() -> Iterator[Stubber]:
    client = boto3.client("sagemaker", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stubber:
        yield stubber


@pytest.mark.parametrize(
    ("second", "cost"),
    [
        (training("two", BillableTimeInSeconds=200), Cost(pytest.approx(0.03))),
        (
            training("two", TrainingJobStatus="Stopping"),
            Cost(pytest.approx(0.01), unknown=("two, which still runs",)),
        ),
    ],
)
def test_a_tuning_job_costs_what_all_its_training_jobs_do(sagemaker, second, cost):
    first = training("one")
    members = ("TrainingJobName", "TrainingJobArn", "CreationTime", "TrainingJobStatus")
    summaries = [{**{member: job[member] for member in members}, "TunedHyperParameters": {}} for job in (first, second)]
    operation = "list_training_jobs_for_hyper_parameter_tuning_job"
    asked = {"HyperParameterTuningJobName": "tuning"}
    sagemaker.add_response(operation, {"TrainingJobSummaries": summaries[:1], "NextToken": "more"}, asked)
    sagemaker.add_response(operation, {"TrainingJobSummaries": summaries[1:]}, {**asked, "NextToken": "more"})
    sagemaker.add_response("describe_training_job", first, {"TrainingJobName": "one"})
    sagemaker.add_response("describe_training_job", second, {"TrainingJobName": "two"})
    connection = SimpleNamespace(client=lambda *_, **__: sagemaker.client)
    assert tuning_cost(connection, "tuning", PRICES) == cost


def test_a_cost_that_can_not_be_read_is_unknown_and_no_error(sagemaker):
    operation = "list_training_jobs_for_hyper_parameter_tuning_job"
    sagemaker.add_client_error(operation, "AccessDeniedException")
    connection = SimpleNamespace(client=lambda *_, **__: sagemaker.client)
    unknown = "ListTrainingJobsForHyperParameterTuningJob answers AccessDeniedException"
    assert tuning_cost(connection, "tuning", PRICES) == Cost(unknown=(unknown,))
    assert cost_line(Cost(unknown=(unknown,))) == f"unknown ({unknown})"


def test_what_runs_costs_nothing_yet_and_is_not_looked_up():
    assert work_cost(SimpleNamespace(), work("tuning", "t", "InProgress", {}), PRICES) is None


def test_a_pipeline_run_has_the_cost_of_each_job_that_was_created(monkeypatch):
    states = [Step("Train", "training", "one"), Step("Spark", "spark", "two"), Step("Evaluate", "processing", "three")]
    created = {
        "one": work("training", "one", "Completed", training("one")),
        "two": work("spark", "two", "COMPLETED", {"Id": "s-1", "Status": {"State": "COMPLETED"}}),
    }

    def find(_: object, name: str, kind: str) -> Work:
        if name not in created:
            raise LaunchpadError(f"no {kind} {name}")
        return created[name]

    monkeypatch.setattr(after_run, "steps", lambda *_: states)
    monkeypatch.setattr(after_run, "find", find)
    costs = {step.state: cost for step, cost in run_costs(SimpleNamespace(), created["one"], PRICES)}
    assert costs == {
        "Train": Cost(pytest.approx(0.01)),
        "Spark": Cost(unknown=("a Spark step's share of its cluster",)),
    }
