"""Add the serving scripts to a training job's artifact, under `code/`, where AWS's inference toolkits expect them.

A network-isolated container can download nothing, so the scripts have to be in the model's archive. It is rewritten as
a stream, so that its size is limited by the function's disk, not by its memory.
"""

from __future__ import annotations

import io
from typing import IO
from urllib.parse import urlsplit

from platform_access import ENVIRONMENT, exists, s3, source_archive

from launchpad.requests import Definition, RequestError

CODE_FOLDER = "code"


def model_with_code(definition: Definition, artifact: str) -> str:
    """Return the S3 URI of `artifact` with the workload's serving scripts added; `artifact` itself if it has none."""
    scripts = source_archive(definition, "serving")
    if scripts is None:
        return artifact
    bucket, key = urlsplit(artifact).netloc, urlsplit(artifact).path.lstrip("/")
    job = key.split("/")[-3]
    bundle = f"{definition['name']}/models/{job}/{definition['serving']['source'][:16]}/model.tar.gz"
    if not exists(ENVIRONMENT.model_bucket, bundle):
        import tempfile  # here, because most cold starts need none

        with tempfile.TemporaryFile() as file:
            join(_read(job, bucket, key), scripts, file)
            file.seek(0)
            s3().upload_fileobj(file, ENVIRONMENT.model_bucket, bundle)
    return f"s3://{ENVIRONMENT.model_bucket}/{bundle}"


def _read(job: str, bucket: str, key: str) -> IO[bytes]:
    try:
        body: IO[bytes] = s3().get_object(Bucket=bucket, Key=key)["Body"]
    except s3().exceptions.NoSuchKey:
        remedy = "train it again, or take back the object's noncurrent version (docs/retention.md)"
        raise RequestError(f"the model of {job} is gone (s3://{bucket}/{key}): {remedy}") from None
    return body


def join(model: IO[bytes], scripts: bytes, output: IO[bytes]) -> None:
    """Write the members of `model` (a .tar.gz stream) and those of `scripts` below `code/` to `output`."""
    import tarfile  # here, because most cold starts need none

    with (
        tarfile.open(fileobj=output, mode="w|gz") as bundle,
        tarfile.open(fileobj=model, mode="r|gz") as members,
        tarfile.open(fileobj=io.BytesIO(scripts), mode="r|gz") as code,
    ):
        for member in members:
            if member.name.removeprefix("./").split("/")[0] != CODE_FOLDER:
                bundle.addfile(member, members.extractfile(member) if member.isreg() else None)
        for member in code:
            member.name = f"{CODE_FOLDER}/{member.name}"
            bundle.addfile(member, code.extractfile(member))
