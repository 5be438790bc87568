"""Uploads labels as ground truth, in the lines that AWS's Model Monitor merges with captured requests.

A file's name has a digest of its content, so that the same labels are never stored twice, whenever they are uploaded
again; and before it the time within the hour, because of two labels of one id the later one counts, by name.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from launchpad.platform_client.connection import Connection
from launchpad.platform_client.monitoring.label_files import Label
from launchpad.platform_client.platform import Platform

_LENGTH = len(f"{uuid.NAMESPACE_URL}.jsonl")
LINES_PER_FILE = 50_000
"""About 6 MB a file: the monitoring job reads files one after the other."""


@dataclass(frozen=True)
class Uploaded:
    """What an upload did."""

    labels: int
    """Those in files that were not there before."""
    unchanged: int
    """Those in files that an earlier upload had stored."""
    folder: str
    """The S3 URI of the hour's folder."""


def upload(
    connection: Connection,
    platform: Platform,
    workload: str,
    labels: Iterable[Label],
    progress: Callable[[int], object] = lambda _: None,
    now: datetime | None = None,
) -> Uploaded:
    """Upload labels below WORKLOAD/labels/yyyy/mm/dd/hh/, the hour of the upload (UTC).

    `progress` gets the number of labels so far.
    """
    s3, bucket, root = connection.client("s3"), platform.model_bucket, f"{workload}/labels/"
    now = now or datetime.now(UTC)
    folder = f"{root}{now:%Y/%m/%d/%H}/"
    stored = {key[-_LENGTH:] for key in _keys(s3, bucket, root)}
    new = unchanged = 0
    remaining = iter(labels)
    while batch := list(islice(remaining, LINES_PER_FILE)):
        body = "".join(map(_line, batch)).encode()
        name = f"{uuid.uuid5(uuid.NAMESPACE_URL, hashlib.sha256(body).hexdigest())}.jsonl"
        if name in stored:
            unchanged += len(batch)
        else:
            s3.put_object(Bucket=bucket, Key=f"{folder}{_moment(now)}-{name}", Body=body)
            stored.add(name)
            new += len(batch)
        progress(new + unchanged)
    return Uploaded(new, unchanged, f"s3://{bucket}/{folder}")


def _moment(now: datetime) -> str:
    """The time within the hour as in names of captured files: minute, second, millisecond."""
    return f"{now:%M-%S}-{now.microsecond // 1000:03}"


def _line(label: Label) -> str:
    """One ground-truth line (SageMaker Developer Guide, "Ingest ground truth labels")."""
    line = {
        "groundTruthData": {"data": _cell(label.value), "encoding": "CSV"},
        "eventMetadata": {"eventId": label.inference_id},
        "eventVersion": "0",
    }
    return json.dumps(line, separators=(",", ":")) + "\n"


def _cell(value: str) -> str:
    """The value as a cell of CSV, in quotes if it needs them."""
    if not any(character in value for character in ',"\r\n'):
        return value
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow([value])
    return text.getvalue()


def _keys(s3: Any, bucket: str, prefix: str) -> Iterator[str]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        yield from (item["Key"] for item in page.get("Contents", []))
