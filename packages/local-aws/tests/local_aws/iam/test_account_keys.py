"""An object that a key of another account encrypts takes the key's policy and the caller's."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.accounts import DEV, STAGING, Account, for_account, for_role, put, read
from tests.local_aws.permissions import allow


@pytest.mark.parametrize(
    ("own", "theirs", "outcome"),
    [(True, True, "content"), (True, False, "AccessDenied"), (False, True, "AccessDenied")],
    ids=["both", "only the caller's", "only the key's"],
)
def test_an_encrypted_object_takes_both_policies_for_its_key(
    dev: Account, staging: Account, *, own: bool, theirs: bool, outcome: str
) -> None:
    key = dev.key(*([for_account(staging, allow("kms:Decrypt"))] if theirs else []))
    bucket = dev.bucket(for_account(staging, allow("s3:GetObject", "arn:aws:s3:::BUCKET/*")), key=key)
    put(dev, bucket)
    _, session = staging.acting(allow("s3:GetObject"), *([allow("kms:Decrypt", key)] if own else []))
    assert read(staging, session, bucket) == outcome


@pytest.mark.parametrize(
    ("own", "theirs", "cause"),
    [
        ("Allow", None, "because no resource-based policy allows the kms:Decrypt action"),
        ("Allow", "Deny", "with an explicit deny in a resource-based policy"),
        (None, "Allow", "because no identity-based policy allows the kms:Decrypt action"),
        ("Deny", "Allow", "with an explicit deny in an identity-based policy"),
    ],
)
def test_a_refused_key_is_named_with_the_policy_that_is_the_cause(
    dev: Account, staging: Account, own: str | None, theirs: str | None, cause: str
) -> None:
    decrypt = allow("kms:Decrypt")
    key = dev.key(*([for_account(staging, {**decrypt, "Effect": theirs})] if theirs else []))
    bucket = dev.bucket(for_account(staging, allow("s3:GetObject", "arn:aws:s3:::BUCKET/*")), key=key)
    put(dev, bucket)
    role, session = staging.acting(allow("s3:GetObject"), *([{**decrypt, "Effect": own}] if own else []))
    with pytest.raises(ClientError) as error:
        staging.client("s3", session).get_object(Bucket=bucket, Key="model")
    caller = f"arn:aws:sts::{STAGING}:assumed-role/{role.rpartition('/')[2]}/test"
    refusal = error.value.response["Error"]
    assert refusal["Code"] == "AccessDenied"
    assert refusal["Message"] == f"User: {caller} is not authorized to perform: kms:Decrypt on resource: {key} {cause}"


def test_a_key_for_s3_only_decrypts_an_object(dev: Account, staging: Account) -> None:
    role, session = staging.acting(allow(["s3:GetObject", "kms:Decrypt"]))
    through_s3 = {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}
    key = dev.key(for_role(staging, role, {**allow("kms:Decrypt"), "Condition": through_s3}))
    bucket = dev.bucket(for_role(staging, role, allow("s3:GetObject", "arn:aws:s3:::BUCKET/*")), key=key)
    put(dev, bucket)
    assert read(staging, session, bucket) == "content"


def test_no_other_account_reads_what_aws_managed_key_encrypts(dev: Account, staging: Account) -> None:
    bucket = dev.bucket(for_account(staging, allow("s3:GetObject", "arn:aws:s3:::BUCKET/*")))
    dev.client("s3").put_object(Bucket=bucket, Key="model", Body=b"content", ServerSideEncryption="aws:kms")
    _, session = staging.acting(allow(["s3:GetObject", "kms:Decrypt"]))
    assert read(staging, session, bucket) == "AccessDenied"
    assert read(staging, {"aws_access_key_id": STAGING}, bucket) == "AccessDenied"
    assert read(dev, {"aws_access_key_id": DEV}, bucket) == "content"
