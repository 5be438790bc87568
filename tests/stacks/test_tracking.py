"""The MLflow tracking server: none unless asked for; jobs may log to it, and are told where it is."""

from __future__ import annotations

import json

import pytest

from tests.stacks.inspection import only, resources


@pytest.fixture(scope="module")
def platform(templates):
    return templates(name="dev", region="eu-west-1", tracking={"size": "Medium", "mlflow_version": "2.16.2"})


@pytest.fixture(scope="module")
def server(platform):
    return only(platform["tracking"], "AWS::SageMaker::MlflowTrackingServer")


def test_without_the_section_there_is_none_and_nobody_may_log_to_one(dev):
    assert "tracking" not in dev
    assert "sagemaker-mlflow" not in json.dumps(list(dev.values()))
    assert "tracking_uri" not in json.dumps(dev["jobs"])


def test_the_tracking_server_is_as_configured(server):
    assert server["TrackingServerName"] == "dev-tracking"
    assert server["TrackingServerSize"] == "Medium"
    assert server["MlflowVersion"] == "2.16.2"
    assert server["WeeklyMaintenanceWindowStart"] == "Sun:03:00"
    assert server["AutomaticModelRegistration"] is False


def test_the_tracking_server_keeps_artifacts_in_the_models_bucket(server):
    assert "ModelBucket" in json.dumps(server["ArtifactStoreUri"])


@pytest.mark.parametrize(("retain", "policy"), [(True, "RetainExceptOnCreate"), (False, "Delete")])
def test_what_was_tracked_is_kept_where_data_is(templates, retain, policy):
    stack = templates(name="dev", region="eu-west-1", tracking={}, retain_data=retain)["tracking"]
    (item,) = resources(stack, "AWS::SageMaker::MlflowTrackingServer").values()
    assert item["DeletionPolicy"] == policy


def test_a_server_that_stays_keeps_its_role_and_permissions(templates):
    stack = templates(name="dev", region="eu-west-1", tracking={})["tracking"]
    retained = {
        name for name, item in stack["Resources"].items() if item.get("DeletionPolicy") == "RetainExceptOnCreate"
    }
    (role,) = resources(stack, "AWS::IAM::Role")
    policies = [
        name
        for name, item in resources(stack, "AWS::IAM::Policy").items()
        if {"Ref": role} in item["Properties"]["Roles"]
    ]
    assert {role, *policies} < retained


def test_only_sagemaker_of_this_account_takes_on_the_servers_role(platform):
    (role,) = resources(platform["tracking"], "AWS::IAM::Role").values()
    (trust,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "sagemaker.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def statements(platform, begins):
    (policy,) = [
        item["Properties"]
        for name, item in resources(platform["tracking"], "AWS::IAM::Policy").items()
        if name.startswith(begins)
    ]
    return policy["PolicyDocument"]["Statement"], json.dumps(policy["Roles"])


def test_training_jobs_may_log_to_this_server_and_delete_nothing(platform):
    (log, write), roles = statements(platform, "TrackTraining")
    assert "TrainingRole" in roles
    assert "Server" in json.dumps(log["Resource"])
    assert "sagemaker-mlflow:LogBatch" in log["Action"]
    assert not [action for action in log["Action"] if "*" in action or "Delete" in action]
    assert "/mlflow/*" in json.dumps(write["Resource"])


def test_the_server_writes_below_its_own_prefix_alone(platform):
    role_statements, _ = statements(platform, "ServerRole")
    for statement in role_statements:
        if "s3:PutObject" in statement["Action"] or statement["Action"] == "s3:GetObject":
            assert "/mlflow/*" in json.dumps(statement["Resource"])


def test_the_functions_are_told_of_the_server(platform):
    for function in resources(platform["jobs"], "AWS::Lambda::Function").values():
        assert "tracking_uri" in json.dumps(function["Properties"]["Environment"])


def test_jobs_in_the_private_network_have_a_way_to_it(platform, dev):
    def services(templates):
        ways = resources(templates["network"], "AWS::EC2::VPCEndpoint").values()
        return json.dumps([way["Properties"]["ServiceName"] for way in ways])

    assert "aws.sagemaker.eu-west-1.experiments" in services(platform)
    assert "experiments" not in services(dev)


def test_where_jobs_could_not_reach_it_the_config_is_refused(templates):
    with pytest.raises(ValueError, match=r"notebooks, a tracking server, .* need them where there is no way out"):
        templates(name="dev", region="eu-west-1", tracking={}, network={"interface_endpoints": False})
