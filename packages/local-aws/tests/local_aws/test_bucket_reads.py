"""S3 refuses to read what it can't (keys, versions, parts, pages, tokens), and customers' keys where it blocks them."""

from __future__ import annotations

import uuid

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.local_aws.client_errors import refused

LONG = "ä" * 512 + "a"
"""One byte too many."""
CUSTOMER = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32}
MOST = "must be an integer between 0 and 2147483647"
REFUSED = {
    "max-keys": ("list_objects_v2", {"MaxKeys": -1}, f"Argument maxKeys {MOST}"),
    "max-keys of the first list": ("list_objects", {"MaxKeys": -1}, f"Argument maxKeys {MOST}"),
    "max-keys of versions": ("list_object_versions", {"MaxKeys": -1}, f"Argument maxKeys {MOST}"),
    "max-keys, too large": (
        "list_objects_v2",
        {"MaxKeys": 2**31},
        "Provided max-keys not an integer or within integer range",
    ),
    "max-uploads": ("list_multipart_uploads", {"MaxUploads": -1}, f"Argument max-uploads {MOST}"),
    "max-parts": ("list_parts", {"Key": "k", "UploadId": "u", "MaxParts": -1}, f"Argument max-parts {MOST}"),
    "token": ("list_objects_v2", {"ContinuationToken": "nonsense!"}, "The continuation token provided is incorrect"),
    "empty token": ("list_objects_v2", {"ContinuationToken": ""}, "The continuation token provided is incorrect"),
    "marker": (
        "list_object_versions",
        {"VersionIdMarker": "null"},
        "A version-id marker cannot be specified without a key marker.",
    ),
    "version": ("get_object", {"Key": "k", "VersionId": "nonsense"}, "Invalid version id specified"),
    "version to head": ("get_object_tagging", {"Key": "k", "VersionId": "nonsense"}, "Invalid version id specified"),
    "version to delete": ("delete_object", {"Key": "k", "VersionId": "nonsense"}, "Invalid version id specified"),
    "empty version": ("get_object", {"Key": "k", "VersionId": ""}, "Version id cannot be the empty string"),
    "part": (
        "get_object",
        {"Key": "k", "PartNumber": 0},
        "Part number must be an integer between 1 and 10000, inclusive",
    ),
    "attribute": (
        "get_object_attributes",
        {"Key": "k", "ObjectAttributes": ["ETag", "Owner"]},
        "Invalid attribute name specified.",
    ),
}


@pytest.fixture(scope="module")
def s3(plain_aws):
    return plain_aws.client("s3", config=Config(parameter_validation=False))


@pytest.fixture(scope="module")
def bucket(s3):
    name = f"read-{uuid.uuid4().hex[:8]}"
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=name, Key="k", Body=b"0123456789")
    return name


def status(call, **request):
    with pytest.raises(ClientError) as refusal:
        call(**request)
    return refusal.value.response["ResponseMetadata"]["HTTPStatusCode"]


@pytest.mark.parametrize("what", REFUSED)
def test_what_s3_does_not_read_is_refused(s3, bucket, what):
    method, request, words = REFUSED[what]
    assert refused(getattr(s3, method), Bucket=bucket, **request) == f"InvalidArgument: {words}"


def test_pages_of_buckets_have_limits(s3):
    for size in (0, 10001):
        words = "Argument max-buckets must be an integer between 1 and 10000"
        assert refused(s3.list_buckets, MaxBuckets=size) == f"InvalidArgument: {words}"
    assert "Buckets" in s3.list_buckets(MaxBuckets=10000)


def test_what_s3_gave_is_read(s3, bucket):
    for key in ("pages/a", "pages/b", "pages/c"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Prefix="pages/", PaginationConfig={"PageSize": 1}
    )
    assert [item["Key"][-1] for page in pages for item in page["Contents"]] == ["a", "b", "c"]
    versions = s3.get_paginator("list_object_versions").paginate(
        Bucket=bucket, Prefix="pages/", PaginationConfig={"PageSize": 1}
    )
    for version in (version for page in versions for version in page["Versions"]):
        assert s3.get_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])["Body"].read() == b""
    assert status(s3.get_object, Bucket=bucket, Key="k", VersionId="a" * 32) == 404
    assert s3.list_objects_v2(Bucket=bucket, MaxKeys=0)["KeyCount"] == 0


def test_a_long_key_is_refused_in_every_request(s3, bucket):
    for method in ("get_object", "get_object_tagging", "delete_object", "create_multipart_upload"):
        with pytest.raises(ClientError) as refusal:
            getattr(s3, method)(Bucket=bucket, Key=LONG)
        error = refusal.value.response["Error"]
        assert (error["Code"], error["Message"]) == ("KeyTooLongError", "Your key is too long")
        assert (error["Size"], error["MaxSizeAllowed"]) == ("1025", "1024")
    assert status(s3.head_object, Bucket=bucket, Key=LONG) == 400
    assert refused(s3.list_objects_v2, Bucket=bucket, Prefix=LONG) == "KeyTooLongError: Your key is too long"
    assert status(s3.head_object, Bucket=bucket, Key=LONG[:-1]) == 404
    assert s3.list_objects_v2(Bucket=bucket, Prefix=LONG[:-1])["KeyCount"] == 0


def test_parts_and_ranges_exclude_each_other(s3, bucket):
    words = "InvalidRequest: Cannot specify both Range header and partNumber query parameter"
    assert refused(s3.get_object, Bucket=bucket, Key="k", PartNumber=1, Range="bytes=0-1") == words
    assert status(s3.head_object, Bucket=bucket, Key="k", PartNumber=1, Range="bytes=0-1") == 400


def test_a_part_that_an_object_does_not_have_is_refused(s3, bucket):
    upload = {"Bucket": bucket, "Key": "parts"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    uploaded = [s3.upload_part(**upload, PartNumber=part, Body=b"1" * (5 << 20)) for part in (1, 2)]
    parts = [{"PartNumber": part, "ETag": response["ETag"]} for part, response in enumerate(uploaded, 1)]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    for key, most in (("k", 1), ("parts", 2)):
        assert s3.get_object(Bucket=bucket, Key=key, PartNumber=most)["Body"].read(1)
        words = "InvalidPartNumber: The requested partnumber is not satisfiable"
        assert refused(s3.get_object, Bucket=bucket, Key=key, PartNumber=most + 1) == words
        assert status(s3.head_object, Bucket=bucket, Key=key, PartNumber=most + 1) == 416


def test_a_large_version_is_downloaded_in_ranges(s3, bucket, tmp_path):
    content = bytes(range(256)) * 4 * 1024 * 9
    version = s3.put_object(Bucket=bucket, Key="large", Body=content)["VersionId"]
    s3.put_object(Bucket=bucket, Key="large", Body=b"another")
    s3.download_file(bucket, "large", str(tmp_path / "large"), ExtraArgs={"VersionId": version})
    assert (tmp_path / "large").read_bytes() == content


@pytest.mark.parametrize("current", [True, False])
@pytest.mark.parametrize("method", ["get_object", "head_object"])
def test_a_range_is_read_of_each_version(s3, bucket, method, current):
    first = s3.put_object(Bucket=bucket, Key="ranges", Body=b"0123456789")["VersionId"]
    version = {} if current else {"VersionId": first}
    if not current:
        s3.put_object(Bucket=bucket, Key="ranges", Body=b"")
    read = {"Bucket": bucket, "Key": "ranges", **version}
    for requested, content, served in (("bytes=2-3", b"23", "bytes 2-3/10"), ("bytes=-1", b"9", "bytes 9-9/10")):
        response = getattr(s3, method)(**read, Range=requested)
        assert (response["ContentLength"], response["ContentRange"]) == (len(content), served)
        assert response["ResponseMetadata"]["HTTPStatusCode"] == 206
        assert "Body" not in response or response["Body"].read() == content
    assert status(getattr(s3, method), **read, Range="bytes=10-") == 416
    for unread in ("bytes=5-2", "bytes=a-b", "items=0-4", "bytes=0-1,4-5"):
        response = getattr(s3, method)(**read, Range=unread)
        assert (response["ContentLength"], response["ResponseMetadata"]["HTTPStatusCode"]) == (10, 200)


def test_an_archived_object_is_not_copied(s3, bucket):
    s3.put_object(Bucket=bucket, Key="archived", Body=b"1", StorageClass="GLACIER")
    source = {"Bucket": bucket, "Key": "archived"}
    words = "InvalidObjectState: Operation is not valid for the source object's storage class"
    assert refused(s3.copy_object, Bucket=bucket, Key="copy", CopySource=source) == words
    assert refused(s3.copy_object, Bucket=bucket, Key="archived", CopySource=source, StorageClass="STANDARD") == words
    upload = {"Bucket": bucket, "Key": "copy"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    assert refused(s3.upload_part_copy, **upload, PartNumber=1, CopySource=source) == words
    s3.put_object(Bucket=bucket, Key="archived", Body=b"2")
    assert s3.copy_object(Bucket=bucket, Key="copy", CopySource=source)["CopyObjectResult"]


def test_a_read_takes_no_encryption_of_a_write(s3, bucket):
    def add(request, **_):
        request.headers["x-amz-server-side-encryption"] = "AES256"

    s3.meta.events.register("before-sign.s3.GetObject", add)
    try:
        words = "InvalidArgument: x-amz-server-side-encryption header is not supported for this operation."
        assert refused(s3.get_object, Bucket=bucket, Key="k") == words
    finally:
        s3.meta.events.unregister("before-sign.s3.GetObject", add)


def test_customers_keys_are_blocked_until_they_are_allowed(s3):
    name = f"keys-{uuid.uuid4().hex[:8]}"
    s3.create_bucket(Bucket=name)

    def rule(blocked):
        return {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, **blocked}

    def blocked():
        (only_rule,) = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
        return only_rule["BlockedEncryptionTypes"]["EncryptionType"]

    write = {"Bucket": name, "Key": "secret", "Body": b"1", **CUSTOMER}
    for method in (s3.put_object, s3.create_multipart_upload):
        request = write if method is s3.put_object else {key: write[key] for key in write if key != "Body"}
        assert refused(method, **request) == "AccessDenied: Access Denied"
    assert blocked() == ["SSE-C"]
    allowed = {"Rules": [rule({"BlockedEncryptionTypes": {"EncryptionType": ["NONE"]}})]}
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration=allowed)
    assert blocked() == ["NONE"]
    s3.put_object(**write)
    assert s3.get_object(Bucket=name, Key="secret", **CUSTOMER)["Body"].read() == b"1"
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule({})]})
    assert (blocked(), refused(s3.put_object, **write)) == (["SSE-C"], "AccessDenied: Access Denied")
    assert s3.get_object(Bucket=name, Key="secret", **CUSTOMER)["Body"].read() == b"1"
    assert refused(s3.get_object, Bucket=name, Key="secret").startswith(
        "InvalidRequest: The object was stored using a "
    )
