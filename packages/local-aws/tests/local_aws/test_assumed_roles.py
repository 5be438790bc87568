"""Only a role that exists can be assumed, also where IAM is not enforced."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.local_aws.accounts import Account
from tests.local_aws.client_errors import refused

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


TOKENS = {"get_session_token": {}, "get_federation_token": {"Name": "ana"}}


@pytest.fixture
def user(plain_aws):
    """STS's client of a user with an access key, who needs no permission for it here."""
    name, iam = f"user-{uuid.uuid4().hex[:8]}", plain_aws.client("iam")
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    return plain_aws.client("sts", **keys, config=Config(parameter_validation=False))


def left(response):
    return response["Credentials"]["Expiration"] - datetime.now(UTC)


@pytest.mark.parametrize("method", TOKENS)
def test_a_session_gets_no_session_token(plain_aws, user, method):
    account, token = Account(plain_aws, HOME), user.get_session_token()["Credentials"]
    keys = {"aws_access_key_id": token["AccessKeyId"], "aws_secret_access_key": token["SecretAccessKey"]}
    of_user = {**keys, "aws_session_token": token["SessionToken"]}
    for session in (account.session(account.role(trust={"AWS": HOME})), of_user):
        client = account.client("sts", session)
        operation = client.meta.method_to_api_mapping[method]
        words = f"AccessDenied: Cannot call {operation} with session credentials"
        assert refused(getattr(client, method), **TOKENS[method]) == words


@pytest.mark.parametrize("method", TOKENS)
def test_a_users_token_lasts_from_15_minutes_to_36_hours(user, method):
    for seconds, bound in ((899, "greater than or equal to 900"), (129601, "less than or equal to 129600")):
        assert refused(getattr(user, method), **TOKENS[method], DurationSeconds=seconds) == (
            f"ValidationError: 1 validation error detected: Value '{seconds}' at 'durationSeconds' failed to satisfy "
            f"constraint: Member must have value {bound}"
        )
    assert left(getattr(user, method)(**TOKENS[method], DurationSeconds=129600)) > timedelta(hours=35)
    assert timedelta(hours=11) < left(getattr(user, method)(**TOKENS[method])) <= timedelta(hours=12)


@pytest.mark.parametrize("method", TOKENS)
@pytest.mark.parametrize("duration", [{}, {"DurationSeconds": 900}, {"DurationSeconds": 129600}])
def test_a_token_of_the_accounts_own_key_lasts_an_hour_at_most(plain_aws, method, duration):
    lasts = left(getattr(plain_aws.client("sts"), method)(**TOKENS[method], **duration))
    seconds = min(duration.get("DurationSeconds", 3600), 3600)
    assert timedelta(seconds=seconds - 60) < lasts <= timedelta(seconds=seconds)
