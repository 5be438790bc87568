"""What `--iam` changes: a pipeline's jobs are made by its role, and who makes a pipeline has to pass that role."""

from __future__ import annotations

import json
import uuid

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.permissions import allow, role, user, working
from tests.local_aws.plain_endpoints import PlainEndpoints
from tests.local_aws.plain_jobs import PlainJobs
from tests.local_aws.workflow_steps import Workflows, condition, fail

TRAINING = "arn:aws:sagemaker:us-east-1:123456789012:training-job/pipelines-*"


@pytest.fixture
def workflows(aws):
    bucket = f"bucket-{uuid.uuid4().hex[:12]}"
    aws.client("s3").create_bucket(Bucket=bucket)
    return Workflows(PlainJobs(aws, bucket), PlainEndpoints(aws, bucket))


def executed(workflows, pipeline_role):
    """The only step of a pipeline that trains, once it has run as this role."""
    job_role = working(workflows.jobs.aws, workflows.jobs.bucket)
    step = workflows.training("Train", arguments={"RoleArn": job_role})
    arguments = {"PipelineName": f"pipeline-{uuid.uuid4().hex[:8]}", "RoleArn": pipeline_role(job_role)}
    workflows.client.create_pipeline(
        **arguments, PipelineDefinition=workflows.definition(step), ClientRequestToken=uuid.uuid4().hex
    )
    arn = workflows.start(arguments["PipelineName"])
    workflows.wait(arn)
    return workflows.steps(arn)["Train"]


def test_the_pipelines_role_makes_the_jobs(aws, workflows):
    def pipeline_role(job_role):
        jobs = allow(["sagemaker:CreateTrainingJob", "sagemaker:DescribeTrainingJob"], TRAINING)
        return role(aws, jobs, allow("iam:PassRole", job_role))

    step = executed(workflows, pipeline_role)
    assert step["StepStatus"] == "Succeeded", step


def test_a_role_that_may_not_make_jobs_fails_the_step(aws, workflows):
    step = executed(workflows, lambda job_role: role(aws, allow("iam:PassRole", job_role)))
    assert step["StepStatus"] == "Failed"
    assert "Failed to invoke sagemaker:CreateTrainingJob" in step["FailureReason"]
    assert "is not authorized to perform: sagemaker:CreateTrainingJob" in step["FailureReason"]


def test_the_caller_who_creates_a_pipeline_has_to_pass_its_role(aws, workflows):
    pipelines = allow(
        ["sagemaker:CreatePipeline", "sagemaker:StartPipelineExecution"], "arn:aws:sagemaker:*:*:pipeline/*"
    )
    client = aws.client("sagemaker", **user(aws, pipelines))
    request = {"PipelineName": "own", "RoleArn": role(aws), "ClientRequestToken": uuid.uuid4().hex}
    definition = json.dumps({"Version": "2020-12-01", "Steps": [fail("A")]})
    with pytest.raises(ClientError, match="not authorized to perform: iam:PassRole"):
        client.create_pipeline(**request, PipelineDefinition=definition)
    workflows.client.create_pipeline(**request, PipelineDefinition=definition)
    started = client.start_pipeline_execution(PipelineName="own", ClientRequestToken=uuid.uuid4().hex)
    with pytest.raises(ClientError, match="not authorized to perform: sagemaker:DescribePipelineExecution"):
        client.describe_pipeline_execution(PipelineExecutionArn=started["PipelineExecutionArn"])


def test_a_pipeline_has_one_arn_in_lower_case(aws, workflows):
    name = f"MyPipe-{uuid.uuid4().hex[:8]}"
    arn = f"arn:aws:sagemaker:us-east-1:123456789012:pipeline/{name.lower()}"
    every = ["sagemaker:DescribePipeline*", "sagemaker:StartPipelineExecution"]
    client = aws.client("sagemaker", **user(aws, allow(every, arn), allow(every, f"{arn}/execution/*")))
    pipeline_role = role(aws)
    workflows.create(condition("A", 1, 1), request={"PipelineName": name, "RoleArn": pipeline_role})
    for pipeline in (name, arn, arn.replace(name.lower(), name)):
        described = client.describe_pipeline(PipelineName=pipeline)
        assert (described["PipelineName"], described["PipelineArn"]) == (name, arn)
    started = client.start_pipeline_execution(PipelineName=name, ClientRequestToken=uuid.uuid4().hex)
    assert started["PipelineExecutionArn"].startswith(f"{arn}/execution/")
    execution = client.describe_pipeline_execution(PipelineExecutionArn=started["PipelineExecutionArn"])
    assert execution["PipelineArn"] == arn
    listed = workflows.client.list_pipelines(PipelineNamePrefix=name)["PipelineSummaries"]
    assert [(summary["PipelineName"], summary["PipelineArn"]) for summary in listed] == [(name, arn)]
    with pytest.raises(ClientError, match="Pipeline names must be unique"):
        workflows.create(condition("A", 1, 1), request={"PipelineName": name.lower(), "RoleArn": pipeline_role})
