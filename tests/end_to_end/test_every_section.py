"""An environment with every section of the config deploys, updates and goes again on the local AWS, and leaves nothing.

The endpoint's container is a plain one, because only the stacks are proven here; `test_demo.py` serves a real model.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aws_cdk as cdk
import pytest

from launchpad.costs.price_list import load_price_list
from launchpad.costs.running import running
from launchpad.doctor.billing import ENVIRONMENT, WORKLOAD, cost_allocation_tags
from launchpad.doctor.deployment import Deployment
from launchpad.platform_client.connection import Connection
from launchpad.settings import EnvironmentSettings
from stacks.platform import Platform, feature_flags
from tests.end_to_end.account_contents import LEFT_ON_AWS, LISTS, PROMOTED, everything, promote
from tests.end_to_end.conftest import until
from tests.local_aws import cdk as cli
from tests.local_aws.conftest import PLAIN
from tests.local_aws.launcher import FAST_SERVICES, LocalAws, running_local_aws

NAME = "full"
COUNTED = (ENVIRONMENT, WORKLOAD)
SECTIONS: dict[str, Any] = {
    "name": NAME,
    "region": "us-east-1",
    "account": "123456789012",
    "retain_data": False,
    "log_retention_days": 30,
    "network": {"nat": True, "interface_endpoints": True},
    "notebooks": [{"name": "team", "volume_gb": 300, "docker": True, "repository": "https://example.com/models.git"}],
    "spark": {"certificates": "spark/tls.zip", "minimum_units": 2, "maximum_units": 4, "idle_minutes": 10_000},
    "studio": {"users": ["ada", "grace"]},
    "tracking": {"size": "Small"},
    "endpoints": [
        {
            "workload": "boston-housing",
            "model_data": f"s3://promoted/{PROMOTED}",
            "minimum_instances": 2,
            "maximum_instances": 4,
        }
    ],
    "alarms": {"email": "on-call@example.com"},
    "github": {"repository": "example/platform"},
    "budget": {"monthly_usd": 5000},
    "anomaly_detection": {"min_impact_usd": 50},
    "audit": {},
    "housekeeping": {"stop": ["notebooks", "studio", "emr", "mlflow"]},
    "tags": {"cost-center": "science"},
}
CHANGES: dict[str, Any] = {
    "log_retention_days": 60,
    "notebooks": [{**SECTIONS["notebooks"][0], "volume_gb": 400}],
    "tracking": {"size": "Medium"},
    "budget": {"monthly_usd": 6000},
    "anomaly_detection": {"min_impact_usd": 60},
    "github": {"repository": "example/another"},
    "tags": {"cost-center": "research"},
}


@pytest.fixture(scope="module")
def aws(home):
    with running_local_aws(*PLAIN, environment=FAST_SERVICES) as server:
        cli.cdk(server, home, "bootstrap", "aws://123456789012/us-east-1")
        yield server


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def first(home):
    return synthesized(home / "first", SECTIONS)


@pytest.fixture(scope="module")
def second(home):
    return synthesized(home / "second", {**SECTIONS, **CHANGES})


def synthesized(folder: Path, settings: dict[str, Any]) -> Path:
    app = cdk.App(context=feature_flags(), outdir=str(folder))
    Platform(app, EnvironmentSettings.model_validate(settings))
    app.synth()
    return folder / f"assembly-{settings['name']}"


def test_every_section_deploys_updates_and_leaves_nothing(aws, home, first, second):
    promote(aws)
    before = everything(aws)
    cli.deploy(aws, home, first)
    deployed = everything(aws)
    empty = {kind for kind in LISTS if deployed[kind] == before[kind]}
    assert empty <= {
        "applications",
        "code repositories",
        "file systems",
        "policies",
        "repositories",
        "schedules",
        "aliases",
    }
    assert _notebook(aws)["VolumeSizeInGB"] == 300
    cli.deploy(aws, home, second)
    assert _notebook(aws)["VolumeSizeInGB"] == 400
    assert _notebook(aws)["NotebookInstanceStatus"] == "InService"
    server = aws.client("sagemaker").describe_mlflow_tracking_server(TrackingServerName=f"{NAME}-tracking")
    assert server["TrackingServerSize"] == "Medium"
    # The group of the pinned endpoint follows with the endpoint's next event (docs/operations.md).
    days = {group["retentionInDays"] for group in _log_groups(aws) if "/Endpoints/" not in group["logGroupName"]}
    assert days == {60}
    assert {"Key": "cost-center", "Value": "research"} in _tags(aws)
    assert _running(aws) == {
        "endpoint": "2 x ml.m5.large",
        "notebook instance": "1 x ml.t3.medium",
        "EMR cluster": "1 x m5.xlarge + 2 x m5.xlarge; no step runs",
        "MLflow tracking server": "Medium",
    }
    assert _tags_on_the_bill(aws) == ["warning"] * 3
    activation = [{"TagKey": key, "Status": "Active"} for key in (*COUNTED, "cost-center")]
    assert aws.client("ce").update_cost_allocation_tags_status(CostAllocationTagsStatus=activation)["Errors"] == []
    assert _tags_on_the_bill(aws) == ["ok"]
    _report_and_stop_what_is_idle(aws)
    cli.cdk(aws, home, "destroy", "--all", "--force", "--app", str(second))
    after = everything(aws)
    leftovers = {kind: after[kind] - before[kind] for kind in LISTS if after[kind] - before[kind]}
    assert not {kind: names for kind, names in leftovers.items() if kind not in LEFT_ON_AWS}


def test_spark_without_a_cluster_deploys_updates_and_goes(aws, home):
    settings = {"name": "less", "region": "us-east-1", "account": "123456789012", "retain_data": False}
    small, large = (
        synthesized(
            home / str(cpu),
            {**settings, "spark_serverless": {"maximum_vcpu": cpu}, "network": {"endpoint_zones": zones}},
        )
        for cpu, zones in ((8, 2), (16, 1))
    )
    serverless = aws.client("emr-serverless")
    cli.deploy(aws, home, small)
    (application,) = serverless.list_applications()["applications"]
    serverless.start_application(applicationId=application["id"])
    both = _interface_endpoints(aws)
    assert set(both.values()) == {2}
    cli.deploy(aws, home, large)
    assert _interface_endpoints(aws) == dict.fromkeys(both, 1)
    changed = serverless.get_application(applicationId=application["id"])["application"]
    assert changed["maximumCapacity"]["cpu"] == "16 vCPU"
    cli.deploy(aws, home, small)
    assert _interface_endpoints(aws) == both
    cli.cdk(aws, home, "destroy", "--all", "--force", "--app", str(small))
    assert serverless.list_applications()["applications"] == []


def _running(aws: LocalAws) -> dict[str, str]:
    """What `launchpad cost --running` lists: the instances of each, by what it is."""
    settings = EnvironmentSettings.model_validate({**SECTIONS, **CHANGES})
    connection: Any = SimpleNamespace(name=NAME, settings=settings, client=aws.client)
    pieces = running(connection, load_price_list("us-east-1"))
    return {piece.kind: piece.how for piece in pieces}


def _tags_on_the_bill(aws: LocalAws) -> list[str]:
    """What `launchpad doctor` finds of the cost allocation tags, as for an environment on AWS."""
    settings = EnvironmentSettings.model_validate({**SECTIONS, **CHANGES})
    deployment = Deployment(settings, Connection(settings), _clients={("ce", False): aws.client("ce")})
    return [str(finding.status) for finding in cost_allocation_tags(deployment)]


def _report_and_stop_what_is_idle(aws: LocalAws) -> None:
    """Call the housekeeping function, as in a month to come."""
    domain = aws.client("sagemaker").list_domains()["Domains"][0]["DomainId"]
    space = _space_with_an_application(aws, domain)
    assert _housekeeping(aws, now=datetime.now(UTC) + timedelta(hours=23), dry_run=True)["rows"] == []
    # From now on. If a minute ended while the cluster became ready, it counts as busy to the end of CloudWatch's five
    # minutes.
    a_day_on = timedelta(hours=24) - timedelta(seconds=1)
    report = until(lambda: _report_with_rows(aws, datetime.now(UTC) + a_day_on), seconds=360)
    assert [(row["kind"], row["done"]) for row in report["rows"]] == [("EMR cluster", "stopped")], report
    later = datetime.now(UTC) + timedelta(days=9)
    report = _housekeeping(aws, now=later, report=True)
    assert report["failures"] == []
    rows = {f"{row['kind']} {row['name']}": row for row in report["rows"]}
    notebook, server = rows[f"notebook instance {NAME}-team"], rows[f"MLflow tracking server {NAME}-tracking"]
    assert (notebook["done"], server["done"]) == ("stopped", "stopped")
    assert (server["monthly_usd"], server["price_unknown"]) == (None, "AmazonSageMaker/MlflowTrackingServer:Medium")
    application = rows[f"Studio application {domain}/{space}/JupyterLab/default"]
    assert application["done"] == "stopped"
    endpoint = rows[f"endpoint {NAME}-boston-housing"]
    assert (endpoint["done"], endpoint["action"]) == ("", "report")
    assert "pins it" in endpoint["reason"]
    hourly = load_price_list("us-east-1").prices["AmazonSageMaker/Host:ml.m5.large"].usd
    assert endpoint["monthly_usd"] == pytest.approx(2 * 730 * hourly)
    assert {"interface endpoint ecr.api", "NAT gateway"} & rows.keys() == {"interface endpoint ecr.api"}
    until(lambda: _notebook(aws)["NotebookInstanceStatus"] == "Stopped")
    until(lambda: not aws.client("sagemaker").list_apps(DomainIdEquals=domain)["Apps"])
    aws.client("sagemaker").delete_space(DomainId=domain, SpaceName=space)
    until(lambda: not aws.client("sagemaker").list_spaces(DomainIdEquals=domain)["Spaces"])


def _report_with_rows(aws: LocalAws, now: datetime) -> dict[str, Any]:
    """The function's report, or nothing if it found nothing."""
    report = _housekeeping(aws, now=now)
    return report if report["rows"] else {}


def _space_with_an_application(aws: LocalAws, domain: str) -> str:
    sagemaker, space = aws.client("sagemaker"), "lab"
    sagemaker.create_space(DomainId=domain, SpaceName=space)
    specification = {"InstanceType": "ml.t3.medium"}
    application = {"DomainId": domain, "SpaceName": space, "AppType": "JupyterLab", "AppName": "default"}
    sagemaker.create_app(**application, ResourceSpec=specification)
    until(lambda: sagemaker.describe_app(**application)["Status"] == "InService")
    return space


def _housekeeping(aws: LocalAws, *, now: datetime, **event: Any) -> dict[str, Any]:
    """Invoke the function; its report."""
    (name,) = (
        function["FunctionName"]
        for function in aws.client("lambda").list_functions()["Functions"]
        if function["Handler"] == "housekeeping.handler"
    )
    payload = json.dumps({"now": now.isoformat(), "only": "idle", **event}).encode()
    response = aws.client("lambda").invoke(FunctionName=name, Payload=payload)
    report: dict[str, Any] = json.loads(response["Payload"].read())
    assert "errorMessage" not in report, report
    return report


def _notebook(aws: LocalAws) -> dict[str, Any]:
    sagemaker = aws.client("sagemaker")
    return dict(sagemaker.describe_notebook_instance(NotebookInstanceName=f"{NAME}-team"))


def _log_groups(aws: LocalAws) -> list[dict[str, Any]]:
    groups = aws.client("logs").describe_log_groups()["logGroups"]
    return [group for group in groups if "retentionInDays" in group]


def _tags(aws: LocalAws) -> list[dict[str, str]]:
    arn = _notebook(aws)["NotebookInstanceArn"]
    return list(aws.client("sagemaker").list_tags(ResourceArn=arn)["Tags"])


def _interface_endpoints(aws: LocalAws) -> dict[str, int]:
    """The number of subnets of each endpoint, by its id, which a replacement would change."""
    endpoints = aws.client("ec2").describe_vpc_endpoints()["VpcEndpoints"]
    return {
        each["VpcEndpointId"]: len(each["SubnetIds"]) for each in endpoints if each["VpcEndpointType"] == "Interface"
    }
