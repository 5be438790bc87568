"""The platform as the functions see it: its settings, the catalogue, and the packaged scripts."""

from __future__ import annotations

import functools
import io
import json
import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

from launchpad.requests import Definition, Environment, RequestError
from launchpad.requests.hyperparameters import CODE_ARCHIVE

TAKEN = ("PreconditionFailed", "ConditionalRequestConflict")
"""S3's errors of a conditional write (S3 user guide, "How to prevent object overwrites with conditional writes")."""
COMMON_KEYS = ("workload", "working_copy", "origin")
"""The keys of every function's event. `origin` says where the code came from: commit, uncommitted changes, caller."""
HERE = Path(__file__).parent
ENVIRONMENT = Environment.from_json(os.environ["LAUNCHPAD_ENVIRONMENT"])
CATALOGUE: dict[str, Any] = json.loads((HERE / "catalogue.json").read_text())


@functools.cache
def s3() -> Any:
    """Return S3's client, created on first use because that takes a cold start as long as the rest of the handler."""
    return boto3.client("s3")


def definition_of(event: Mapping[str, Any], keys: Collection[str]) -> Definition:
    """Return the workload that `event` names: as it is deployed, or its `working_copy`.

    Raises:
        RequestError: it names no workload that is deployed here, no valid working copy, or has a key that is neither
            in `keys` nor in `COMMON_KEYS`.
    """
    unknown = sorted(set(event) - set(keys) - set(COMMON_KEYS))
    if unknown:
        raise RequestError(f"unknown keys in the event: {', '.join(unknown)}; known: {', '.join(sorted(keys))}")
    name = event.get("workload")
    if event.get("working_copy"):
        from working_copies import load_working_copy  # here, because most cold starts need none

        return load_working_copy(event["working_copy"], name)
    if name not in CATALOGUE:
        raise RequestError(
            f"no workload {name!r} is deployed in {ENVIRONMENT.name!r}; deployed: {', '.join(CATALOGUE) or 'none'}."
            " A new one arrives with the next deploy."
        )
    definition: Definition = CATALOGUE[name]
    return definition


def source_archive(definition: Definition, section: str) -> bytes | None:
    """Return the packaged scripts of one section, or None if it has none."""
    digest = (definition.get(section) or {}).get("source")
    if not digest:
        return None
    import zipfile  # here, because most cold starts need none

    with zipfile.ZipFile(HERE / "sources.zip") as sources:
        if f"{digest}.tar.gz" in sources.namelist():
            return sources.read(f"{digest}.tar.gz")
    from working_copies import load_archive

    return load_archive(definition["name"], digest)


def publish_archive(definition: Definition, section: str) -> str | None:
    """Upload a section's scripts as an archive for a job to read; return its S3 URI, or None without scripts."""
    archive = source_archive(definition, section)
    if archive is None:
        return None
    key = f"{_source_prefix(definition, section)}/{CODE_ARCHIVE}"
    put_once(ENVIRONMENT.data_bucket, key, archive)
    return f"s3://{ENVIRONMENT.data_bucket}/{key}"


def publish_folder(definition: Definition, section: str) -> str | None:
    """Upload a section's scripts as files for a job to read; return the folder's S3 URI, or None without scripts."""
    archive = source_archive(definition, section)
    if archive is None:
        return None
    import tarfile  # here, because most cold starts need none

    prefix = f"{_source_prefix(definition, section)}/files"
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as members:
        for member in members:
            if file := members.extractfile(member):  # None for a folder
                put_once(ENVIRONMENT.data_bucket, f"{prefix}/{member.name}", file.read())
    return f"s3://{ENVIRONMENT.data_bucket}/{prefix}"


def exists(bucket: str, key: str) -> bool:
    """Return whether the object exists."""
    try:
        s3().head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchKey", "NotFound"):
            return False
        raise
    return True


def put_once(bucket: str, key: str, body: bytes) -> None:
    """Write an object whose key is derived from its content, so that an existing object is right."""
    if not exists(bucket, key):
        s3().put_object(Bucket=bucket, Key=key, Body=body)


def write_json(key: str, content: Mapping[str, Any], *, replace: bool = False) -> bool:
    """Write an object of the model bucket; unless it may `replace` one, return False if it exists."""
    body = json.dumps(content, sort_keys=True).encode()
    condition = {} if replace else {"IfNoneMatch": "*"}
    try:
        s3().put_object(
            Bucket=ENVIRONMENT.model_bucket, Key=key, Body=body, ContentType="application/json", **condition
        )
    except ClientError as error:
        if error.response["Error"]["Code"] not in TAKEN:
            raise
        return False
    return True


def objects(bucket: str, **request: str) -> Iterator[dict[str, Any]]:
    """List objects by `list_objects_v2`, all pages: their keys, sizes and when they were written, in order of keys."""
    for page in s3().get_paginator("list_objects_v2").paginate(Bucket=bucket, **request):
        yield from page.get("Contents", [])


def tags_of(sagemaker: Any, arn: str) -> dict[str, str]:
    """Return the tags of a job or an endpoint, by SageMaker's client."""
    pages = sagemaker.get_paginator("list_tags").paginate(ResourceArn=arn)
    return {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}


def _source_prefix(definition: Definition, section: str) -> str:
    return f"code/{definition['name']}/{definition[section]['source']}"
