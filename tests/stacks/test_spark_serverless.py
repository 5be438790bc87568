"""Spark on EMR Serverless: an application in the private network, and permissions for it alone."""

from __future__ import annotations

import json

import pytest

from tests.stacks.inspection import only, resources

SPARK = {"maximum_vcpu": 16, "idle_minutes": 5}


@pytest.fixture(scope="module")
def platform(templates):
    return templates(name="dev", region="eu-west-1", spark_serverless=SPARK)


@pytest.fixture(scope="module")
def spark(platform):
    return platform["spark-serverless"]


@pytest.fixture(scope="module")
def application(spark):
    return only(spark, "AWS::EMRServerless::Application")


def test_the_application_runs_in_the_private_network(application):
    assert application["NetworkConfiguration"]["SubnetIds"]
    assert application["NetworkConfiguration"]["SecurityGroupIds"]


def test_the_application_stops_when_idle_and_is_bounded(application):
    assert application["AutoStopConfiguration"] == {"Enabled": True, "IdleTimeoutMinutes": 5}
    assert application["MaximumCapacity"] == {"Cpu": "16 vCPU", "Memory": "256 GB"}


def test_logs_are_kept_only_in_the_platforms_encrypted_bucket(application):
    monitoring = application["MonitoringConfiguration"]
    assert "LogBucket" in json.dumps(monitoring["S3MonitoringConfiguration"]["LogUri"])
    assert "Key" in json.dumps(monitoring["S3MonitoringConfiguration"]["EncryptionKeyArn"])
    assert monitoring["ManagedPersistenceMonitoringConfiguration"] == {"Enabled": False}


def test_only_emr_serverless_of_this_account_takes_on_the_jobs_role(spark):
    (role,) = resources(spark, "AWS::IAM::Role").values()
    (trust,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "emr-serverless.amazonaws.com"}
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    assert "/applications/*" in json.dumps(trust["Condition"]["ArnLike"])


def test_jobs_cannot_overwrite_scripts(spark):
    policies = [item["Properties"]["PolicyDocument"] for item in resources(spark, "AWS::IAM::Policy").values()]
    (denied,) = [item for policy in policies for item in policy["Statement"] if item["Effect"] == "Deny"]
    assert sorted(denied["Action"]) == ["s3:DeleteObject", "s3:PutObject"]
    assert "/code/*" in json.dumps(denied["Resource"])


@pytest.mark.parametrize("policy", ["LaunchJobs", "RunJobs"])
def test_jobs_are_started_on_this_application_with_this_role_only(spark, policy):
    (statements,) = [
        item["Properties"]["PolicyDocument"]["Statement"]
        for name, item in resources(spark, "AWS::IAM::Policy").items()
        if name.startswith(policy)
    ]
    by_action = {
        action: statement
        for statement in statements
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }
    assert "ApplicationId" in json.dumps(by_action["emr-serverless:StartJobRun"]["Resource"])
    assert "JobRole" in json.dumps(by_action["iam:PassRole"]["Resource"])
    assert by_action["iam:PassRole"]["Condition"] == {
        "StringEquals": {"iam:PassedToService": "emr-serverless.amazonaws.com"}
    }
    assert not [action for action in by_action if "*" in action]


def test_the_functions_know_the_application(platform):
    for function in resources(platform["jobs"], "AWS::Lambda::Function").values():
        assert "application_id" in json.dumps(function["Properties"]["Environment"])


def test_a_config_with_both_is_refused(templates):
    with pytest.raises(ValueError, match="workloads run on one of the two"):
        templates(name="dev", region="eu-west-1", spark={"certificates": "spark/tls.zip"}, spark_serverless={})
