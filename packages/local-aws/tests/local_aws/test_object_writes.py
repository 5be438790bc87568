"""Writing objects: conditions hold for copies, too, and a large body is checked like a small one, from its file."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import pytest
import urllib3
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.local_aws.conftest import PLAIN
from tests.local_aws.launcher import running_local_aws
from tests.local_aws.signed import signature


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


MEGABYTES = 128


def resident(process):
    """The most memory that a process has used so far, in megabytes."""
    status = Path(f"/proc/{process.pid}/status").read_text("ascii")
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A file that no piece of which is like another."""
    path = tmp_path_factory.mktemp("upload") / "large"
    with path.open("wb") as file:
        for number in range(MEGABYTES):
            file.write(number.to_bytes(4, "big") * (1 << 18))
    return path


def test_one_large_put_costs_little_memory_and_keeps_the_content(large):
    with running_local_aws(*PLAIN, "--iam") as aws:
        s3 = aws.client("s3")
        s3.create_bucket(Bucket="bucket")
        s3.put_object(Bucket="bucket", Key="small", Body=b"x" * (9 << 20))
        before = resident(aws.process)
        with large.open("rb") as file:
            written = s3.put_object(Bucket="bucket", Key="large", Body=file, ChecksumAlgorithm="SHA256")
        growth = resident(aws.process) - before
        assert growth < 60
        digest = hashlib.sha256()
        for piece in s3.get_object(Bucket="bucket", Key="large")["Body"].iter_chunks(1 << 20):
            digest.update(piece)
        with large.open("rb") as file:
            assert digest.hexdigest() == hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            assert written["ETag"] == f'"{hashlib.file_digest(file, "md5").hexdigest()}"'


BIG = b"a large body " * (1 << 20)


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"ContentMD5": base64.b64encode(hashlib.md5(b"other", usedforsecurity=False).digest()).decode()}, "BadDigest"),
        ({"ContentMD5": base64.b64encode(hashlib.md5(b"", usedforsecurity=False).digest()).decode()}, "BadDigest"),
        ({"ContentMD5": "short"}, "InvalidDigest"),
        ({"ChecksumCRC32": "AAAAAA=="}, "BadDigest"),
        ({"ChecksumSHA256": base64.b64encode(hashlib.sha256(b"other").digest()).decode()}, "BadDigest"),
        (
            {"ChecksumSHA1": base64.b64encode(hashlib.sha1(b"other", usedforsecurity=False).digest()).decode()},
            "BadDigest",
        ),
        ({"IfMatch": '"another"'}, "NoSuchKey"),
    ],
)
def test_a_large_body_is_held_against_what_the_request_says(s3, bucket, members, code):
    with pytest.raises(ClientError) as refusal:
        s3.put_object(Bucket=bucket, Key="refused", Body=BIG, **members)
    assert refusal.value.response["Error"]["Code"] == code
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket, Prefix="refused")


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_the_checksum_of_a_large_body_is_computed(s3, bucket, algorithm):
    small = s3.put_object(Bucket=bucket, Key="half", Body=BIG[: 1 << 20], ChecksumAlgorithm=algorithm)
    whole = s3.put_object(Bucket=bucket, Key="whole", Body=BIG, ChecksumAlgorithm=algorithm)
    shown = s3.head_object(Bucket=bucket, Key="whole", ChecksumMode="ENABLED")[f"Checksum{algorithm}"]
    assert shown == whole.get(f"Checksum{algorithm}", shown)
    assert shown != small.get(f"Checksum{algorithm}")
    assert content(s3, bucket, "whole") == BIG


def test_another_large_body_than_the_signed_one_is_refused(plain_aws, bucket):
    headers = signature(plain_aws, "s3", BIG, {}, path=f"/{bucket}/forged", method="PUT")
    response = urllib3.request("PUT", f"{plain_aws.url}/{bucket}/forged", headers=headers, body=BIG[:-1] + b"!")
    assert response.status == 400
    assert b"XAmzContentSHA256Mismatch" in response.data
    assert "Contents" not in plain_aws.client("s3").list_objects_v2(Bucket=bucket, Prefix="forged")


def test_a_large_part_is_written_from_its_file(s3, bucket):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="parts")["UploadId"]
    part = {"Bucket": bucket, "Key": "parts", "UploadId": upload, "PartNumber": 1}
    tag = s3.upload_part(**part, Body=BIG)["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": tag}]}
    s3.complete_multipart_upload(Bucket=bucket, Key="parts", UploadId=upload, MultipartUpload=parts)
    assert content(s3, bucket, "parts") == BIG


def test_a_large_body_of_a_subresource_is_refused_as_a_small_one(plain_aws, s3, bucket):
    s3.put_object(Bucket=bucket, Key="tagged", Body=b"x")
    headers = signature(plain_aws, "s3", BIG, {}, path=f"/{bucket}/tagged?tagging=", method="PUT")
    response = urllib3.request("PUT", f"{plain_aws.url}/{bucket}/tagged?tagging=", headers=headers, body=BIG)
    assert (response.status, b"MalformedXML" in response.data) == (400, True)


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_a_large_body_arrives_by_a_presigned_url(plain_aws, s3, bucket, version):
    client = plain_aws.client("s3", config=Config(signature_version=version))
    url = client.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": version})
    assert urllib3.request("PUT", url, body=BIG).status == 200
    assert content(s3, bucket, version) == BIG


def test_versions_of_any_name_are_listed(s3, bucket):
    names = ["odd/a\x01b", "odd/a b+c%41", "odd/<ä>&amp;"]
    for name in names:
        s3.put_object(Bucket=bucket, Key=name, Body=b"a")
    listed = s3.list_object_versions(Bucket=bucket, Prefix="odd/", MaxKeys=2)
    assert [version["Key"] for version in listed["Versions"]] == sorted(names)[:2]
    rest = s3.list_object_versions(Bucket=bucket, Prefix="odd/", KeyMarker=listed["NextKeyMarker"])
    assert (rest["Prefix"], [version["Key"] for version in rest["Versions"]]) == ("odd/", sorted(names)[2:])
