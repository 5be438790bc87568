"""What a job in a VPC can call: services to which an endpoint, its group and its policy let it through."""

from __future__ import annotations

import uuid

from tests.local_aws.accounts import Account
from tests.local_aws.private_networks import CALLING, IDENTITY


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
