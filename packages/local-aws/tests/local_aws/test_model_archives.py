"""A model.tar.gz that AWS can't unpack, or has no room for, fails its endpoint in AWS's words."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import tarfile
import uuid

import pytest

from tests.local_aws.plain_endpoints import PlainEndpoints, server


def packed(*members: tuple[str, bytes, bytes | str]) -> bytes:
    """A .tar.gz of a model server and of more members: name, type, and content or where a link leads."""
    archive = io.BytesIO()
    program = server().encode()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        for name, kind, content in (("serve.py", tarfile.REGTYPE, program), *members):
            member = tarfile.TarInfo(name)
            member.type = kind
            if isinstance(content, str):
                member.linkname = content
                tar.addfile(member)
            else:
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
    return archive.getvalue()


GOOD = packed()
LARGE = packed(("weights", tarfile.REGTYPE, random.Random(1).randbytes(100_000).hex().encode()))  # noqa: S311 (content)
BROKEN = {
    "wrong checksum": GOOD[:-8] + bytes(4) + GOOD[-4:],
    "cut by 20 bytes": GOOD[:-20],
    "trailing bytes": GOOD + b"more",
    "damaged stream": LARGE[: len(LARGE) // 2] + bytes(40) + LARGE[len(LARGE) // 2 + 40 :],
    "not compressed": gzip.decompress(GOOD),
    "bzip2": bz2.compress(gzip.decompress(GOOD)),
    "xz": lzma.compress(gzip.decompress(GOOD)),
    "symbolic link": packed(("link", tarfile.SYMTYPE, "serve.py")),
    "pipe": packed(("pipe", tarfile.FIFOTYPE, "")),
    "parent folder": packed(("a/../b", tarfile.REGTYPE, b"1")),
    "broken header": gzip.compress(
        gzip.decompress(packed(("weights", tarfile.REGTYPE, b"1"))).replace(b"weights\0", b"height\0\0")
    ),
}


def uploaded(endpoints: PlainEndpoints, content: bytes) -> str:
    key = f"{uuid.uuid4().hex}/model.tar.gz"
    endpoints.aws.client("s3").put_object(Bucket=endpoints.bucket, Key=key, Body=content)
    return f"s3://{endpoints.bucket}/{key}"


def failure(endpoints: PlainEndpoints, content: bytes, **variant: int) -> tuple[str, str]:
    """The address of a model, and why its endpoint failed."""
    uri = uploaded(endpoints, content)
    model = endpoints.model(ModelDataUrl=uri)
    endpoint = endpoints.wait(endpoints.start(endpoints.config(endpoints.variant(model, **variant))), seconds=60)
    assert endpoint["EndpointStatus"] == "Failed"
    return uri, endpoint["FailureReason"]


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_an_archive_that_aws_cannot_unpack_fails_the_endpoint(endpoints: PlainEndpoints, content: bytes) -> None:
    uri, reason = failure(endpoints, content)
    assert reason.startswith(
        f'Failed to extract model data archive for container "container_1" from URL "{uri}". Please ensure that the '
        "object located at the URL is a valid tar.gz archive."
    )
    assert endpoints.aws.ready["state"] not in reason


def test_an_archive_that_unpacks_to_more_than_the_volume_is_too_large(endpoints: PlainEndpoints) -> None:
    large = tarfile.TarInfo("large")
    large.size = 2 * 1024**3
    content = gzip.compress(gzip.decompress(packed())[:-10240] + large.tobuf())
    _, reason = failure(endpoints, content, VolumeSizeInGB=1)
    assert reason == (
        "The model data archive is too large. Please reduce the size of the model data archive or move to an instance "
        "type with more memory."
    )


def test_a_header_of_a_gigabyte_is_not_read_into_memory(endpoints: PlainEndpoints) -> None:
    attributes = tarfile.TarInfo("attributes")
    attributes.type, attributes.size = tarfile.XHDTYPE, 1024**3
    _, reason = failure(endpoints, gzip.compress(attributes.tobuf() + bytes(4 * 1024**2)))
    assert "a member's header is too long" in reason


def test_hard_links_and_absolute_names_are_unpacked_inside(endpoints: PlainEndpoints) -> None:
    uri = uploaded(endpoints, packed(("/inside", tarfile.REGTYPE, b"1"), ("hard", tarfile.LNKTYPE, "serve.py")))
    program = endpoints.model(ModelDataUrl=uri)
    endpoint = endpoints.wait(endpoints.start(endpoints.config(endpoints.variant(program))), seconds=60)
    assert endpoint["EndpointStatus"] == "InService", endpoint.get("FailureReason")


@pytest.mark.parametrize("name", ["..", "part/../weights", "part//weights", "w" * 256])
def test_a_plain_model_with_a_forbidden_file_name_is_refused(endpoints: PlainEndpoints, name: str) -> None:
    prefix = f"{uuid.uuid4().hex}/"
    s3 = endpoints.aws.client("s3")
    for key, body in ((f"{prefix}serve.py", server().encode()), (f"{prefix}{name}", b"1")):
        s3.put_object(Bucket=endpoints.bucket, Key=key, Body=body)
    source = {"S3Uri": f"s3://{endpoints.bucket}/{prefix}", "S3DataType": "S3Prefix", "CompressionType": "None"}
    model = f"model-{uuid.uuid4().hex[:12]}"
    container = {"Image": "plain:1", "ModelDataSource": {"S3DataSource": source}}
    role = "arn:aws:iam::123456789012:role/training"
    endpoints.sagemaker.create_model(ModelName=model, ExecutionRoleArn=role, PrimaryContainer=container)
    endpoint = endpoints.wait(endpoints.start(endpoints.config(endpoints.variant(model))), seconds=60)
    assert "has no file name" in endpoint["FailureReason"]
