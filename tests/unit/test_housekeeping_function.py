"""The housekeeping function: what counts as idle, what it costs, what is stopped, and what the mail says."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import botocore.client
import pytest
from botocore.exceptions import ClientError
from botocore.validate import validate_parameters

from tests.unit import functions
from tests.unit.functions import CONTEXT, imported

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
DEV = {"launchpad:environment": "dev"}
PRICES = {
    "AmazonSageMaker/Notebk:ml.t3.medium": 0.05,
    "AmazonSageMaker/Notebk:VolumeUsage.gp2": 0.1,
    "AmazonSageMaker/Studio:ml.t3.medium": 0.06,
    "AmazonSageMaker/Host:ml.m5.large": 0.1,
    "AmazonSageMaker/MlflowTrackingServer:Small": 0.6,
    "AmazonEC2/BoxUsage:m5.xlarge": 0.2,
    "ElasticMapReduce/BoxUsage:m5.xlarge": 0.05,
    "AmazonEC2/EBS:VolumeUsage.gp3": 0.1,
    "AmazonEC2/NatGateway-Hours": 0.05,
    "AmazonVPC/PublicIPv4:InUseAddress": 0.005,
    "AmazonVPC/VpcEndpoint-Hours": 0.01,
    "ElasticMapReduce/Serverless:vCPU-Hours": 0.05,
    "ElasticMapReduce/Serverless:GB-Hours": 0.005,
}
ARN = "arn:aws:sagemaker:eu-west-1:123456789012"
NOTEBOOK = {
    "NotebookInstanceName": "dev-team",
    "NotebookInstanceArn": f"{ARN}:notebook-instance/dev-team",
    "NotebookInstanceStatus": "InService",
    "InstanceType": "ml.t3.medium",
}
APP = {
    "DomainId": "d-1",
    "SpaceName": "lab",
    "AppType": "JupyterLab",
    "AppName": "default",
    "Status": "InService",
    "ResourceSpec": {"InstanceType": "ml.t3.medium"},
}
SPACE = {
    "DomainId": "d-1",
    "SpaceName": "old",
    "SpaceSettingsSummary": {"SpaceStorageSettings": {"EbsStorageSettings": {"EbsVolumeSizeInGb": 20}}},
}
CLUSTER = {
    "Id": "j-1",
    "Name": "launchpad-dev-1",
    "ClusterArn": "arn:aws:elasticmapreduce:eu-west-1:123456789012:cluster/j-1",
    "TerminationProtected": False,
    "Tags": [{"Key": "launchpad:environment", "Value": "dev"}],
}
ALL = ["notebooks", "studio", "emr", "emr-serverless", "mlflow", "endpoints", "network"]


def ago(**duration: float) -> datetime:
    return NOW - timedelta(**duration)


class Account:
    """What AWS's services response, by operation; each request is checked against botocore's model."""

    def __init__(self) -> None:
        self.tags = DEV
        self.status = "Complete"
        self.values: dict[str, list[float]] = {}
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.responses: dict[str, Any] = {
            "ListNotebookInstances": {"NotebookInstances": []},
            "DescribeNotebookInstance": {"VolumeSizeInGB": 200},
            "ListDomains": {"Domains": [{"DomainId": "d-1", "DomainName": "launchpad-dev"}]},
            "ListApps": {"Apps": []},
            "ListSpaces": {"Spaces": []},
            "DescribeSpace": {"SpaceArn": f"{ARN}:space/d-1/old"},
            "ListClusters": {"Clusters": []},
            "ListInstanceGroups": {"InstanceGroups": [GROUP]},
            "GetApplication": {"application": {"state": "STOPPED", "updatedAt": ago(days=9)}},
            "ListJobRuns": {"jobRuns": []},
            "DescribeMlflowTrackingServer": {"IsActive": "Inactive", "LastModifiedTime": ago(days=60)},
            "ListTrainingJobs": {"TrainingJobSummaries": []},
            "ListProcessingJobs": {"ProcessingJobSummaries": []},
            "ListEndpoints": {"Endpoints": []},
            "DescribeNatGateways": {"NatGateways": []},
            "DescribeVpcEndpoints": {"VpcEndpoints": []},
        }

    def call(self, client: Any, operation: str, request: dict[str, Any]) -> Any:
        report = validate_parameters(request, client.meta.service_model.operation_model(operation).input_shape)
        assert report is None
        self.calls.append((operation, request))
        if operation == "ListTags":
            return {"Tags": [{"Key": key, "Value": value} for key, value in self.tags.items()]}
        if operation == "GetMetricData":
            return {"MetricDataResults": [self._measured(query) for query in request["MetricDataQueries"]]}
        response = self.responses.get(operation, {})
        if isinstance(response, Iterator):
            response = next(response)
        if isinstance(response, Exception):
            raise response
        return response

    def called(self, operation: str) -> list[dict[str, Any]]:
        return [request for name, request in self.calls if name == operation]

    def _measured(self, query: dict[str, Any]) -> dict[str, Any]:
        values = self.values.get(query["MetricStat"]["Metric"]["MetricName"], [])
        return {
            "Id": query["Id"],
            "StatusCode": self.status,
            "Values": values,
            "Timestamps": [ago(hours=number + 1) for number in range(len(values))],
        }


GROUP = {
    "InstanceType": "m5.xlarge",
    "RunningInstanceCount": 3,
    "EbsBlockDevices": [{"VolumeSpecification": {"VolumeType": "gp3", "SizeInGB": 128}}],
}


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Account:
    account = Account()
    monkeypatch.setattr(
        botocore.client.BaseClient,
        "_make_api_call",
        lambda client, operation, request: account.call(client, operation, request),
    )
    return account


Run = Callable[..., dict[str, Any]]


@pytest.fixture
def function(account: Account, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Run]]:
    """Make the function with what the config says."""
    spark = {"application_id": "00a"}
    monkeypatch.setitem(functions.ENVIRONMENT, "spark", spark)
    monkeypatch.setitem(functions.ENVIRONMENT, "tracking_uri", f"{ARN}:mlflow-tracking-server/dev-tracking")
    monkeypatch.setenv("ALERT_TOPIC", "arn:aws:sns:eu-west-1:123456789012:alerts")
    (tmp_path / "prices.json").write_text(json.dumps({"region": "eu-west-1", "date": None, "prices": PRICES}))
    contexts = []

    def make(*stop: str) -> Run:
        thresholds = {"running_hours": 72, "idle_hours": 24, "unused_days": 7, "stopped_days": 30}
        monkeypatch.setenv("HOUSEKEEPING", json.dumps({"kinds": ALL, "stop": stop, **thresholds}))
        context = imported(tmp_path, monkeypatch, "housekeeping", {})
        module = context.__enter__()
        contexts.append(context)
        return lambda **event: module.handler({"now": NOW.isoformat(), **event}, CONTEXT)

    yield make
    for context in contexts:
        context.__exit__(None, None, None)


@pytest.fixture
def run(function: Callable[..., Run]) -> Run:
    return function()


def notebook(account: Account, **members: Any) -> None:
    account.responses["ListNotebookInstances"] = {"NotebookInstances": [{**NOTEBOOK, **members}]}


def test_a_notebook_that_runs_for_days_is_reported_with_its_cost(run, account):
    notebook(account, LastModifiedTime=ago(hours=100))
    (row,) = run()["rows"]
    assert (row["kind"], row["name"], row["action"]) == ("notebook instance", "dev-team", "report")
    assert row["monthly_usd"] == pytest.approx(730 * 0.05 + 200 * 0.1)
    assert row["reason"] == "runs for 100 h: its idle stop is off, or it is in use"


@pytest.mark.parametrize(
    "members",
    [
        {"LastModifiedTime": ago(hours=71)},
        {"LastModifiedTime": ago(days=9), "NotebookInstanceName": "prod-dev-team"},
        {"LastModifiedTime": ago(days=9), "NotebookInstanceStatus": "Stopped"},
    ],
    ids=["not long", "another name", "not stopped for long"],
)
def test_other_notebooks_are_left_alone(run, account, members):
    notebook(account, **members)
    assert run()["rows"] == []


def test_what_another_environment_is_tagged_with_is_left_alone(run, account):
    notebook(account, LastModifiedTime=ago(hours=100))
    account.tags = {"launchpad:environment": "prod"}
    assert run()["rows"] == []


def test_the_volume_of_a_stopped_notebook_is_reported_alone(run, account):
    notebook(account, LastModifiedTime=ago(days=31), NotebookInstanceStatus="Stopped")
    (row,) = run()["rows"]
    assert (row["monthly_usd"], row["action"]) == (20.0, "report")
    assert "its volume of 200 GB is kept" in row["reason"]


def test_only_what_the_config_names_is_stopped(function, account):
    run = function("notebooks")
    notebook(account, LastModifiedTime=ago(hours=100))
    (row,) = run()["rows"]
    assert (row["action"], row["done"]) == ("stop", "stopped")
    assert account.called("StopNotebookInstance") == [{"NotebookInstanceName": "dev-team"}]


@pytest.mark.parametrize(("stop", "event"), [((), {}), (("notebooks",), {"dry_run": True})])
def test_nothing_is_stopped_otherwise(function, account, stop, event):
    run = function(*stop)
    notebook(account, LastModifiedTime=ago(hours=100))
    (row,) = run(**event)["rows"]
    assert row["done"] == ""
    assert account.called("StopNotebookInstance") == []


def test_what_can_not_be_stopped_is_a_failure_and_not_done(function, account):
    run = function("notebooks")
    notebook(account, LastModifiedTime=ago(hours=100))
    refusal = {"Error": {"Code": "ValidationException", "Message": "Status (Updating) not in ([InService])"}}
    account.responses["StopNotebookInstance"] = ClientError(refusal, "StopNotebookInstance")
    response = run()
    assert response["rows"][0]["done"] == ""
    assert "Status (Updating)" in response["failures"][0]


def app(account: Account, **description: Any) -> None:
    account.responses["ListApps"] = {"Apps": [APP]}
    account.responses["DescribeApp"] = {"AppArn": f"{ARN}:app/d-1/lab/JupyterLab/default", **description}


def test_a_health_check_is_no_activity_of_a_studio_application(run, account):
    app(account, CreationTime=ago(hours=80), LastUserActivityTimestamp=NOW, LastHealthCheckTimestamp=NOW)
    (row,) = run()["rows"]
    assert row["reason"] == "has run for 80 h; AWS doesn't say whether it is used"
    assert row["monthly_usd"] == pytest.approx(730 * 0.06)


def test_activity_before_the_health_check_is_the_users(run, account):
    app(account, CreationTime=ago(days=9), LastUserActivityTimestamp=ago(hours=2), LastHealthCheckTimestamp=NOW)
    assert run()["rows"] == []


def test_an_application_is_deleted_by_its_key_and_its_space_stays(function, account):
    run = function("studio")
    app(account, CreationTime=ago(hours=80))
    assert run()["rows"][0]["done"] == "stopped"
    key = {"DomainId": "d-1", "SpaceName": "lab", "AppType": "JupyterLab", "AppName": "default"}
    assert account.called("DeleteApp") == [key]
    assert account.called("DeleteSpace") == []


def test_the_domain_of_another_environment_is_left_alone(run, account):
    account.responses["ListDomains"] = {"Domains": [{"DomainId": "d-1", "DomainName": "launchpad-prod"}]}
    app(account, CreationTime=ago(hours=80))
    assert run()["rows"] == []


def test_a_space_without_an_application_has_an_unknown_price(run, account):
    account.responses["ListSpaces"] = {"Spaces": [{**SPACE, "LastModifiedTime": ago(days=40)}]}
    response = run()
    (row,) = response["rows"]
    assert (row["monthly_usd"], row["price_unknown"]) == (None, "AmazonSageMaker/Studio:VolumeUsage.gp3")
    assert (response["monthly_usd"], response["unknown"]) == (0.0, ["AmazonSageMaker/Studio:VolumeUsage.gp3"])


def cluster(account: Account, idle: list[float], **members: Any) -> None:
    status = {"State": "WAITING", "Timeline": {"ReadyDateTime": ago(days=3)}}
    account.responses["ListClusters"] = {"Clusters": [{"Id": "j-1", "Name": "launchpad-dev-1"}]}
    account.responses["DescribeCluster"] = {"Cluster": {**CLUSTER, "Status": status, **members}}
    account.values["IsIdle"] = idle


def test_a_cluster_without_work_is_terminated_if_the_config_says_so(function, account):
    run = function("emr")
    cluster(account, [1.0, 1.0])
    (row,) = run()["rows"]
    assert row["monthly_usd"] == pytest.approx(3 * (730 * 0.25 + 128 * 0.1))
    assert account.called("TerminateJobFlows") == [{"JobFlowIds": ["j-1"]}]


def test_a_cluster_that_has_work_by_now_is_not_terminated(function, account):
    run = function("emr")
    cluster(account, [1.0, 1.0])
    idle = account.responses["DescribeCluster"]["Cluster"]
    busy = {**idle, "Status": {**idle["Status"], "State": "RUNNING"}}
    account.responses["DescribeCluster"] = iter([{"Cluster": idle}, {"Cluster": busy}])
    response = run()
    assert response["failures"] == ["EMR cluster launchpad-dev-1: it is RUNNING by now"]
    assert (response["rows"][0]["done"], account.called("TerminateJobFlows")) == ("", [])


def test_a_cluster_of_which_only_some_values_are_known_is_left_alone(function, account):
    run = function("emr")
    cluster(account, [1.0])
    account.status = "InternalError"
    response = run()
    assert (response["rows"], account.called("TerminateJobFlows")) == ([], [])
    assert response["failures"] == [
        "emr: CloudWatch doesn't have all values of IsIdle at the moment: InternalError",
    ]


def test_what_is_idle_is_stopped_before_anything_else_is_looked_at(function, account):
    run = function("notebooks")
    notebook(account, LastModifiedTime=ago(hours=100))
    run()
    operations = [operation for operation, _ in account.calls]
    assert operations.index("StopNotebookInstance") < operations.index("ListDomains")


@pytest.mark.parametrize("idle", [[], [1.0, 0.0]], ids=["not measured", "had work"])
def test_a_cluster_that_may_have_had_work_is_left_alone(run, account, idle):
    cluster(account, idle)
    assert run()["rows"] == []


def test_a_protected_cluster_is_only_reported(function, account):
    run = function("emr")
    cluster(account, [1.0], TerminationProtected=True)
    (row,) = run()["rows"]
    assert (row["action"], account.called("TerminateJobFlows")) == ("report", [])


def test_workers_of_emr_serverless_that_are_kept_are_let_go(function, account):
    run = function("emr")
    worker = {"cpu": "4 vCPU", "memory": "16 GB"}
    account.responses["GetApplication"]["application"] = {
        "applicationId": "00a",
        "name": "spark",
        "arn": "arn:aws:emr-serverless:eu-west-1:123456789012:/applications/00a",
        "state": "STARTED",
        "updatedAt": ago(days=2),
        "initialCapacity": {"DRIVER": {"workerCount": 2, "workerConfiguration": worker}},
    }
    (row,) = run()["rows"]
    assert row["monthly_usd"] == pytest.approx(2 * 730 * (4 * 0.05 + 16 * 0.005))
    assert account.called("StopApplication") == [{"applicationId": "00a"}]


def server(account: Account) -> None:
    account.responses["DescribeMlflowTrackingServer"] = {
        "TrackingServerArn": f"{ARN}:mlflow-tracking-server/dev-tracking",
        "TrackingServerSize": "Small",
        "IsActive": "Active",
        "LastModifiedTime": ago(days=60),
    }


def test_a_tracking_server_without_jobs_is_stopped_if_the_config_says_so(function, account):
    run = function("mlflow")
    server(account)
    (row,) = run()["rows"]
    assert row["monthly_usd"] == pytest.approx(730 * 0.6)
    assert account.called("StopMlflowTrackingServer") == [{"TrackingServerName": "dev-tracking"}]


def test_a_tracking_server_with_a_job_is_in_use(run, account):
    server(account)
    account.responses["ListTrainingJobs"] = {"TrainingJobSummaries": [{"TrainingJobName": "dev-a-1"}]}
    assert run()["rows"] == []


def endpoint(account: Account) -> None:
    account.responses["ListEndpoints"] = {"Endpoints": [{"EndpointName": "dev-a", "LastModifiedTime": ago(days=20)}]}
    account.responses["DescribeEndpoint"] = {
        "EndpointName": "dev-a",
        "EndpointArn": f"{ARN}:endpoint/dev-a",
        "EndpointConfigName": "c",
        "ProductionVariants": [{"VariantName": "AllTraffic", "CurrentInstanceCount": 2}],
    }
    variant = {"VariantName": "AllTraffic", "InstanceType": "ml.m5.large"}
    account.responses["DescribeEndpointConfig"] = {"ProductionVariants": [variant]}


def test_a_pinned_endpoint_without_invocations_is_only_reported(function, account):
    run = function("notebooks", "studio", "emr", "mlflow")
    endpoint(account)
    account.tags = {**DEV, "aws:cloudformation:stack-name": "launchpad-dev-endpoint-a"}
    (row,) = run()["rows"]
    assert (row["monthly_usd"], row["action"]) == (pytest.approx(2 * 730 * 0.1), "report")
    assert row["reason"] == "no invocation for 7 days; stack launchpad-dev-endpoint-a pins it"


def test_an_endpoint_with_an_invocation_is_in_use(run, account):
    endpoint(account)
    account.values["Invocations"] = [0.0, 1.0]
    assert run()["rows"] == []


GATEWAY = {
    "NatGatewayId": "nat-1",
    "State": "available",
    "CreateTime": ago(days=20),
    "NatGatewayAddresses": [{"PublicIp": "1.2.3.4"}],
}
INTERFACE = {
    "VpcEndpointId": "vpce-1",
    "VpcEndpointType": "Interface",
    "State": "available",
    "ServiceName": "com.amazonaws.eu-west-1.ecr.api",
    "VpcId": "vpc-1",
    "CreationTimestamp": ago(days=20),
    "SubnetIds": ["a", "b"],
}


def test_an_interface_endpoint_without_traffic_is_reported(run, account):
    account.responses["DescribeVpcEndpoints"] = {"VpcEndpoints": [INTERFACE]}
    (row,) = run()["rows"]
    assert (row["name"], row["monthly_usd"]) == ("ecr.api", pytest.approx(2 * 730 * 0.01))
    account.values["BytesProcessed"] = [5.0]
    assert run()["rows"] == []


@pytest.mark.parametrize(("bytes_out", "rows"), [([], 0), ([0.0], 1), ([0.0, 7.0], 0)])
def test_a_nat_gateway_is_idle_only_if_its_metric_says_so(run, account, bytes_out, rows):
    account.responses["DescribeNatGateways"] = {"NatGateways": [GATEWAY]}
    account.values["BytesOutToDestination"] = bytes_out
    assert len(run()["rows"]) == rows


def test_a_service_that_fails_hides_nothing_else(run, account):
    notebook(account, LastModifiedTime=ago(hours=100))
    refusal = {"Error": {"Code": "AccessDeniedException", "Message": "not authorized"}}
    account.responses["ListClusters"] = ClientError(refusal, "ListClusters")
    response = run()
    assert len(response["rows"]) == 1
    assert response["failures"] == [
        "emr: An error occurred (AccessDeniedException) when calling the ListClusters operation: not authorized"
    ]


def test_the_mail_has_the_sum_first_then_what_is_idle_and_how_to_act(function, account):
    run = function("notebooks")
    notebook(account, LastModifiedTime=ago(hours=100))
    account.responses["ListSpaces"] = {"Spaces": [{**SPACE, "LastModifiedTime": ago(days=40)}]}
    run(report=True)
    (mail,) = account.called("Publish")
    assert mail["Subject"] == "dev: $56.50 + unknown a month for what is idle or old"
    assert mail["Message"].splitlines()[:5] == [
        "What is idle or old in dev costs $56.50 + unknown a month at list price.",
        "1 of 2 were stopped or deleted now, as config/dev.yaml allows.",
        "",
        "     $56.50  notebook instance dev-team, since 2026-11-25",
        "             STOPPED: runs for 100 h: its idle stop is off, or it is in use",
    ]
    assert "no price of AmazonSageMaker/Studio:VolumeUsage.gp3 is known" in mail["Message"]
    assert "`launchpad idle --env dev --stop` stops it now." in mail["Message"]


def test_a_mail_about_many_failures_is_as_long_as_sns_takes(run, account):
    import housekeeping_report  # as the function's module, which is on the path by now

    failures = [f"artifact {number}: {'because ' * 200}" for number in range(3000)]
    message = "\n".join(housekeeping_report.lines([], failures))
    assert len(message) < 2**18
    assert "  and 2900 more" in message


def test_the_monthly_waste_is_a_metric(run, account):
    notebook(account, LastModifiedTime=ago(hours=100))
    run(report=True)
    (metric,) = account.called("PutMetricData")
    assert (metric["Namespace"], metric["MetricData"][0]["Value"]) == ("Launchpad/Housekeeping", 56.5)


def test_nothing_idle_is_no_mail(run, account):
    run(report=True)
    assert account.called("Publish") == []


@pytest.mark.parametrize("event", [{"dry-run": True}, {"only": "jobs"}])
def test_an_event_with_a_mistake_is_refused(run, event):
    with pytest.raises(Exception, match=r"known: dry_run|'jobs' is none of idle"):
        run(**event)
