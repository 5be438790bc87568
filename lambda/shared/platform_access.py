"""What both functions need of the platform around them: its settings, the catalogue, and the packaged scripts."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

from launchpad.requests import Definition, Environment, RequestError
from launchpad.requests.hyperparameters import CODE_ARCHIVE

HERE = Path(__file__).parent
ENVIRONMENT = Environment.from_json(os.environ["LAUNCHPAD_ENVIRONMENT"])
CATALOGUE: dict[str, Any] = json.loads((HERE / "catalogue.json").read_text())

s3 = boto3.client("s3")


def definition_of(event: Mapping[str, Any]) -> Definition:
    """The workload that `event` names.

    Raises:
        RequestError: it names none, one that is not deployed here, or has a key that means nothing.
    """
    unknown = sorted(set(event) - {"workload", "token", "overrides", "training_job_name"})
    if unknown:
        raise RequestError(f"unknown keys in the event: {', '.join(unknown)}")
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
    return (HERE / "sources" / f"{digest}.tar.gz").read_bytes() if digest else None


def publish_source(definition: Definition, section: str) -> str | None:
    """Put a section's scripts where a job can read them; the S3 URI, or None where it has none."""
    archive = source_archive(definition, section)
    if archive is None:
        return None
    key = f"code/{definition['name']}/{definition[section]['source']}/{CODE_ARCHIVE}"
    put_once(ENVIRONMENT.data_bucket, key, archive)
    return f"s3://{ENVIRONMENT.data_bucket}/{key}"


def exists(bucket: str, key: str) -> bool:
    """Whether the object is there."""
    try:
        s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchKey", "NotFound"):
            return False
        raise
    return True


def put_once(bucket: str, key: str, body: bytes) -> None:
    """Write an object whose key says what is in it; an object that is there already is right."""
    if not exists(bucket, key):
        s3.put_object(Bucket=bucket, Key=key, Body=body)


def started_already(job: Mapping[str, Any], request: Mapping[str, Any]) -> None:
    """Make sure that the job of this name is what `request` asks for.

    Raises:
        RequestError: another launch took the name with other settings.
    """
    differing = [key for key in ("HyperParameters", "InputDataConfig") if job.get(key) != request.get(key)]
    if differing:
        raise RequestError(
            f"{request['TrainingJobName']}: this token already started a job with other {', '.join(differing)};"
            " use another token"
        )
