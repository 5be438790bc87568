"""Idle tracking servers, endpoints, interface endpoints and NAT gateways: unused by their jobs or their metrics."""

from __future__ import annotations

import pytest

from tests.unit.housekeeping_function.account import ARN, DEV, Account, ago


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
