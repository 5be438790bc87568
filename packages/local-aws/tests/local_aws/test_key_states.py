"""A key that waits for its deletion, is disabled or does not exist encrypts nothing, by KMS or by S3."""

from __future__ import annotations

import json
import uuid

import pytest
from botocore.config import Config

from tests.local_aws.client_errors import refused

HOME = "123456789012"
MISSING = f"arn:aws:kms:us-east-1:{HOME}:key/11111111-1111-1111-1111-111111111111"


@pytest.fixture(scope="module")
def kms(plain_aws):
    return plain_aws.client("kms", config=Config(parameter_validation=False))


@pytest.fixture
def key(kms):
    return kms.create_key()["KeyMetadata"]


PENDING = {
    "create_alias": {"AliasName": "alias/pending"},
    "disable_key": {},
    "enable_key": {},
    "enable_key_rotation": {},
    "encrypt": {"Plaintext": b"x"},
    "schedule_key_deletion": {},
    "tag_resource": {"Tags": [{"TagKey": "a", "TagValue": "b"}]},
    "update_key_description": {"Description": "x"},
}


def test_a_key_that_waits_for_its_deletion_can_only_be_kept(kms, key):
    kms.schedule_key_deletion(KeyId=key["KeyId"])
    for operation, members in PENDING.items():
        name = "TargetKeyId" if operation == "create_alias" else "KeyId"
        expected = f"KMSInvalidStateException: {key['Arn']} is pending deletion."
        assert refused(getattr(kms, operation), **{name: key["KeyId"]}, **members) == expected
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] == "PendingDeletion"
    kms.cancel_key_deletion(KeyId=key["KeyId"])
    kms.enable_key(KeyId=key["KeyId"])
    kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")


def test_a_disabled_key_is_not_rotated(kms, key):
    kms.disable_key(KeyId=key["KeyId"])
    expected = f"DisabledException: {key['Arn']} is disabled."
    assert refused(kms.enable_key_rotation, KeyId=key["KeyId"]) == expected
    assert refused(kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x") == expected


def test_s3_writes_only_with_an_enabled_key(plain_aws, kms, key):
    s3, bucket = plain_aws.client("s3"), f"bucket-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=bucket)
    request = {"Bucket": bucket, "Key": "k", "Body": b"x", "ServerSideEncryption": "aws:kms"}
    s3.put_object(**request, SSEKMSKeyId=key["Arn"])
    s3.put_object(**request)
    kms.disable_key(KeyId=key["KeyId"])
    assert (
        refused(s3.put_object, **request, SSEKMSKeyId=key["Arn"]) == f"KMS.DisabledException: {key['Arn']} is disabled."
    )
    kms.schedule_key_deletion(KeyId=key["KeyId"])
    expected = f"KMS.KMSInvalidStateException: {key['Arn']} is pending deletion."
    assert refused(s3.put_object, **request, SSEKMSKeyId=key["KeyId"]) == expected
    assert (
        refused(s3.put_object, **request, SSEKMSKeyId=MISSING)
        == f"KMS.NotFoundException: Key '{MISSING}' does not exist"
    )
    assert (
        refused(s3.put_object, **request, SSEKMSKeyId=MISSING.rpartition("/")[2])
        == f"KMS.NotFoundException: Key '{MISSING}' does not exist"
    )
    assert refused(s3.put_object, **request, SSEKMSKeyId="no-key") == "KMS.NotFoundException: Invalid keyId 'no-key'"


def test_kms_encrypts_four_kilobytes(kms, key):
    kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x" * 4096)
    assert "'plaintext' failed to satisfy constraint" in refused(kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x" * 4097)


@pytest.mark.parametrize("size", [{}, {"KeySpec": "AES_256", "NumberOfBytes": 32}])
def test_a_data_key_has_one_size(kms, key, size):
    expected = "ValidationException: Please specify either number of bytes or key spec."
    assert refused(kms.generate_data_key, KeyId=key["KeyId"], **size) == expected


def test_an_alias_does_not_look_like_awss(kms, key):
    assert refused(kms.create_alias, AliasName="alias/aws/mine", TargetKeyId=key["KeyId"]).startswith("NotAuthorized")


def test_a_keys_policy_names_principals_that_exist(kms, key):
    names = [f"arn:aws:iam::{HOME}:root", f"arn:aws:iam::{HOME}:role/missing"]
    statement = {"Effect": "Allow", "Principal": {"AWS": names}, "Action": "kms:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    expected = "MalformedPolicyDocumentException: Policy contains a statement with one or more invalid principals."
    assert refused(kms.create_key, Policy=policy) == expected
    assert refused(kms.put_key_policy, KeyId=key["KeyId"], Policy=policy) == expected
    assert "MalformedPolicyDocumentException" in refused(kms.put_key_policy, KeyId=key["KeyId"], Policy="{nope")
