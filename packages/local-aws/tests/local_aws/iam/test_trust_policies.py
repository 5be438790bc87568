"""A role is assumed by whom its trust policy names: a service, an account, or a role."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.accounts import ANY_ROLE, Account
from tests.local_aws.permissions import PULL, allow, role
from tests.local_aws.stacks import Stack


def test_a_role_that_trusts_another_service_is_no_execution_role(aws, jobs):
    request = jobs.request("pass", RoleArn=role(aws, allow(PULL), service="ec2.amazonaws.com"))
    with pytest.raises(ClientError, match="Could not assume role"):
        aws.client("sagemaker").create_training_job(**request)


def test_a_role_that_trusts_another_account_only_is_no_execution_role(aws, jobs):
    other = role(aws, allow(PULL), StringEquals={"aws:SourceAccount": "210987654321"})
    with pytest.raises(ClientError, match="Could not assume role"):
        aws.client("sagemaker").create_training_job(**jobs.request("pass", RoleArn=other))


def test_a_denial_of_all_principals_counts_for_services(aws, jobs):
    iam, arn = aws.client("iam"), role(aws, allow(PULL))
    name = arn.rpartition("/")[2]
    document = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    document["Statement"].append({"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"})
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(document))
    with pytest.raises(ClientError, match="Could not assume role"):
        aws.client("sagemaker").create_training_job(**jobs.request("pass", RoleArn=arn))


@pytest.mark.parametrize(("account", "trusted"), [("123456789012", True), ("210987654321", False)])
def test_a_trust_policy_compares_the_callers_role_with_its_path(aws, account, trusted):
    caller = f"caller-{account}"
    document = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}]}
    iam, sts = aws.client("iam"), aws.client("sts")
    trust = json.dumps(document)
    arn = iam.create_role(RoleName=caller, Path="/sso/eu/", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    policy = {"Statement": [allow("sts:AssumeRole")]}
    iam.put_role_policy(RoleName=caller, PolicyName="assume", PolicyDocument=json.dumps(policy))
    only = {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{account}:role/sso/*/call??-*"}}
    document["Statement"][0]["Condition"] = only
    target = iam.create_role(RoleName=f"of-{caller}", AssumeRolePolicyDocument=json.dumps(document))["Role"]["Arn"]
    credentials = sts.assume_role(RoleArn=arn, RoleSessionName="ada")["Credentials"]
    session = {
        "aws_access_key_id": credentials["AccessKeyId"],
        "aws_secret_access_key": credentials["SecretAccessKey"],
        "aws_session_token": credentials["SessionToken"],
    }
    try:
        aws.client("sts", **session).assume_role(RoleArn=target, RoleSessionName="ada")
        assert trusted
    except ClientError as error:
        assert not trusted
        assert error.response["Error"]["Code"] == "AccessDenied"


def test_a_schedule_takes_a_role_that_scheduler_may_assume(aws):
    target = {"Arn": "arn:aws:sqs:us-east-1:123456789012:q", "RoleArn": role(aws, service="events.amazonaws.com")}
    properties = {
        "ScheduleExpression": "rate(1 days)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": target,
    }
    stack = Stack(aws)
    assert (
        stack.apply({"Nightly": {"Type": "AWS::Scheduler::Schedule", "Properties": properties}}) == "ROLLBACK_COMPLETE"
    )
    assert any("must allow AWS EventBridge Scheduler to assume the role" in reason for reason in stack.reasons())
    stack.delete()


def assumes(account: Account, credentials: dict[str, str], role: str) -> bool:
    try:
        account.session(role, credentials)
    except ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDenied"
        assert "is not authorized to perform: sts:AssumeRole" in str(error)
        return False
    return True


@pytest.mark.parametrize(
    ("trusted", "permitted"), [(True, True), (True, False), (False, True)], ids=["both", "trust only", "policy only"]
)
def test_a_role_of_another_account_takes_trust_and_permission(
    dev: Account, staging: Account, *, trusted: bool, permitted: bool
) -> None:
    role = dev.role(trust={"AWS": staging.root if trusted else dev.root})
    _, session = staging.acting(allow("sts:AssumeRole", role if permitted else ANY_ROLE))
    assert assumes(staging, session, role) == (trusted and permitted)
