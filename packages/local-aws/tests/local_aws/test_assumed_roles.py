"""Only a role that exists can be assumed, also where IAM is not enforced."""

from __future__ import annotations

import json
import uuid

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.accounts import Account

HOME, OTHER = "123456789012", "210987654321"


@pytest.mark.parametrize("account", [HOME, OTHER])
def test_a_missing_role_cannot_be_assumed(plain_aws, account):
    arn = f"arn:aws:iam::{account}:role/missing"
    with pytest.raises(ClientError) as caught:
        plain_aws.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert caught.value.response["Error"]["Code"] == "AccessDenied"
    assert caught.value.response["Error"]["Message"] == (
        f"User: arn:aws:iam::{HOME}:root is not authorized to perform: sts:AssumeRole on resource: {arn}"
    )


def test_the_path_is_part_of_the_role(plain_aws):
    name = f"role-{uuid.uuid4().hex[:8]}"
    document = json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]})
    iam, sts = plain_aws.client("iam"), plain_aws.client("sts")
    arn = iam.create_role(RoleName=name, Path="/jobs/", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    with pytest.raises(ClientError, match="AccessDenied"):
        sts.assume_role(RoleArn=f"arn:aws:iam::{HOME}:role/{name}", RoleSessionName="test")
    assumed = sts.assume_role(RoleArn=arn, RoleSessionName="test")["AssumedRoleUser"]["Arn"]
    assert assumed == f"arn:aws:sts::{HOME}:assumed-role/{name}/test"


def test_a_session_lasts_no_longer_than_the_role_says(plain_aws):
    name = f"role-{uuid.uuid4().hex[:8]}"
    document = json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]})
    iam, sts = plain_aws.client("iam"), plain_aws.client("sts")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document, MaxSessionDuration=7200)["Role"]
    request = {"RoleArn": role["Arn"], "RoleSessionName": "test"}
    assert sts.assume_role(**request, DurationSeconds=7200)["Credentials"]
    with pytest.raises(ClientError, match="exceeds the MaxSessionDuration set for this role"):
        sts.assume_role(**request, DurationSeconds=7201)
    sts.meta.events.register_first("choose-signer.sts.AssumeRoleWithWebIdentity", lambda **_: "v4")
    with pytest.raises(ClientError, match="exceeds the MaxSessionDuration set for this role"):
        sts.assume_role_with_web_identity(**request, DurationSeconds=7201, WebIdentityToken="token")


def test_the_role_of_another_account_can_be_assumed(plain_aws):
    other = Account(plain_aws, OTHER)
    session = Account(plain_aws, HOME).session(other.role(trust={"AWS": HOME}))
    assert Account(plain_aws, OTHER).client("sts", session).get_caller_identity()["Account"] == OTHER


def test_a_chained_session_lasts_an_hour_at_most(plain_aws):
    account, document = Account(plain_aws, HOME), {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}
    role = plain_aws.client("iam").create_role(
        RoleName=f"role-{uuid.uuid4().hex[:8]}",
        AssumeRolePolicyDocument=json.dumps({"Statement": [document]}),
        MaxSessionDuration=7200,
    )["Role"]
    request = {"RoleArn": role["Arn"], "RoleSessionName": "test"}
    chained = account.client("sts", account.session(role["Arn"]))
    assert chained.assume_role(**request, DurationSeconds=3600)["Credentials"]
    with pytest.raises(ClientError) as caught:
        chained.assume_role(**request, DurationSeconds=3601)
    assert caught.value.response["Error"]["Code"] == "ValidationError"
    assert caught.value.response["Error"]["Message"] == (
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
    )
