"""What S3 refuses of a bucket's creation and of a completed upload, with AWS's codes."""

from __future__ import annotations

import json
import uuid

import pytest
import urllib3
from botocore.exceptions import ClientError

from tests.local_aws.signed import signature

CREATION = b"<CreateBucketConfiguration><LocationConstraint>%s</LocationConstraint></CreateBucketConfiguration>"
SMALLEST = 5 * 1024 * 1024


def sent(aws, method: str, path: str, body: bytes) -> tuple[int, str]:
    """The answer to a body that no client would make."""
    headers = signature(aws, "s3", body, {}, path=path, method=method)
    response = urllib3.request(method, f"{aws.url}{path}", headers=headers, body=body)
    return response.status, response.data.decode()


@pytest.mark.parametrize(
    "body", [b"<CreateBucketConfiguration>", b"eu-west-1", b"<CreateBucketConfiguration><Foo/>" + CREATION]
)
def test_a_bucket_needs_well_formed_xml(plain_aws, body):
    status, body_of_error = sent(plain_aws, "PUT", f"/bucket-{uuid.uuid4().hex[:12]}", body)
    assert (status, "<Code>MalformedXML</Code>" in body_of_error) == (400, True)


def test_a_bucket_is_made_in_a_region_that_exists(plain_aws):
    path = f"/bucket-{uuid.uuid4().hex[:12]}"
    status, body_of_error = sent(plain_aws, "PUT", path, CREATION % b"mars-north-1")
    assert status == 400
    assert "<Code>InvalidLocationConstraint</Code>" in body_of_error
    assert "The specified location-constraint is not valid" in body_of_error
    assert sent(plain_aws, "PUT", path, CREATION % b"eu-west-1")[0] == 200


@pytest.mark.parametrize("name", ["xn--bucket", "sthree-bucket", "bucket-s3alias", "bucket--ol-s3"])
def test_a_bucket_has_no_reserved_name(s3, name):
    with pytest.raises(ClientError, match="InvalidBucketName"):
        s3.create_bucket(Bucket=name)


def uploaded(s3, bucket, sizes: list[int]) -> tuple[str, list[dict[str, object]]]:
    """A new upload, and its parts."""
    upload = s3.create_multipart_upload(Bucket=bucket, Key="parts")["UploadId"]
    parts = []
    for number, size in enumerate(sizes, start=1):
        tag = s3.upload_part(Bucket=bucket, Key="parts", UploadId=upload, PartNumber=number, Body=bytes(size))["ETag"]
        parts.append({"PartNumber": number, "ETag": tag})
    return upload, parts


def completed(s3, bucket, upload: str, parts: list[dict[str, object]]):
    return s3.complete_multipart_upload(Bucket=bucket, Key="parts", UploadId=upload, MultipartUpload={"Parts": parts})


def test_parts_are_listed_in_order(s3, bucket):
    upload, parts = uploaded(s3, bucket, [SMALLEST, 1])
    for listed in (parts[::-1], [*parts, parts[1]]):
        with pytest.raises(ClientError, match=r"InvalidPartOrder.*was not in ascending order"):
            completed(s3, bucket, upload, listed)
    assert completed(s3, bucket, upload, parts)["ETag"].endswith('-2"')


def test_every_part_but_the_last_has_five_megabytes(s3, bucket):
    upload, parts = uploaded(s3, bucket, [SMALLEST - 1, 1])
    with pytest.raises(ClientError, match=r"EntityTooSmall.*smaller than the minimum allowed size"):
        completed(s3, bucket, upload, parts)


def test_a_part_that_was_not_uploaded_is_invalid(s3, bucket):
    upload, parts = uploaded(s3, bucket, [1])
    for listed in ([*parts, {"PartNumber": 2, "ETag": "x"}], [{"PartNumber": 1, "ETag": '"0"'}]):
        with pytest.raises(ClientError, match=r"InvalidPart.*may not have been uploaded"):
            completed(s3, bucket, upload, listed)


@pytest.mark.parametrize("parts", ["", "<Part><PartNumber>one</PartNumber></Part>", "<Part><ETag>x</ETag></Part>"])
def test_a_completion_needs_well_formed_parts(plain_aws, s3, bucket, parts):
    upload, _ = uploaded(s3, bucket, [1])
    body = f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode()
    status, body_of_error = sent(plain_aws, "POST", f"/{bucket}/parts?uploadId={upload}", body)
    assert (status, "<Code>MalformedXML</Code>" in body_of_error) == (400, True)


ROOT = "arn:aws:iam::123456789012:root"


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"Principal": None}, "Missing required field Principal"),
        ({"Principal": {"AWS": "arn:aws:iam::123456789012:role/missing"}}, "Invalid principal in policy"),
        ({"Action": "ec2:RunInstances"}, "Policy has invalid action"),
        ({"Resource": "arn:aws:s3:::another/*"}, "Policy has invalid resource"),
        ({"Resource": "arn:aws:s3:::BUCKET"}, "Action does not apply to any resource(s) in statement"),
        ({"Action": "s3:ListBucket"}, "Action does not apply to any resource(s) in statement"),
        ({"Condition": {"StringFoo": {"a": "b"}}}, "Invalid Condition type : StringFoo"),
    ],
)
def test_a_bucket_policy_is_checked(s3, bucket, members, words):
    statement = {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "s3:GetObject"}
    statement |= {"Resource": f"arn:aws:s3:::{bucket}/*", **members}
    statement = {name: member for name, member in statement.items() if member is not None}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]}).replace("BUCKET", bucket)
    with pytest.raises(ClientError) as refusal:
        s3.put_bucket_policy(Bucket=bucket, Policy=policy)
    error = refusal.value.response["Error"]
    assert (error["Code"], error["Message"]) == ("MalformedPolicy", words)


def test_a_bucket_policy_for_all_of_a_bucket_is_taken(s3, bucket):
    resources = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    statement = {"Effect": "Deny", "Principal": "*", "Action": ["s3:*", "s3:GetObject"], "Resource": resources}
    condition = {"Bool": {"aws:SecureTransport": "false"}}
    policy = {"Version": "2012-10-17", "Statement": {**statement, "Condition": condition}}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))


def test_a_new_bucket_blocks_public_policies(s3, bucket):
    assert all(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ([{"Filter": {"Prefix": ""}}], "At least one action needs to be specified in a rule"),
        ([{"Expiration": {"Days": 1}}], "MalformedXML"),
        ([{"Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}] * 2, "Rule ID must be unique."),
        (
            [{"Filter": {"Prefix": ""}, "Transitions": [{"Days": 5, "StorageClass": "STANDARD_IA"}]}],
            "greater than or equal to 30 for storageClass 'STANDARD_IA'",
        ),
    ],
)
def test_a_lifecycle_is_checked(s3, bucket, rules, words):
    configuration = {"Rules": [{"ID": "one", "Status": "Enabled", **rule} for rule in rules]}
    with pytest.raises(ClientError, match=words):
        s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration=configuration)


def test_aes256_has_no_key(s3, bucket):
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256", "KMSMasterKeyID": "x"}}
    with pytest.raises(ClientError, match="a KMSMasterKeyID is not applicable"):
        s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})


def test_keys_and_metadata_have_a_length(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k" * 1024, Body=b"", Metadata={"a": "x" * 2047})
    with pytest.raises(ClientError, match=r"KeyTooLongError.*Your key is too long"):
        s3.put_object(Bucket=bucket, Key="k" * 1025, Body=b"")
    with pytest.raises(ClientError, match="MetadataTooLarge"):
        s3.put_object(Bucket=bucket, Key="k", Body=b"", Metadata={"a": "x" * 2048})


def test_a_copy_changes_something(s3, bucket):
    s3.put_object(Bucket=bucket, Key="same", Body=b"x")
    source = {"Bucket": bucket, "Key": "same"}
    with pytest.raises(ClientError, match="trying to copy an object to itself"):
        s3.copy_object(Bucket=bucket, Key="same", CopySource=source)
    s3.copy_object(Bucket=bucket, Key="same", CopySource=source, MetadataDirective="REPLACE", Metadata={"a": "b"})
