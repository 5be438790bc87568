"""A large upload in parts costs a server little memory."""

from __future__ import annotations

from pathlib import Path

from tests.local_aws.conftest import PLAIN
from tests.local_aws.launcher import LocalAws, running_local_aws


def test_large_uploads_cost_little_memory(tmp_path):
    size, parts = 16 * 1024 * 1024, 16
    with running_local_aws(*PLAIN) as aws:
        s3 = aws.client("s3")
        s3.create_bucket(Bucket="memory")
        before = memory_of(aws)
        upload = s3.create_multipart_upload(Bucket="memory", Key="large")["UploadId"]
        etags = []
        for number in range(1, parts + 1):
            where = {"Bucket": "memory", "Key": "large", "UploadId": upload, "PartNumber": number}
            etags.append({"PartNumber": number, "ETag": s3.upload_part(**where, Body=bytes(size))["ETag"]})
        s3.complete_multipart_upload(Bucket="memory", Key="large", UploadId=upload, MultipartUpload={"Parts": etags})
        whole = s3.get_object(Bucket="memory", Key="large")["Body"]
        assert sum(len(piece) for piece in whole.iter_chunks(1024 * 1024)) == size * parts
        assert memory_of(aws) - before < 100 * 1024 * 1024


def memory_of(aws: LocalAws) -> int:
    """Bytes that the server itself holds, without the files that it has read."""
    lines = Path(f"/proc/{aws.process.pid}/status").read_text().splitlines()
    status = dict(line.split(":", 1) for line in lines)
    return int(status["RssAnon"].split()[0]) * 1024
