"""The MLflow App or tracking server: none unless asked for; jobs and functions may log to it."""

from __future__ import annotations

import json
import shutil

import pytest

from launchpad import paths
from tests.stacks.inspection import only, resources


@pytest.fixture(scope="module")
def platform(templates):
    return templates(name="dev", region="eu-west-1", tracking={"size": "Medium", "mlflow_version": "2.16.2"})


@pytest.fixture(scope="module")
def server(platform):
    return only(platform["tracking"], "AWS::SageMaker::MlflowTrackingServer")


def test_without_the_section_there_is_none_and_no_role_may_log_to_one(dev):
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


@pytest.fixture(scope="module")
def app(templates):
    """An environment with the MLflow App."""
    return templates(name="dev", region="eu-west-1", tracking={})


KINDS = [("AWS::SageMaker::MlflowApp", {}), ("AWS::SageMaker::MlflowTrackingServer", {"size": "Small"})]


@pytest.mark.parametrize(("kind", "tracking"), KINDS)
@pytest.mark.parametrize(("retain", "policy"), [(True, "RetainExceptOnCreate"), (False, "Delete")])
def test_what_was_tracked_is_kept_where_data_is(templates, kind, tracking, retain, policy):
    stack = templates(name="dev", region="eu-west-1", tracking=tracking, retain_data=retain)["tracking"]
    (item,) = resources(stack, kind).values()
    assert item["DeletionPolicy"] == policy


def test_without_a_size_it_is_the_serverless_app(app):
    properties = only(app["tracking"], "AWS::SageMaker::MlflowApp")
    assert properties["ModelRegistrationMode"] == "AutoModelRegistrationDisabled"
    assert "ModelBucket" in json.dumps(properties["ArtifactStoreUri"])
    assert resources(app["tracking"], "AWS::SageMaker::MlflowTrackingServer") == {}


def test_a_version_alone_makes_a_small_server(templates):
    stack = templates(name="dev", region="eu-west-1", tracking={"mlflow_version": "2.16.2"})["tracking"]
    assert only(stack, "AWS::SageMaker::MlflowTrackingServer")["TrackingServerSize"] == "Small"


def test_an_app_needs_no_endpoint_that_costs_by_the_hour(app, dev):
    assert app["network"] == dev["network"]


def test_an_app_has_one_action_for_its_whole_api(app):
    (log, _), _ = statements(app, "TrackTraining")
    assert log["Action"] == "sagemaker:CallMlflowAppApi"
    assert "mlflow-app" not in json.dumps(log["Resource"])  # the App's own ARN, no pattern
    assert "*" not in json.dumps(log["Resource"])


def test_the_tracking_function_is_called_for_own_jobs_only(app):
    template = app["observability"]
    rules = [item["Properties"] for item in resources(template, "AWS::Events::Rule").values()]
    (rule,) = [rule for rule in rules if rule["Targets"][0]["Id"] == "track"]
    members = {name: match for each in rule["EventPattern"]["detail"]["$or"] for name, match in each.items()}
    assert set(members) == {"TrainingJobName", "HyperParameterTuningJobName", "ProcessingJobName"}
    assert all(match == [{"prefix": "dev-"}] for match in members.values())


def test_the_tracking_function_reads_own_jobs_and_their_logs(app):
    (policy,) = [
        item["Properties"]
        for name, item in resources(app["observability"], "AWS::IAM::Policy").items()
        if name.startswith("RunsRoleDefaultPolicy")
    ]
    granted = policy["PolicyDocument"]["Statement"]
    text = json.dumps([item for item in granted if "sagemaker:ListTags" in item["Action"]])
    assert "/dev-*" in text
    (logs,) = [item for item in granted if item["Action"] == "logs:GetLogEvents"]
    assert "log-stream:dev-*" in json.dumps(logs["Resource"])
    assert not [item for item in granted if "PutObject" in json.dumps(item)]


def test_its_alarms_watch_the_tracking_function(app, dev):
    def alarms(templates):
        return {name for name in resources(templates["observability"], "AWS::CloudWatch::Alarm") if "Track" in name}

    assert len(alarms(app)) == 2
    assert alarms(dev) == set()


@pytest.mark.parametrize("tracking", [{}, {"size": "Small"}])
def test_what_stays_keeps_its_role_and_permissions(templates, tracking):
    stack = templates(name="dev", region="eu-west-1", tracking=tracking)["tracking"]
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


def test_the_functions_know_the_servers_address(platform):
    for function in resources(platform["jobs"], "AWS::Lambda::Function").values():
        assert "tracking_uri" in json.dumps(function["Properties"]["Environment"])


def services(templates):
    ways = resources(templates["network"], "AWS::EC2::VPCEndpoint").values()
    return json.dumps([way["Properties"]["ServiceName"] for way in ways])


def told(templates):
    functions = resources(templates["jobs"], "AWS::Lambda::Function").values()
    return ["jobs_reach_tracking" in json.dumps(each["Properties"]["Environment"]) for each in functions]


def test_a_server_has_a_private_way_only_where_a_program_logs(platform, templates, tmp_path):
    shutil.copytree(paths.WORKLOADS / "boston-housing", tmp_path / "boston-housing")
    file = tmp_path / "boston-housing" / "workload.yaml"
    file.write_text(file.read_text().replace("network_isolation: true", "network_isolation: false", 1))
    logging = templates(tmp_path, name="dev", region="eu-west-1", tracking={"size": "Small"})
    assert "aws.sagemaker.eu-west-1.experiments" in services(logging)
    assert "experiments" not in services(platform)
    assert (told(logging), told(platform)) == ([True, True], [False, False])


def test_a_new_app_has_another_name_than_one_left_behind(app):
    name = only(app["tracking"], "AWS::SageMaker::MlflowApp")["Name"]
    assert "AWS::StackId" in json.dumps(name)
