"""What S3 refuses of a bucket's creation and of a completed upload, with AWS's codes."""

from __future__ import annotations

import uuid

import pytest
import urllib3
from botocore.exceptions import ClientError

from tests.local_aws.signed import signature

CREATION = b"<CreateBucketConfiguration><LocationConstraint>%s</LocationConstraint></CreateBucketConfiguration>"
SMALLEST = 5 * 1024 * 1024


@pytest.fixture(scope="module")
def s3(plain_aws):
    return plain_aws.client("s3")


@pytest.fixture(scope="module")
def bucket(s3):
    name = f"bucket-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=name)
    return name


def sent(aws, method: str, path: str, body: bytes) -> tuple[int, str]:
    """The answer to a body that no client would make."""
    headers = signature(aws, "s3", body, {}, path=path, method=method)
    response = urllib3.request(method, f"{aws.url}{path}", headers=headers, body=body)
    return response.status, response.data.decode()


@pytest.mark.parametrize(
    "body", [b"<CreateBucketConfiguration>", b"eu-west-1", b"<CreateBucketConfiguration><Foo/>" + CREATION]
)
def test_a_bucket_needs_well_formed_xml(plain_aws, body):
    status, answer = sent(plain_aws, "PUT", f"/bucket-{uuid.uuid4().hex[:12]}", body)
    assert (status, "<Code>MalformedXML</Code>" in answer) == (400, True)


def test_a_bucket_is_made_in_a_region_that_exists(plain_aws):
    path = f"/bucket-{uuid.uuid4().hex[:12]}"
    status, answer = sent(plain_aws, "PUT", path, CREATION % b"mars-north-1")
    assert status == 400
    assert "<Code>InvalidLocationConstraint</Code>" in answer
    assert "The specified location-constraint is not valid" in answer
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
    status, answer = sent(plain_aws, "POST", f"/{bucket}/parts?uploadId={upload}", body)
    assert (status, "<Code>MalformedXML</Code>" in answer) == (400, True)
