"""An object in a bucket of another account takes both sides: the caller's policies and the bucket's."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.accounts import DEV, STAGING, Account, for_account, for_role, public, put, read
from tests.local_aws.permissions import allow


@pytest.mark.parametrize(
    ("own", "theirs", "outcome"),
    [(True, True, "content"), (True, False, "AccessDenied"), (False, True, "AccessDenied")],
    ids=["both", "only the caller's", "only the bucket's"],
)
def test_an_object_takes_both_policies(
    dev: Account, staging: Account, *, own: bool, theirs: bool, outcome: str
) -> None:
    bucket = dev.bucket(*([for_account(staging, allow("s3:GetObject", "arn:aws:s3:::BUCKET/*"))] if theirs else []))
    put(dev, bucket)
    _, session = staging.acting(allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*" if own else "arn:aws:s3:::x/*"))
    assert read(staging, session, bucket) == outcome


def test_a_bucket_knows_the_role_and_no_other_of_its_account(dev: Account, staging: Account) -> None:
    role, session = staging.acting(allow("s3:GetObject"))
    _, another = staging.acting(allow("s3:GetObject"))
    bucket = dev.bucket(for_role(staging, role, allow("s3:GetObject", "arn:aws:s3:::BUCKET/*")))
    put(dev, bucket)
    assert read(staging, session, bucket) == "content"
    assert read(staging, another, bucket) == "AccessDenied"


@pytest.mark.parametrize(("restricted", "outcome"), [(False, "content"), (True, "AccessDenied")])
def test_a_restricted_public_bucket_lets_its_own_account_in_only(
    dev: Account, staging: Account, *, restricted: bool, outcome: str
) -> None:
    bucket = public(dev, restricted=restricted)
    put(dev, bucket)
    assert read(staging, staging.acting(allow("s3:GetObject"))[1], bucket) == outcome
    assert read(staging, {"aws_access_key_id": STAGING}, bucket) == outcome
    assert read(dev, {"aws_access_key_id": DEV}, bucket) == "content"


def test_who_is_left_out_of_a_condition_is_not_let_in_as_its_account(dev: Account, staging: Account) -> None:
    role, session = staging.acting(allow("s3:GetObject"))
    _, another = staging.acting(allow("s3:GetObject"))
    objects = allow("s3:GetObject", "arn:aws:s3:::BUCKET/*", ArnNotEquals={"aws:PrincipalArn": role})
    bucket = dev.bucket(for_account(staging, objects))
    put(dev, bucket)
    assert read(staging, session, bucket) == "AccessDenied"
    assert read(staging, another, bucket) == "content"


def test_an_administrator_is_let_in_by_the_bucket_only(dev: Account, staging: Account) -> None:
    bucket = dev.bucket()
    put(dev, bucket)
    assert read(staging, {"aws_access_key_id": STAGING}, bucket) == "AccessDenied"


@pytest.mark.parametrize(
    ("own", "message"),
    [(True, "Access Denied"), (False, "because no identity-based policy allows the s3:GetObject action")],
    ids=["the bucket's", "the caller's"],
)
def test_a_foreign_buckets_policy_is_not_named(dev: Account, staging: Account, *, own: bool, message: str) -> None:
    """AWS names the kind of policy within an account or an organization only, and these accounts have none."""
    bucket = dev.bucket()
    put(dev, bucket)
    _, session = staging.acting(allow("s3:GetObject" if own else "s3:PutObject"))
    with pytest.raises(ClientError) as error:
        staging.client("s3", session).get_object(Bucket=bucket, Key="model")
    assert error.value.response["Error"]["Message"].endswith(message)
