"""What the functions need of the platform around them: its settings, the catalogue, and the packaged scripts."""

from __future__ import annotations

import functools
import io
import json
import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

from launchpad.requests import Definition, Environment, RequestError
from launchpad.requests.hyperparameters import CODE_ARCHIVE

HERE = Path(__file__).parent
ENVIRONMENT = Environment.from_json(os.environ["LAUNCHPAD_ENVIRONMENT"])
CATALOGUE: dict[str, Any] = json.loads((HERE / "catalogue.json").read_text())


@functools.cache
def s3() -> Any:
    """S3's client, made when it is first needed: making one costs a cold start as much as all of the handler."""
    return boto3.client("s3")


def definition_of(event: Mapping[str, Any], known: Collection[str]) -> Definition:
    """The workload that `event` names.

    Raises:
        RequestError: it names none, one that is not deployed here, or has a key that is not among `known`.
    """
    unknown = sorted(set(event) - set(known) - {"workload"})
    if unknown:
        raise RequestError(f"unknown keys in the event: {', '.join(unknown)}; known: {', '.join(sorted(known))}")
    name = event.get("workload")
    if name not in CATALOGUE:
        raise RequestError(
            f"no workload {name!r} is deployed in {ENVIRONMENT.name!r}; deployed: {', '.join(CATALOGUE) or 'none'}."
            " A new one arrives with the next deploy."
        )
    definition: Definition = CATALOGUE[name]
    return definition


def source_archive(definition: Definition, section: str) -> bytes | None:
    """The packaged scripts of one section, or None where it has none."""
    digest = (definition.get(section) or {}).get("source")
    if not digest:
        return None
    import zipfile  # not at every cold start

    with zipfile.ZipFile(HERE / "sources.zip") as sources:
        return sources.read(f"{digest}.tar.gz")


def publish_archive(definition: Definition, section: str) -> str | None:
    """Put a section's scripts, as an archive, where a job can read them; the S3 URI, or None where it has none."""
    archive = source_archive(definition, section)
    if archive is None:
        return None
    key = f"{_source_prefix(definition, section)}/{CODE_ARCHIVE}"
    put_once(ENVIRONMENT.data_bucket, key, archive)
    return f"s3://{ENVIRONMENT.data_bucket}/{key}"


def publish_folder(definition: Definition, section: str) -> str | None:
    """Put a section's scripts, unpacked, where a job can read them; the folder's S3 URI, or None where it has none."""
    archive = source_archive(definition, section)
    if archive is None:
        return None
    import tarfile  # not at every cold start

    prefix = f"{_source_prefix(definition, section)}/files"
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as members:
        for member in members:
            put_once(ENVIRONMENT.data_bucket, f"{prefix}/{member.name}", members.extractfile(member).read())
    return f"s3://{ENVIRONMENT.data_bucket}/{prefix}"


def exists(bucket: str, key: str) -> bool:
    """Whether the object is there."""
    try:
        s3().head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchKey", "NotFound"):
            return False
        raise
    return True


def put_once(bucket: str, key: str, body: bytes) -> None:
    """Write an object whose key says what is in it; an object that is there already is right."""
    if not exists(bucket, key):
        s3().put_object(Bucket=bucket, Key=key, Body=body)


def _source_prefix(definition: Definition, section: str) -> str:
    return f"code/{definition['name']}/{definition[section]['source']}"
