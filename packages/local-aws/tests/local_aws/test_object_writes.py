"""Writing objects: a write with a condition replaces nothing that it must keep."""

from __future__ import annotations

import uuid

import pytest
from botocore.exceptions import ClientError


@pytest.fixture(scope="module")
def s3(plain_aws):
    return plain_aws.client("s3")


@pytest.fixture(scope="module")
def bucket(s3):
    name = f"bucket-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=name)
    return name


def content(s3, bucket, key):
    return s3.get_object(Bucket=bucket, Key=key)["Body"].read()


def test_a_copy_that_must_create_an_object_replaces_none(s3, bucket):
    s3.put_object(Bucket=bucket, Key="old", Body=b"old")
    source = {"Bucket": bucket, "Key": "old"}
    s3.copy_object(Bucket=bucket, Key="new", CopySource=source, IfNoneMatch="*")
    s3.put_object(Bucket=bucket, Key="new", Body=b"newer")
    with pytest.raises(ClientError) as refusal:
        s3.copy_object(Bucket=bucket, Key="new", CopySource=source, IfNoneMatch="*")
    assert refusal.value.response["Error"]["Code"] == "PreconditionFailed"
    assert content(s3, bucket, "new") == b"newer"


def test_a_copy_replaces_only_the_content_that_it_names(s3, bucket):
    tag = s3.put_object(Bucket=bucket, Key="first", Body=b"first")["ETag"]
    s3.put_object(Bucket=bucket, Key="second", Body=b"second")
    source = {"Bucket": bucket, "Key": "second"}
    s3.copy_object(Bucket=bucket, Key="first", CopySource=source, IfMatch=tag)
    with pytest.raises(ClientError, match="PreconditionFailed"):
        s3.copy_object(Bucket=bucket, Key="first", CopySource=source, IfMatch=tag)
