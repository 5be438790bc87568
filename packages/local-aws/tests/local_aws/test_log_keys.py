"""Keys of log groups, and the rotation of keys: as CloudWatch Logs and KMS answer."""

from __future__ import annotations

import uuid

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def key(plain_aws):
    return plain_aws.client("kms").create_key()["KeyMetadata"]["Arn"]


@pytest.fixture
def group(plain_aws):
    name = f"/aws/sagemaker/Endpoints/{uuid.uuid4()}"
    plain_aws.client("logs").create_log_group(logGroupName=name)
    return name


def key_of(plain_aws, group):
    (described,) = plain_aws.client("logs").describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    return described.get("kmsKeyId")


def test_a_group_gets_a_key_and_loses_it(plain_aws, group, key):
    logs = plain_aws.client("logs")
    logs.associate_kms_key(logGroupName=group, kmsKeyId=key)
    assert key_of(plain_aws, group) == key
    logs.disassociate_kms_key(logGroupName=group)
    assert key_of(plain_aws, group) is None


def test_a_missing_or_disabled_key_is_refused(plain_aws, group, key):
    logs = plain_aws.client("logs")
    plain_aws.client("kms").disable_key(KeyId=key)
    for unusable in (key, key.rpartition("/")[0] + "/" + str(uuid.uuid4())):
        with pytest.raises(ClientError, match="InvalidParameterException"):
            logs.associate_kms_key(logGroupName=group, kmsKeyId=unusable)
        with pytest.raises(ClientError, match="InvalidParameterException"):
            logs.create_log_group(logGroupName=f"{group}-2", kmsKeyId=unusable)
    assert key_of(plain_aws, group) is None


def test_a_key_of_a_missing_group_is_refused(plain_aws, key):
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        plain_aws.client("logs").associate_kms_key(logGroupName="none", kmsKeyId=key)


def test_what_a_key_encrypted_is_readable_after_a_rotation(plain_aws, key):
    kms = plain_aws.client("kms")
    before = kms.encrypt(KeyId=key, Plaintext=b"a model")["CiphertextBlob"]
    assert kms.rotate_key_on_demand(KeyId=key)["KeyId"] == key
    assert kms.decrypt(CiphertextBlob=before)["Plaintext"] == b"a model"
    (rotation,) = kms.list_key_rotations(KeyId=key)["Rotations"]
    assert rotation["RotationType"] == "ON_DEMAND"


def test_a_key_is_rotated_on_demand_25_times(plain_aws, key):
    kms = plain_aws.client("kms")
    for _ in range(25):
        kms.rotate_key_on_demand(KeyId=key)
    with pytest.raises(ClientError, match="LimitExceededException"):
        kms.rotate_key_on_demand(KeyId=key)


def test_rotations_are_listed_by_the_page(plain_aws, key):
    kms = plain_aws.client("kms")
    for _ in range(3):
        kms.rotate_key_on_demand(KeyId=key)
    first = kms.list_key_rotations(KeyId=key, Limit=2)
    assert (len(first["Rotations"]), first["Truncated"]) == (2, True)
    rest = kms.list_key_rotations(KeyId=key, Limit=2, Marker=first["NextMarker"])
    assert (len(rest["Rotations"]), rest["Truncated"]) == (1, False)
    with pytest.raises(ClientError, match="InvalidMarkerException"):
        kms.list_key_rotations(KeyId=key, Marker="none")


def test_a_key_that_cannot_be_rotated_is_refused(plain_aws, key):
    kms = plain_aws.client("kms")
    signing = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["Arn"]
    with pytest.raises(ClientError, match="UnsupportedOperationException"):
        kms.rotate_key_on_demand(KeyId=signing)
    kms.disable_key(KeyId=key)
    with pytest.raises(ClientError, match="DisabledException"):
        kms.rotate_key_on_demand(KeyId=key)
    with pytest.raises(ClientError, match="NotFoundException"):
        kms.rotate_key_on_demand(KeyId=str(uuid.uuid4()))
