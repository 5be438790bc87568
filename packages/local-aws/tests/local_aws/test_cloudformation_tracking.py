"""MLflow tracking servers and Apps: made, changed, tagged and deleted by stacks, and told of by SageMaker's API."""

from __future__ import annotations

import re

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.networks import get, ref, resource

ROLE = "arn:aws:iam::123456789012:role/tracking"


def server(name, **properties):
    return resource(
        "SageMaker::MlflowTrackingServer",
        TrackingServerName=name,
        ArtifactStoreUri="s3://models/mlflow",
        RoleArn=ROLE,
        **properties,
    )


def test_a_stack_makes_changes_and_deletes_a_tracking_server(stack, sagemaker):
    name = f"{stack.name}-tracking"
    outputs = {"Name": ref("Server"), "Arn": get("Server", "TrackingServerArn")}
    tagged = server(name, Tags=[{"Key": "team", "Value": "science"}])
    assert stack.apply({"Server": tagged}, outputs) == "CREATE_COMPLETE"
    created = stack.outputs()
    assert created["Name"] == name
    assert created["Arn"].endswith(f":mlflow-tracking-server/{name}")
    described = sagemaker.describe_mlflow_tracking_server(TrackingServerName=name)
    assert (described["TrackingServerSize"], described["TrackingServerStatus"]) == ("Small", "Created")
    assert sagemaker.list_tags(ResourceArn=created["Arn"])["Tags"][0] == {"Key": "team", "Value": "science"}
    assert stack.apply({"Server": server(name, TrackingServerSize="Large")}, outputs) == "UPDATE_COMPLETE"
    assert sagemaker.describe_mlflow_tracking_server(TrackingServerName=name)["TrackingServerSize"] == "Large"
    summaries = sagemaker.list_mlflow_tracking_servers()["TrackingServerSummaries"]
    assert name in [summary["TrackingServerName"] for summary in summaries]
    assert stack.delete() == "DELETE_COMPLETE"
    with pytest.raises(ClientError, match="does not exist"):
        sagemaker.describe_mlflow_tracking_server(TrackingServerName=name)


def test_a_server_is_stopped_and_started(sagemaker):
    sagemaker.create_mlflow_tracking_server(TrackingServerName="idle", ArtifactStoreUri="s3://models/b", RoleArn=ROLE)
    sagemaker.stop_mlflow_tracking_server(TrackingServerName="idle")
    assert sagemaker.describe_mlflow_tracking_server(TrackingServerName="idle")["IsActive"] == "Inactive"
    sagemaker.start_mlflow_tracking_server(TrackingServerName="idle")
    assert sagemaker.describe_mlflow_tracking_server(TrackingServerName="idle")["IsActive"] == "Active"
    with pytest.raises(ClientError, match="already exists"):
        sagemaker.create_mlflow_tracking_server(
            TrackingServerName="idle", ArtifactStoreUri="s3://models/b", RoleArn=ROLE
        )
    sagemaker.delete_mlflow_tracking_server(TrackingServerName="idle")


@pytest.mark.parametrize("version", ["2.13.2", "2.16.2", "3.0.0"])
def test_each_version_that_servers_offer_is_taken(stack, sagemaker, version):
    name = f"{stack.name}-offered"
    assert stack.apply({"Server": server(name, MlflowVersion=version)}) == "CREATE_COMPLETE"
    assert sagemaker.describe_mlflow_tracking_server(TrackingServerName=name)["MlflowVersion"] == version
    assert stack.delete() == "DELETE_COMPLETE"


@pytest.mark.parametrize("version", ["99.0.0", "2.16."])
def test_a_version_that_no_server_offers_is_refused(sagemaker, version):
    with pytest.raises(ClientError, match=f"MlflowVersion {re.escape(version)} is not supported"):
        sagemaker.create_mlflow_tracking_server(
            TrackingServerName="newer", ArtifactStoreUri="s3://models/b", RoleArn=ROLE, MlflowVersion=version
        )


def app(**properties):
    store = {"ArtifactStoreUri": "s3://models/mlflow", "RoleArn": ROLE}
    return resource("SageMaker::MlflowApp", **{**store, **properties})


def test_a_stack_makes_changes_replaces_and_deletes_an_app(stack, sagemaker):
    name = f"{stack.name}-experiments"
    outputs = {"Arn": ref("App"), "Id": get("App", "MlflowAppId"), "Same": get("App", "Arn")}
    tagged = app(Name=name, Tags=[{"Key": "team", "Value": "science"}])
    assert stack.apply({"App": tagged}, outputs) == "CREATE_COMPLETE"
    created = stack.outputs()
    assert created["Arn"] == created["Same"]
    assert created["Arn"].endswith(f":mlflow-app/{created['Id']}")
    assert sagemaker.list_tags(ResourceArn=created["Arn"])["Tags"][0] == {"Key": "team", "Value": "science"}
    moved = app(Name=name, ArtifactStoreUri="s3://models/elsewhere")
    assert stack.apply({"App": moved}, outputs) == "UPDATE_COMPLETE"
    assert stack.outputs() == created
    assert sagemaker.describe_mlflow_app(Arn=created["Arn"])["ArtifactStoreUri"] == "s3://models/elsewhere"
    assert stack.apply({"App": app(Name=f"{name}-2")}, outputs) == "UPDATE_COMPLETE"
    replaced = stack.outputs()["Arn"]
    assert sagemaker.describe_mlflow_app(Arn=replaced)["Name"] == f"{name}-2"
    with pytest.raises(ClientError, match="does not exist"):
        sagemaker.describe_mlflow_app(Arn=created["Arn"])
    assert stack.delete() == "DELETE_COMPLETE"
    with pytest.raises(ClientError, match="does not exist"):
        sagemaker.describe_mlflow_app(Arn=replaced)
