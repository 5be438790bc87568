"""Jobs in a VPC: what the VPC does not let through fails, with AWS's reasons."""

from __future__ import annotations

import time
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.accounts import Account
from tests.local_aws.plain_endpoints import PlainEndpoints, server
from tests.local_aws.plain_jobs import IMAGE, OVER, PlainJobs
from tests.local_aws.plain_processing import ProcessingJobs
from tests.local_aws.private_networks import HTTPS, Vpc

NO_WAY = (
    "Please ensure that the subnet's route table has a route to an S3 VPC endpoint or a NAT device, and both the "
    "security groups and the subnet's network ACL allow outbound traffic to S3"
)
CALLING = """
import boto3
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError, ClientError
config = Config(retries={"total_max_attempts": 1})
try:
    print("answered", boto3.client("%s", config=config).%s)
except ConnectionClosedError as error:
    print("cut", type(error).__name__)
except ClientError as error:
    print("refused", error)
"""
IDENTITY = CALLING % ("sts", "get_caller_identity()['Arn']")


@pytest.fixture
def vpc(plain_aws) -> Vpc:
    return Vpc.create(plain_aws)


def test_a_job_without_a_way_to_s3_gets_no_data(jobs, vpc):
    job = jobs.run(VpcConfig=vpc.config)
    assert job["FailureReason"] == f"ClientError: Data download failed:{NO_WAY}"


def test_a_job_without_a_way_to_s3_leaves_no_model(plain_aws, jobs, vpc):
    algorithm = {"TrainingImage": "plain:1", "TrainingInputMode": "File", "ContainerEntrypoint": ["true"]}
    request = jobs.request("", VpcConfig=vpc.config, AlgorithmSpecification=algorithm)
    del request["InputDataConfig"]
    plain_aws.client("sagemaker").create_training_job(**request)
    job = jobs.wait(request["TrainingJobName"])
    assert job["FailureReason"] == f"ClientError: Artifact upload failed:{NO_WAY}"


def test_the_route_of_a_gateway_endpoint_is_a_way(jobs, vpc):
    endpoint = vpc.add_gateway(routed=False)
    assert jobs.run(VpcConfig=vpc.config)["TrainingJobStatus"] == "Failed"
    vpc.ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, AddRouteTableIds=[vpc.routes])
    assert jobs.run(VpcConfig=vpc.config)["TrainingJobStatus"] == "Completed"


def test_the_transfers_of_an_isolated_job_are_judged_too(jobs, vpc):
    job = jobs.run(VpcConfig=vpc.config, EnableNetworkIsolation=True)
    assert NO_WAY in job["FailureReason"]


def test_a_nat_gateway_is_a_way_to_everything(jobs, vpc):
    vpc.add_nat()
    name = jobs.start(IDENTITY, VpcConfig=vpc.config)
    assert jobs.wait(name)["TrainingJobStatus"] == "Completed"
    assert jobs.log_lines(name) == ["answered arn:aws:sts::123456789012:assumed-role/training/SageMaker"]


def test_an_interface_endpoint_of_s3_needs_private_dns(jobs, vpc):
    endpoint = vpc.add_interface("s3", private_dns=False)
    assert NO_WAY in jobs.run(VpcConfig=vpc.config)["FailureReason"]
    vpc.ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, PrivateDnsEnabled=True)
    assert jobs.run(VpcConfig=vpc.config)["TrainingJobStatus"] == "Completed"


def test_each_subnet_needs_a_way(jobs, vpc):
    vpc.add_gateway()
    subnet = vpc.ec2.create_subnet(VpcId=vpc.vpc_id, CidrBlock="10.0.2.0/24", AvailabilityZone="us-east-1b")["Subnet"]
    config = {**vpc.config, "Subnets": [vpc.subnet, subnet["SubnetId"]]}
    assert NO_WAY in jobs.run(VpcConfig=config)["FailureReason"]


def test_an_interface_endpoint_in_one_zone_serves_the_subnets_of_all(jobs, vpc):
    vpc.add_interface("s3")
    subnet = vpc.ec2.create_subnet(VpcId=vpc.vpc_id, CidrBlock="10.0.2.0/24", AvailabilityZone="us-east-1b")["Subnet"]
    config = {**vpc.config, "Subnets": [vpc.subnet, subnet["SubnetId"]]}
    assert jobs.run(VpcConfig=config)["TrainingJobStatus"] == "Completed"


def test_the_jobs_group_must_let_https_out(jobs, vpc):
    vpc.add_gateway()
    vpc.close_egress({**HTTPS, "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]})
    assert NO_WAY in jobs.run(VpcConfig=vpc.config)["FailureReason"]
    (listed,) = [
        route["DestinationPrefixListId"]
        for route in vpc.ec2.describe_route_tables(RouteTableIds=[vpc.routes])["RouteTables"][0]["Routes"]
        if "DestinationPrefixListId" in route
    ]
    allowed = {**HTTPS, "PrefixListIds": [{"PrefixListId": listed}]}
    vpc.ec2.authorize_security_group_egress(GroupId=vpc.group, IpPermissions=[allowed])
    assert jobs.run(VpcConfig=vpc.config)["TrainingJobStatus"] == "Completed"


def test_a_gateways_policy_names_the_buckets(jobs, vpc):
    allowed = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "arn:aws:s3:::another-bucket/*"}
    vpc.add_gateway(policy=[allowed])
    reason = jobs.run(VpcConfig=vpc.config)["FailureReason"]
    assert "AccessDenied" in reason
    assert "because no VPC endpoint policy allows the s3:ListBucket action" in reason


def test_a_gateways_policy_can_deny(jobs, vpc):
    everything = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    vpc.add_gateway(policy=[everything, {**everything, "Effect": "Deny", "Action": "s3:PutObject"}])
    reason = jobs.run(VpcConfig=vpc.config)["FailureReason"]
    assert reason.startswith("ClientError: Artifact upload failed")
    assert "s3:PutObject" in reason
    assert "explicit deny in a VPC endpoint policy" in reason


def test_a_gateways_policy_can_name_the_account_of_buckets(plain_aws, jobs, vpc):
    mine = {"StringEquals": {"aws:ResourceAccount": "123456789012"}}
    vpc.add_gateway(policy=[{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", "Condition": mine}])
    theirs = f"theirs-{uuid.uuid4().hex[:12]}"
    plain_aws.client("s3", aws_access_key_id="999999999999").create_bucket(Bucket=theirs)
    script = CALLING % ("s3", f"list_objects_v2(Bucket='{theirs}')")
    name = jobs.start(script, VpcConfig=vpc.config)
    assert jobs.wait(name)["TrainingJobStatus"] == "Completed"  # its own bucket is one of the account
    (line,) = jobs.log_lines(name)
    assert line.startswith("refused An error occurred (AccessDenied)")
    assert f"arn:aws:s3:::{theirs}" in line


def test_a_call_without_an_endpoint_is_cut_and_the_log_names_it(jobs, vpc):
    vpc.add_gateway()
    name = jobs.start(IDENTITY, VpcConfig=vpc.config)
    assert jobs.wait(name)["TrainingJobStatus"] == "Completed"
    lines = jobs.log_lines(name)
    assert "cut ConnectionClosedError" in lines
    (told,) = [line for line in lines if line.startswith("[local AWS]")]
    assert "com.amazonaws.us-east-1.sts" in told


def test_an_interface_endpoint_is_a_way_for_its_service_only(jobs, vpc):
    vpc.add_gateway()
    vpc.add_interface("sts")
    name = jobs.start(IDENTITY + CALLING % ("logs", "describe_log_groups()"), VpcConfig=vpc.config)
    jobs.wait(name)
    lines = [line for line in jobs.log_lines(name) if not line.startswith("[local AWS]")]
    assert [line.split()[0] for line in lines] == ["answered", "cut"]


def test_an_endpoints_group_must_admit_the_jobs(jobs, vpc):
    vpc.add_gateway()
    vpc.add_interface("sts", admitted=False)
    name = jobs.start(IDENTITY, VpcConfig=vpc.config)
    jobs.wait(name)
    assert any("lets HTTPS in from" in line for line in jobs.log_lines(name))


def test_the_policy_of_an_interface_endpoint_is_evaluated(jobs, vpc):
    vpc.add_gateway()
    policy = '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "logs:Put*", "Resource": "*"}]}'
    vpc.add_interface("logs", PolicyDocument=policy)
    name = jobs.start(CALLING % ("logs", "describe_log_groups()"), VpcConfig=vpc.config)
    jobs.wait(name)
    assert "no VPC endpoint policy allows the logs:DescribeLogGroups action" in jobs.log_lines(name)[0]


def test_credentials_from_sts_are_held_to_the_same_vpc(plain_aws, jobs, vpc):
    role = Account(plain_aws, "123456789012").role(trust={"AWS": "123456789012"})
    vpc.add_gateway()
    vpc.add_interface("sts")
    script = """
    import boto3, os
    from botocore.exceptions import ConnectionClosedError
    from botocore.config import Config
    session = boto3.client("sts").assume_role(RoleArn="ROLE", RoleSessionName="another")
    keys = session["Credentials"]
    other = boto3.client(
        "logs",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
        config=Config(retries={"total_max_attempts": 1}),
    )
    try:
        other.describe_log_groups()
    except ConnectionClosedError:
        print("cut")
    """
    name = jobs.start(script.replace("ROLE", role), VpcConfig=vpc.config)
    jobs.wait(name)
    assert "cut" in jobs.log_lines(name)


def test_a_job_outside_of_a_vpc_reaches_all(jobs):
    name = jobs.start(IDENTITY)
    jobs.wait(name)
    assert jobs.log_lines(name)[0].startswith("answered")


MLFLOW = """
import boto3, os, urllib.error, urllib.request
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

address = os.environ["AWS_ENDPOINT_URL"] + "/api/2.0/mlflow/experiments/get?experiment_id=0"
for header, service, kind in (
    ("x-sm-mlflow-app-arn", "sagemaker", "mlflow-app"),
    ("x-mlflow-sm-tracking-server-arn", "sagemaker-mlflow", "mlflow-tracking-server"),
):
    headers = {header: f"arn:aws:sagemaker:us-east-1:123456789012:{kind}/none"}
    request = AWSRequest("GET", address, headers=headers)
    SigV4Auth(boto3.Session().get_credentials(), service, "us-east-1").add_auth(request)
    try:
        urllib.request.urlopen(urllib.request.Request(address, headers=dict(request.headers)))
    except urllib.error.HTTPError as error:
        print(kind, error.code)
    except OSError:
        print(kind, "cut")
"""


def test_mlflows_endpoint_is_for_tracking_servers_only(jobs, vpc):
    vpc.add_gateway()
    vpc.add_interface("aws.sagemaker.us-east-1.experiments")
    name = jobs.start(MLFLOW, VpcConfig=vpc.config)
    jobs.wait(name)
    lines = jobs.log_lines(name)
    assert {"mlflow-app cut", "mlflow-tracking-server 404"} <= set(lines)  # there is no such server
    assert any("only a route to a NAT gateway leads there" in line for line in lines)


def test_a_processing_job_without_a_way_to_s3_gets_no_data(plain_aws, bucket, vpc):
    processing = ProcessingJobs(plain_aws, bucket)
    job = processing.run("print('hello')", NetworkConfig={"VpcConfig": vpc.config})
    assert job["FailureReason"].startswith("ClientError: Failed to download data. ListObjectsV2 failed for s3://")
    assert job["FailureReason"].endswith("nextToken:[null]: Unable to execute request to S3")


def test_a_processing_jobs_program_is_held_to_the_vpc(plain_aws, bucket, vpc):
    vpc.add_gateway()
    processing = ProcessingJobs(plain_aws, bucket)
    name = processing.start(IDENTITY, NetworkConfig={"VpcConfig": vpc.config})
    assert processing.wait(name)["ProcessingJobStatus"] == "Completed"
    assert "cut ConnectionClosedError" in processing.log_lines(name)


def refusal(jobs: PlainJobs, config: dict[str, Any]) -> str:
    with pytest.raises(ClientError) as refused:
        jobs.start(VpcConfig=config)
    error = refused.value.response["Error"]
    assert error["Code"] == "ValidationException"
    return str(error["Message"])


def test_subnets_and_groups_must_exist(jobs, vpc):
    assert "The subnet ID 'subnet-0' does not exist" in refusal(jobs, {**vpc.config, "Subnets": ["subnet-0"]})
    missing = {**vpc.config, "SecurityGroupIds": ["sg-0"]}
    assert "The security group 'sg-0' does not exist" in refusal(jobs, missing)


def test_subnets_and_groups_must_be_in_one_vpc(plain_aws, jobs, vpc):
    other = Vpc.create(plain_aws)
    assert "different networks" in refusal(jobs, {**vpc.config, "Subnets": [vpc.subnet, other.subnet]})
    assert "different networks" in refusal(jobs, {**vpc.config, "SecurityGroupIds": [other.group]})


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


def test_a_transform_job_uses_the_models_network(endpoints, vpc):
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
    job = ended_transform(endpoints, name)
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


def ended_transform(endpoints: PlainEndpoints, name: str) -> dict[str, Any]:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        job = dict(endpoints.sagemaker.describe_transform_job(TransformJobName=name))
        if job["TransformJobStatus"] in OVER:
            return job
        time.sleep(0.05)
    raise AssertionError(f"{name} has not ended")
