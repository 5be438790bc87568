"""Processing jobs, endpoints and transform jobs in a VPC are held to it as training jobs are."""

from __future__ import annotations

import time
import uuid

from tests.local_aws.plain_endpoints import PlainEndpoints, server
from tests.local_aws.plain_jobs import IMAGE
from tests.local_aws.private_networks import IDENTITY, NO_WAY, Vpc


def test_a_processing_job_without_a_way_to_s3_gets_no_data(processing, vpc):
    job = processing.run("print('hello')", NetworkConfig={"VpcConfig": vpc.config})
    assert job["FailureReason"].startswith("ClientError: Failed to download data. ListObjectsV2 failed for s3://")
    assert job["FailureReason"].endswith("nextToken:[null]: Unable to execute request to S3")


def test_a_processing_jobs_program_is_held_to_the_vpc(processing, vpc):
    vpc.add_gateway()
    name = processing.start(IDENTITY, NetworkConfig={"VpcConfig": vpc.config})
    assert processing.wait(name)["ProcessingJobStatus"] == "Completed"
    assert "cut ConnectionClosedError" in processing.log_lines(name)


def test_an_endpoint_without_a_way_to_s3_fails(endpoints, vpc):
    model = model_in(endpoints, vpc)
    name = endpoints.start(endpoints.config(endpoints.variant(model)))
    described = endpoints.wait(name)
    assert described["EndpointStatus"] == "Failed"
    assert described["FailureReason"].startswith('Failed to download model data from URL "s3://')
    assert "Please ensure that an S3 VPC endpoint exists in route table or NAT gateway" in described["FailureReason"]


def test_a_models_program_is_held_to_the_vpc(endpoints, vpc):
    vpc.add_gateway()
    program = server(f"exec({IDENTITY!r})")
    name = endpoints.start(endpoints.config(endpoints.variant(model_in(endpoints, vpc, program))))
    assert endpoints.wait(name)["EndpointStatus"] == "InService"
    assert logged(endpoints, name, "com.amazonaws.us-east-1.sts")


def test_a_transform_job_uses_the_models_network(endpoints, transforms, vpc):
    model = model_in(endpoints, vpc)
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": endpoints.archive("")}}
    name = f"transform-{uuid.uuid4().hex[:12]}"
    endpoints.sagemaker.create_transform_job(
        TransformJobName=name,
        ModelName=model,
        TransformInput={"DataSource": source},
        TransformOutput={"S3OutputPath": f"s3://{endpoints.bucket}/transformed"},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    )
    job = transforms.wait(name)
    assert NO_WAY in job["FailureReason"]


def model_in(endpoints: PlainEndpoints, vpc: Vpc, program: str | None = None) -> str:
    name = f"model-{uuid.uuid4().hex[:12]}"
    container = {"Image": IMAGE, "ModelDataUrl": endpoints.archive(server() if program is None else program)}
    endpoints.sagemaker.create_model(
        ModelName=name, ExecutionRoleArn=endpoints.role, PrimaryContainer=container, VpcConfig=vpc.config
    )
    return name


def logged(endpoints: PlainEndpoints, name: str, text: str) -> bool:
    """Whether an endpoint's log gets a line with the text soon: lines are sent in batches."""
    logs, deadline = endpoints.aws.client("logs"), time.monotonic() + 20
    while time.monotonic() < deadline:
        events = logs.filter_log_events(logGroupName=f"/aws/sagemaker/Endpoints/{name}")["events"]
        if any(text in event["message"] for event in events):
            return True
        time.sleep(0.2)
    return False
