"""Large bodies in chunks (`aws-chunked`), as JavaScript's SDK sends streams: checked, and never in memory."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.local_aws.conftest import PLAIN
from tests.local_aws.launcher import LocalAws, running_local_aws
from tests.local_aws.signed import send

SIZE, CHUNK, LITTLE = 32 << 20, 1 << 20, 24 << 20
CONTENT = bytes(range(256)) * (SIZE // 256)
CRC32 = base64.b64encode(struct.pack(">I", zlib.crc32(CONTENT))).decode()
UNSIGNED, SIGNED = "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
Sign = Callable[[bytes], bytes]


class Signer(S3SigV4Auth):
    """Signs a request whose body comes in chunks."""

    def __init__(self, aws: LocalAws, kind: str) -> None:
        super().__init__(Credentials("123456789012", aws.secret), "s3", "us-east-1")
        self.kind = kind

    def payload(self, _request: AWSRequest) -> str:
        return self.kind

    def chunk_signer(self, request: AWSRequest) -> Sign:
        """A function from each chunk in turn to the extension of its first line."""
        date, credentials = request.context["timestamp"], self.credentials
        key = f"AWS4{credentials.secret_key}".encode()
        scope = (date[:8], "us-east-1", "s3", "aws4_request")
        for part in scope:
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        last = request.headers["Authorization"].rpartition("Signature=")[2]

        def sign(chunk: bytes) -> bytes:
            nonlocal last
            digests = [hashlib.sha256(part).hexdigest() for part in (b"", chunk)]
            text = "\n".join(["AWS4-HMAC-SHA256-PAYLOAD", date, "/".join(scope), last, *digests])
            last = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
            return f";chunk-signature={last}".encode()

        return sign


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with running_local_aws(*PLAIN) as server:
        server.client("s3").create_bucket(Bucket="bucket")
        yield server


def put(aws: LocalAws, key: str, kind: str, *, trailer: bytes = b"\r\n", size: int = SIZE, **headers: str) -> str:
    """Send the content in chunks; return the code of S3's error, empty if there is none."""
    url = f"{aws.url}/bucket/{key}"
    announced = {"x-amz-decoded-content-length": str(size), "Content-Encoding": "aws-chunked"}
    names = {name.replace("_", "-"): text for name, text in headers.items()}
    request = AWSRequest(method="PUT", url=url, headers={**announced, **names})
    signer = Signer(aws, kind)
    signer.add_auth(request)
    sign = signer.chunk_signer(request) if kind == SIGNED else lambda _: b""
    lines = []
    for start in range(0, SIZE, CHUNK):
        chunk = CONTENT[start : start + CHUNK]
        lines += [f"{CHUNK:x}".encode() + sign(chunk), bytes(CHUNK) if key == "changed" and start == 0 else chunk]
    end = b"0" + sign(b"") + b"\r\n" + trailer
    body = b"\r\n".join([*lines, end])
    response = urllib3.request("PUT", url, body=body, headers=dict(request.headers.items()), retries=False, timeout=60)
    text = response.data.decode()
    return text.partition("<Code>")[2].partition("</Code>")[0] if response.status >= 300 else ""


def peak_of(aws: LocalAws) -> int:
    """The most bytes that the server ever had in memory."""
    lines = Path(f"/proc/{aws.process.pid}/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * 1024


def with_checksum(checksum: str) -> dict[str, Any]:
    return {"trailer": f"x-amz-checksum-crc32:{checksum}\r\n\r\n".encode(), "x_amz_trailer": "x-amz-checksum-crc32"}


def test_chunks_with_a_trailing_checksum_cost_little_memory(aws):
    before = peak_of(aws)
    assert put(aws, "trailer", UNSIGNED, **with_checksum(CRC32)) == ""
    assert peak_of(aws) - before < LITTLE
    s3 = aws.client("s3")
    described = s3.head_object(Bucket="bucket", Key="trailer", ChecksumMode="ENABLED")
    assert (described["ContentLength"], described["ChecksumCRC32"]) == (SIZE, CRC32)
    assert "aws-chunked" not in described.get("ContentEncoding", "")
    assert s3.get_object(Bucket="bucket", Key="trailer")["Body"].read() == CONTENT


def test_a_wrong_trailing_checksum_is_refused(aws):
    assert put(aws, "wrong", UNSIGNED, **with_checksum(base64.b64encode(b"1234").decode())) == "BadDigest"
    assert "wrong" not in [item["Key"] for item in aws.client("s3").list_objects_v2(Bucket="bucket")["Contents"]]


def test_an_announced_checksum_that_never_comes_is_refused(aws):
    assert put(aws, "missing", UNSIGNED, x_amz_trailer="x-amz-checksum-crc32") == "IncompleteBody"


def test_another_size_than_announced_is_refused(aws):
    assert put(aws, "size", UNSIGNED, size=SIZE - 1) == "IncompleteBody"


def test_signed_chunks_are_verified_in_pieces(aws):
    before = peak_of(aws)
    assert put(aws, "signed", SIGNED) == ""
    assert peak_of(aws) - before < LITTLE
    assert aws.client("s3").get_object(Bucket="bucket", Key="signed")["Body"].read() == CONTENT


def test_a_changed_chunk_is_refused(aws):
    assert put(aws, "changed", SIGNED) == "SignatureDoesNotMatch"


@pytest.mark.parametrize(("algorithm", "checksum"), [("crc32c", "4n28TA=="), ("crc64nvme", "atFxuE1UqMo=")])
def test_checksums_of_files_are_those_of_bytes(aws, algorithm, checksum):
    """The constants are ministack's own, of bytes."""
    zeros, header = bytes((8 << 20) + 1), f"x-amz-checksum-{algorithm}"
    assert send(aws, "s3", zeros, {header: checksum}, method="PUT", path=f"/bucket/{algorithm}").status == 200
