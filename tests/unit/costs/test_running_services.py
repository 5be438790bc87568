"""What runs next to SageMaker's jobs, from AWS's answers as botocore's models have them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from launchpad.costs.price_list import Price, PriceList
from launchpad.costs.running_piece import Running
from launchpad.costs.running_services import running_services
from launchpad.settings import EnvironmentSettings

NOW = datetime(2026, 11, 29, 8, tzinfo=UTC)
USD = {
    "ElasticMapReduce/BoxUsage:m5.xlarge": 0.05,
    "AmazonEC2/BoxUsage:m5.xlarge": 0.2,
    "ElasticMapReduce/Serverless:vCPU-Hours": 0.05,
    "ElasticMapReduce/Serverless:GB-Hours": 0.005,
    "AmazonSageMaker/Studio:ml.t3.medium": 0.05,
    "AmazonSageMaker/MlflowTrackingServer:Small": 0.6,
}
PRICES = PriceList(
    "eu-west-1", {key: Price(usd=usd, unit="hour", date="2026-01-01", source="x") for key, usd in USD.items()}
)
STEP = "dev-boston-housing-spark-20261129-080000-1a2b"
Answers = Mapping[str, list[tuple[str, dict[str, Any]]]]
Look = Callable[[dict[str, Any], Answers], list[Running]]


@pytest.fixture
def look() -> Iterator[Look]:
    """What runs in an environment with these sections, whose AWS gives these answers and no others."""
    with ExitStack() as stack:

        def running(sections: dict[str, Any], answers: Answers) -> list[Running]:
            clients = {}
            for service, calls in answers.items():
                client = boto3.client(service, "eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
                stubber = stack.enter_context(Stubber(client))
                for operation, answer in calls:
                    stubber.add_response(operation, answer)
                stack.callback(stubber.assert_no_pending_responses)
                clients[service] = client
            settings = EnvironmentSettings.model_validate({"name": "dev", "region": "eu-west-1", **sections})
            connection: Any = SimpleNamespace(name="dev", settings=settings, client=clients.__getitem__)
            return list(running_services(connection, PRICES))

        yield running


def outputs(**values: str) -> tuple[str, dict[str, Any]]:
    stack = {
        "StackName": "launchpad-dev-x",
        "CreationTime": NOW,
        "StackStatus": "CREATE_COMPLETE",
        "Outputs": [{"OutputKey": key, "OutputValue": text} for key, text in values.items()],
    }
    return "describe_stacks", {"Stacks": [stack]}


def cluster(state: str) -> tuple[str, dict[str, Any]]:
    status = {"State": state, "Timeline": {"CreationDateTime": NOW}}
    return "describe_cluster", {"Cluster": {"Id": "j-1", "Name": "launchpad-dev-spark", "Status": status}}


GROUPS = {
    "InstanceGroups": [
        {"InstanceType": "m5.xlarge", "RunningInstanceCount": 1},
        {"InstanceType": "m5.xlarge", "RunningInstanceCount": 3},
    ]
}
FOUND = outputs(SparkClusterId="j-1")
SPARK = {"spark": {"certificates": "spark/tls.zip"}}


def test_a_cluster_costs_the_instances_it_has_now_twice(look):
    step = {"Id": "s-1", "Name": STEP, "Status": {"State": "RUNNING", "Timeline": {"CreationDateTime": NOW}}}
    emr = [cluster("RUNNING"), ("list_instance_groups", GROUPS), ("list_steps", {"Steps": [step]})]
    (piece,) = look(SPARK, {"cloudformation": [FOUND, FOUND], "emr": emr})
    assert (piece.kind, piece.status) == ("EMR cluster", "RUNNING")
    assert piece.how == f"1 x m5.xlarge + 3 x m5.xlarge; runs {STEP}"
    assert piece.hourly.usd == pytest.approx(4 * 0.25)


def test_a_waiting_cluster_costs_as_much(look):
    emr = [cluster("WAITING"), ("list_instance_groups", GROUPS), ("list_steps", {"Steps": []})]
    (piece,) = look(SPARK, {"cloudformation": [FOUND, FOUND], "emr": emr})
    assert piece.how.endswith("no step runs")
    assert piece.hourly.usd == pytest.approx(1.0)


def test_a_cluster_that_has_ended_costs_nothing(look):
    assert look(SPARK, {"cloudformation": [FOUND], "emr": [cluster("TERMINATED")]}) == []


def job_run(state: str) -> dict[str, Any]:
    arn = "arn:aws:emr-serverless:eu-west-1:123456789012:/applications/a/jobruns/b"
    run = {"applicationId": "0123456789abcdef", "id": "0123456789abcdee", "name": STEP, "arn": arn, "createdBy": arn}
    run |= {"createdAt": NOW, "updatedAt": NOW, "executionRole": "arn:aws:iam::123456789012:role/r", "state": state}
    return {"jobRuns": [{**run, "stateDetails": "x", "releaseLabel": "emr-7.12.0"}]}


SERVERLESS = outputs(SparkApplicationId="0123456789abcdef")


def test_an_application_with_a_run_costs_its_capacity_at_most(look):
    application = {
        "applicationId": "0123456789abcdef",
        "name": "launchpad-dev",
        "arn": "arn:aws:emr-serverless:eu-west-1:123456789012:/applications/0123456789abcdef",
        "releaseLabel": "emr-7.12.0",
        "type": "SPARK",
        "state": "STARTED",
        "createdAt": NOW,
        "updatedAt": NOW,
        "maximumCapacity": {"cpu": "32 vCPU", "memory": "256 GB"},
    }
    serverless = [("list_job_runs", job_run("RUNNING")), ("get_application", {"application": application})]
    (piece,) = look(
        {"spark_serverless": {}}, {"cloudformation": [SERVERLESS, SERVERLESS], "emr-serverless": serverless}
    )
    assert piece.how == f"runs {STEP}; at most 32 vCPU and 256 GB"
    assert piece.hourly.usd == pytest.approx(32 * 0.05 + 256 * 0.005)


def test_an_application_without_a_run_costs_nothing(look):
    answers = {
        "cloudformation": [SERVERLESS, SERVERLESS],
        "emr-serverless": [("list_job_runs", job_run("SUCCESS"))],
    }
    assert look({"spark_serverless": {}}, answers) == []


def application(kind: str, status: str, instance: str) -> dict[str, Any]:
    owner = {"SpaceName": "ada-lab"} if kind == "JupyterLab" else {"UserProfileName": "ada"}
    resources = {"InstanceType": instance}
    return {**owner, "AppType": kind, "Status": status, "CreationTime": NOW, "ResourceSpec": resources}


def test_applications_of_studio_cost_their_instances(look):
    applications = [
        application("JupyterLab", "InService", "ml.t3.medium"),
        application("JupyterServer", "InService", "system"),
        application("JupyterLab", "Deleted", "ml.t3.medium"),
    ]
    (piece,) = look(
        {"studio": {"users": ["ada"]}},
        {"cloudformation": [outputs(StudioDomainId="d-1")], "sagemaker": [("list_apps", {"Apps": applications})]},
    )
    assert (piece.name, piece.how) == ("ada-lab/JupyterLab", "1 x ml.t3.medium")
    assert piece.hourly.usd == pytest.approx(0.05)


@pytest.mark.parametrize(("active", "names"), [("Active", ["dev-mlflow"]), ("Inactive", [])])
def test_a_tracking_server_costs_while_it_is_started(look, active, names):
    arn = "arn:aws:sagemaker:eu-west-1:123456789012:mlflow-tracking-server/dev-mlflow"
    server = {
        "TrackingServerName": "dev-mlflow",
        "TrackingServerSize": "Small",
        "TrackingServerStatus": "Created",
        "IsActive": active,
        "CreationTime": NOW,
    }
    pieces = look(
        {"tracking": {"size": "Small"}},
        {
            "cloudformation": [outputs(TrackingServerArn=arn)],
            "sagemaker": [("describe_mlflow_tracking_server", server)],
        },
    )
    assert [piece.name for piece in pieces] == names
    assert all(piece.hourly.usd == 0.6 for piece in pieces)


def test_a_section_that_is_not_deployed_yet_runs_nothing(look):
    assert look({"studio": {"users": ["ada"]}}, {"cloudformation": [outputs()]}) == []
