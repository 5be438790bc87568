"""Reads the record that the platform keeps of each job: code, data, overrides, and what it began from."""

from __future__ import annotations

import json
import re
from typing import Any

from launchpad.platform_client.connection import Connection
from launchpad.platform_client.outputs import read_object
from launchpad.platform_client.platform import Platform

_OF_A_TUNING = re.compile(r"-\d{3,4}-[0-9a-f]{8}$")
"""The end of the name that SageMaker gives to a tuning job's training job."""


def record_of(connection: Connection, platform: Platform, workload: str, job: str) -> dict[str, Any] | None:
    """The record of a job; for a training job of a tuning, the tuning job's.

    None if the job was launched before records existed, or not by the platform.
    """
    for name in dict.fromkeys([job, _OF_A_TUNING.sub("", job)]):
        body = read_object(connection, record_uri(platform, workload, name))
        if body is not None:
            record: dict[str, Any] = json.loads(body.read())
            return record
    return None


def record_uri(platform: Platform, workload: str, job: str) -> str:
    """Where the record of a job is."""
    return f"s3://{platform.model_bucket}/{workload}/records/{job}.json"
