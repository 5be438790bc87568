"""IAM proven: everything runs with each role's permissions, nothing is refused, and each permission that is taken away
is missed by the run that needs it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from launchpad.catalogue import load_workload, render
from launchpad.catalogue.working_copies import working_copy
from launchpad.platform_client.working_copies import upload
from launchpad.settings import load_environment
from security import iam_report
from security.enforced_run import WORKLOAD, EnforcedRun, enforced_run, until
from security.enforced_steps import everything
from tests.security.attempts import MISSED, PIPELINE, QUIET, TRAINING, deploys, launches, refused, token, without


@pytest.fixture(scope="module")
def run() -> Iterator[EnforcedRun]:
    """The platform, deployed and used in every way, and left standing."""
    with enforced_run() as server:
        everything(server)
        yield server


@pytest.fixture(scope="module")
def role_uses(run: EnforcedRun) -> list[iam_report.RoleUse]:
    """What the roles used; asked for before any test takes a right away."""
    return iam_report.use(iam_report.policies(run), run.calls)


@pytest.fixture(scope="module")
def job(role_uses: Any) -> str:
    """A training job that has a model, and was evaluated."""
    return f"local-{WORKLOAD}-one"


def test_nothing_is_refused(role_uses):
    assert {role_use.role: role_use.refused for role_use in role_uses if role_use.refused} == {}


def test_every_role_of_the_environment_is_looked_at(role_uses):
    roles = {role_use.role.partition("/")[2] for role_use in role_uses}
    assert {"TrainingRole", "ProcessingRole", "ServingRole", "LaunchRole", "DeployRole", "PipelineRole"} <= roles
    assert {"StateMachineRole", "NewDataGatesRole", "JobEventsTellRole"} <= roles


def test_what_no_role_used_has_a_reason(role_uses):
    assert iam_report.unexplained(role_uses) == []


def test_no_reason_is_for_what_was_used(role_uses):
    assert iam_report.needless(role_uses) == []


def test_the_report_says_it_for_programs_and_for_people(role_uses, tmp_path, monkeypatch):
    monkeypatch.setattr(iam_report, "TARGET", tmp_path / "report")
    iam_report.write(role_uses)
    rows = {row["role"]: row for row in json.loads((tmp_path / "report.json").read_text())}
    assert "s3:GetObject" in rows["access/TrainingRole"]["used"]
    text = (tmp_path / "report.md").read_text()
    assert "## access/TrainingRole" in text
    assert "Nobody said why" not in text


@pytest.mark.parametrize(
    "action", ["iam:PassRole", "kms:Decrypt", "sagemaker:AddTags", "events:PutTargets", "ecr:BatchGetImage"]
)
def test_what_a_role_has_to_have_on_aws_is_asked_for_here(role_uses, action):
    assert any(action in role_use.used for role_use in role_uses)


@pytest.mark.parametrize(("attempt", "role", "action"), MISSED, ids=lambda value: getattr(value, "__name__", value))
def test_an_action_fails_without_the_permission_that_it_needs(run, job, attempt, role, action):
    with without(run, role, action):
        reason = attempt(run, job, token(role, action))
    assert reason, "it went well without"
    assert refused(run, role, action)


@pytest.mark.parametrize(("role", "action"), QUIET, ids=str)
def test_a_permission_that_is_missed_quietly_shows_as_refused(run, job, role, action):
    with without(run, role, action):
        if (role, action) == (PIPELINE, "states:StartExecution"):
            before = len(run.executions())
            run.put_raw("unheard")
            until(lambda: refused(run, role, action))
            assert len(run.executions()) == before
        else:
            launches(run, job, token(role, action))
    assert until(lambda: refused(run, role, action))


def test_a_failed_job_is_not_published_without_permission_for_the_topic(run, job):
    role = "observability/JobEventsTellRole"
    with without(run, role, "sns:Publish"):
        response = run.launch("training", "untold", overrides={"hyperparameters.fail": True})
        assert run.ended("TrainingJob", response["training_job_name"])["TrainingJobStatus"] == "Failed"
        assert until(lambda: refused(run, role, "sns:Publish"))


@pytest.fixture
def scientist(run) -> Iterator[dict[str, str]]:
    """The credentials of a role that may invoke the launch function, and upload working copies."""
    iam, bucket = run.client("iam"), f"arn:aws:s3:::{run.outputs['DataBucketName']}"
    statements = [
        ("lambda:InvokeFunction", f"arn:aws:lambda:*:*:function:{run.outputs['LaunchFunctionName']}"),
        ("s3:ListBucket", bucket),
        ("s3:GetObject", f"{bucket}/working-copies/*"),
        ("s3:PutObject", f"{bucket}/working-copies/*"),
        ("kms:Decrypt", "*"),
        ("kms:GenerateDataKey", "*"),
    ]
    policy = [{"Effect": "Allow", "Action": action, "Resource": resource} for action, resource in statements]
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}}
    iam.create_role(RoleName="scientist", AssumeRolePolicyDocument=json.dumps(_document(trust)))
    iam.put_role_policy(RoleName="scientist", PolicyName="all", PolicyDocument=json.dumps(_document(*policy)))
    role = "arn:aws:iam::123456789012:role/scientist"
    credentials = run.client("sts").assume_role(RoleArn=role, RoleSessionName="ada")["Credentials"]
    yield {
        "aws_access_key_id": credentials["AccessKeyId"],
        "aws_secret_access_key": credentials["SecretAccessKey"],
        "aws_session_token": credentials["SessionToken"],
    }
    iam.delete_role_policy(RoleName="scientist", PolicyName="all")
    iam.delete_role(RoleName="scientist")


def _document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def test_a_scientist_launches_an_edit_but_writes_no_published_code(run, job, scientist, tmp_path):
    folder = tmp_path / WORKLOAD
    shutil.copytree(run.checkout / "workloads" / WORKLOAD, folder)
    script = folder / "src" / "train.py"
    script.write_text(script.read_text() + "\nprint('by a scientist')\n")
    copy = working_copy(*render(load_workload(WORKLOAD, tmp_path), load_environment("local"), folder))
    region, endpoint = "us-east-1", run.environment["AWS_ENDPOINT_URL"]
    s3, functions = (boto3.client(name, region, endpoint_url=endpoint, **scientist) for name in ("s3", "lambda"))
    bucket = run.outputs["DataBucketName"]
    assert copy.key in upload(s3, bucket, copy)
    event = {"workload": WORKLOAD, "token": "scientist", "working_copy": copy.key}
    response = functions.invoke(FunctionName=run.outputs["LaunchFunctionName"], Payload=json.dumps(event).encode())
    name = json.loads(response["Payload"].read())["training_job_name"]
    assert run.ended("TrainingJob", name)["TrainingJobStatus"] == "Completed"
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.put_object(Bucket=bucket, Key=f"code/{WORKLOAD}/{'0' * 64}/sourcedir.tar.gz", Body=b"x")


def test_a_role_that_sagemaker_may_not_assume_is_refused(run, job):
    iam, name = run.client("iam"), run.roles[TRAINING]
    trust = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    other = json.dumps(trust).replace("sagemaker.amazonaws.com", "ec2.amazonaws.com")
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=other)
    try:
        assert "Could not assume role" in launches(run, job, "untrusted")
    finally:
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust))


def test_a_key_whose_policy_allows_no_use_stops_launches(run, job):
    kms = run.client("kms")
    bucket = run.outputs["DataBucketName"]
    rules = run.client("s3").get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    key = rules[0]["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"]
    policy = kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    document = json.loads(policy)
    document["Statement"] = [statement for statement in document["Statement"] if statement.get("Sid") != "Use"]
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(document))
    try:
        assert launches(run, job, "keyless")
    finally:
        kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy)


def test_with_all_permissions_back_launch_deploy_and_destroy_succeed(run, job):
    assert launches(run, job, "at-last") == ""
    assert deploys(run, job, "at-last") == ""
    run.command("destroy", "--yes")
    stacks = run.client("cloudformation").list_stacks(StackStatusFilter=["CREATE_COMPLETE", "UPDATE_COMPLETE"])
    assert {stack["StackName"] for stack in stacks["StackSummaries"]} == {"CDKToolkit"}
