"""Destroying stops everything that runs or would start other work, and deletes what CloudFormation doesn't know."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from launchpad.platform_client.connection import Connection
from launchpad.platform_client.launched import delete_launched, delete_logs, delete_registry
from launchpad.platform_client.local_address import LocalAddress
from launchpad.platform_client.running_work import JOBS, stop_all
from launchpad.platform_client.stack_order import environment_stacks
from launchpad.platform_client.studio_work import delete_studio_work
from launchpad.settings import EnvironmentSettings
from tests.end_to_end.conftest import Report, until
from tests.local_aws.conftest import PLAIN
from tests.local_aws.launcher import LocalAws, running_local_aws
from tests.local_aws.plain_endpoints import PlainEndpoints, server
from tests.local_aws.plain_jobs import PlainJobs
from tests.local_aws.plain_processing import ProcessingJobs

NAME, BUCKET = "work", "data-of-the-tests"
TAGS = [{"Key": "launchpad:environment", "Value": NAME}]
SLEEP = "import time; time.sleep(600)"
ROLE = "arn:aws:iam::123456789012:role/any"


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with running_local_aws(*PLAIN) as local:
        local.client("s3").create_bucket(Bucket=BUCKET)
        yield local


@pytest.fixture(scope="module")
def connection(aws: LocalAws) -> Connection:
    return Connection(EnvironmentSettings(name=NAME, region="us-east-1"), LocalAddress(aws.url, aws.secret))


@pytest.fixture
def jobs(aws: LocalAws) -> PlainJobs:
    return PlainJobs(aws, BUCKET)


def tune(jobs: PlainJobs) -> str:
    definition = {key: value for key, value in jobs.request(SLEEP).items() if key != "TrainingJobName"}
    definition["AlgorithmSpecification"]["MetricDefinitions"] = [{"Name": "loss", "Regex": "loss=([0-9.]+)"}]
    jobs.aws.client("sagemaker").create_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=f"{NAME}-tuning",
        HyperParameterTuningJobConfig={
            "Strategy": "Random",
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "loss"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 50, "MaxParallelTrainingJobs": 2},
            "ParameterRanges": {"ContinuousParameterRanges": [{"Name": "x", "MinValue": "0", "MaxValue": "1"}]},
        },
        TrainingJobDefinition=definition,
        Tags=TAGS,
    )
    return f"{NAME}-tuning"


def transform(aws: LocalAws) -> str:
    """Start a transform job whose model answers after ten minutes."""
    aws.client("s3").put_object(Bucket=BUCKET, Key="questions/a.csv", Body=b"1")
    predict = "Handler.predict = lambda self, body: time.sleep(600)"
    data = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/questions/"}
    aws.client("sagemaker").create_transform_job(
        TransformJobName=f"{NAME}-transform",
        ModelName=PlainEndpoints(aws, BUCKET).model(server(predict)),
        TransformInput={"DataSource": {"S3DataSource": data}, "ContentType": "text/csv"},
        TransformOutput={"S3OutputPath": f"s3://{BUCKET}/answers"},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
        Tags=TAGS,
    )
    return f"{NAME}-transform"


def test_every_kind_of_job_is_stopped_and_others_jobs_run_on(aws, connection, jobs):
    tuning, transforming = tune(jobs), transform(aws)
    jobs.start(SLEEP, TrainingJobName=f"{NAME}-training", Tags=TAGS)
    ours = ProcessingJobs(aws, BUCKET).request(SLEEP, ProcessingJobName=f"{NAME}-processing", Tags=TAGS)
    aws.client("sagemaker").create_processing_job(**ours)
    foreign = jobs.start(SLEEP, TrainingJobName=f"{NAME}-of-others")
    report = Report()
    stop_all(connection, [], report)
    stopped = {line for line in report.lines if line.startswith("stopped")}
    assert {
        f"stopped tuning job {tuning}",
        f"stopped training job {NAME}-training",
        f"stopped processing job {NAME}-processing",
        f"stopped transform job {transforming}",
    } <= stopped
    running = aws.client("sagemaker").list_training_jobs(StatusEquals="InProgress")["TrainingJobSummaries"]
    assert [job["TrainingJobName"] for job in running] == [foreign]
    aws.client("sagemaker").stop_training_job(TrainingJobName=foreign)


@pytest.mark.parametrize("kind", JOBS, ids=lambda kind: kind.member)
def test_a_kind_of_job_is_spelt_as_in_sagemakers_api(kind):
    sagemaker = boto3.client("sagemaker", region_name="us-east-1")
    service = sagemaker.meta.service_model
    listing = service.operation_model(sagemaker.meta.method_to_api_mapping[kind.listing]).output_shape
    assert {f"{kind.member}Name", f"{kind.member}Arn"} <= set(listing.members[kind.summaries].member.members)
    stop = service.operation_model(sagemaker.meta.method_to_api_mapping[f"stop_{kind.snake}"])
    assert stop.input_shape.required_members == [f"{kind.member}Name"]
    assert sagemaker.can_paginate(kind.listing)


def starting_stack(aws: LocalAws) -> dict[str, str]:
    """A stack with a machine that waits, and a schedule and a rule that start it; physical ids by logical id."""
    wait = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 600, "End": True}}}
    machine: dict[str, Any] = {"Fn::GetAtt": ["Machine", "Arn"]}
    resources = {
        "Machine": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {"RoleArn": ROLE, "DefinitionString": json.dumps(wait)},
        },
        "Schedule": {
            "Type": "AWS::Scheduler::Schedule",
            "Properties": {
                "ScheduleExpression": "cron(0 6 ? * MON *)",
                "FlexibleTimeWindow": {"Mode": "OFF"},
                "Target": {"Arn": machine, "RoleArn": ROLE, "Input": "{}"},
            },
        },
        "Rule": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "EventPattern": {"source": ["aws.s3"]},
                "Targets": [{"Id": "pipeline", "Arn": machine, "RoleArn": ROLE}],
            },
        },
    }
    cloudformation, name = aws.client("cloudformation"), f"launchpad-{NAME}-pipeline"
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps({"Resources": resources}), Tags=TAGS)
    cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    listed = cloudformation.list_stack_resources(StackName=name)["StackResourceSummaries"]
    return {item["LogicalResourceId"]: item["PhysicalResourceId"] for item in listed}


def test_what_starts_executions_is_disabled_before_they_are_stopped(aws, connection):
    ids, states = starting_stack(aws), aws.client("stepfunctions")
    execution = states.start_execution(stateMachineArn=ids["Machine"])["executionArn"]
    report = Report()
    stop_all(connection, environment_stacks(connection), report)
    assert [line.split()[0] for line in report.lines] == ["disabled", "disabled", "stopped"]
    assert states.describe_execution(executionArn=execution)["status"] == "ABORTED"
    schedule = aws.client("scheduler").get_schedule(Name=ids["Schedule"])
    assert (schedule["State"], schedule["Target"]["Input"]) == ("DISABLED", "{}")
    assert aws.client("events").list_rules()["Rules"][0]["State"] == "DISABLED"


def test_the_model_registry_goes_with_its_versions(aws, connection):
    sagemaker = aws.client("sagemaker")
    for group, tags in ((f"{NAME}-model", TAGS), (f"{NAME}-of-others", [])):
        sagemaker.create_model_package_group(ModelPackageGroupName=group, Tags=tags)
        sagemaker.create_model_package(ModelPackageGroupName=group, InferenceSpecification=INFERENCE)
    assert list(delete_registry(connection)) == [("model package group", f"{NAME}-model")]
    groups = sagemaker.list_model_package_groups()["ModelPackageGroupSummaryList"]
    assert [item["ModelPackageGroupName"] for item in groups] == [f"{NAME}-of-others"]


INFERENCE = {
    "Containers": [{"Image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/plain:1"}],
    "SupportedContentTypes": ["text/csv"],
    "SupportedResponseMIMETypes": ["text/csv"],
}


def test_the_logs_of_processing_jobs_go_too(aws, connection):
    request = ProcessingJobs(aws, BUCKET).request("print('hello')", ProcessingJobName=f"{NAME}-short", Tags=TAGS)
    sagemaker = aws.client("sagemaker")
    sagemaker.create_processing_job(**request)
    until(
        lambda: (
            sagemaker.describe_processing_job(ProcessingJobName=f"{NAME}-short")["ProcessingJobStatus"] == "Completed"
        )
    )
    assert any("/aws/sagemaker/ProcessingJobs work-short" in name for name in delete_logs(connection))
    assert not any("ProcessingJobs" in name for name in delete_logs(connection))


def test_a_second_run_finds_nothing_to_delete(connection):
    assert list(delete_launched(connection, print)) == []


def stack_of(aws: LocalAws, part: str, resource: dict[str, Any]) -> str:
    """Create a stack of the environment with one resource; return its physical id."""
    cloudformation, name = aws.client("cloudformation"), f"launchpad-{NAME}-{part}"
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps({"Resources": {"Only": resource}}), Tags=TAGS)
    cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    return str(cloudformation.list_stack_resources(StackName=name)["StackResourceSummaries"][0]["PhysicalResourceId"])


def test_a_started_spark_application_is_stopped(aws, connection):
    properties = {"Type": "Spark", "ReleaseLabel": "emr-7.12.0"}
    application = stack_of(aws, "spark", {"Type": "AWS::EMRServerless::Application", "Properties": properties})
    serverless = aws.client("emr-serverless")
    serverless.start_application(applicationId=application)
    report = Report()
    stop_all(connection, environment_stacks(connection), report)
    assert f"stopped Spark application {application}" in report.lines
    assert serverless.get_application(applicationId=application)["application"]["state"] == "STOPPED"


def test_the_applications_and_spaces_of_a_studio_domain_are_deleted(aws, connection):
    vpc = aws.client("ec2").create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
    subnet = aws.client("ec2").create_subnet(VpcId=vpc, CidrBlock="10.8.0.0/24")["Subnet"]["SubnetId"]
    properties = {
        "DomainName": NAME,
        "AuthMode": "IAM",
        "DefaultUserSettings": {"ExecutionRole": ROLE},
        "VpcId": vpc,
        "SubnetIds": [subnet],
    }
    domain = stack_of(aws, "studio", {"Type": "AWS::SageMaker::Domain", "Properties": properties})
    sagemaker = aws.client("sagemaker")
    sagemaker.create_user_profile(DomainId=domain, UserProfileName="ada")
    until(lambda: sagemaker.describe_user_profile(DomainId=domain, UserProfileName="ada")["Status"] == "InService")
    sagemaker.create_space(
        DomainId=domain,
        SpaceName="desk",
        OwnershipSettings={"OwnerUserProfileName": "ada"},
        SpaceSharingSettings={"SharingType": "Private"},
        SpaceSettings={"AppType": "JupyterLab"},
    )
    until(lambda: sagemaker.describe_space(DomainId=domain, SpaceName="desk")["Status"] == "InService")
    sagemaker.create_app(DomainId=domain, SpaceName="desk", AppType="JupyterLab", AppName="default")
    work = list(delete_studio_work(connection, environment_stacks(connection)))
    assert work == [("application", "JupyterLab default"), ("space", "desk")]
    assert sagemaker.list_spaces(DomainIdEquals=domain)["Spaces"] == []
