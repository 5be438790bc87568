"""`settings.json` of a monitoring job: what the image needs to know of the workload, and where it is kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from launchpad.requests.context import Definition, Environment
from launchpad.requests.monitoring import monitoring_section
from launchpad.requests.names import endpoint_name

VERSION = 1
SAMPLE_ROWS = 5000
"""The most records of a baseline that are kept, and sent to the model."""


def baseline_settings(definition: Definition, environment: Environment, training_job: str) -> dict[str, Any]:
    """The settings of the job that makes the baseline of a training job's model."""
    return _settings(definition, environment, training_job)


def monitor_settings(
    definition: Definition,
    environment: Environment,
    *,
    endpoint: str,
    source: str,
    training_job: str,
    baseline_job: str,
    window: Mapping[str, str],
    since: str | None = None,
) -> dict[str, Any]:
    """The settings of the job that compares a window with a baseline.

    `source` is `captured`, `async` or `transform`; `window` has `start` and `end` in UTC (ISO 8601); `since` is when
    the model was asked to serve. `training_job` is what is served, `baseline_job` the one whose baseline is read; the
    image refuses two different ones.
    """
    return {
        **_settings(definition, environment, training_job),
        "endpoint": endpoint,
        "source": source,
        "baseline_job": baseline_job,
        "window": dict(window),
        "since": since,
    }


def settings_body(settings: Mapping[str, Any]) -> bytes:
    """The content of `settings.json`. Its keys keep their order, because that of the columns is the files'."""
    return json.dumps(settings).encode()


def settings_key(definition: Definition, body: bytes) -> str:
    """The key in the model bucket, by content. An input from S3 keeps the object's name, so that is the file's."""
    return f"{definition['name']}/monitoring/settings/{hashlib.sha256(body).hexdigest()}/settings.json"


def _settings(definition: Definition, environment: Environment, training_job: str) -> dict[str, Any]:
    section = monitoring_section(definition)
    columns = section["columns"]
    return {
        "version": VERSION,
        "workload": definition["name"],
        "environment": environment.name,
        "endpoint": endpoint_name(environment.name, definition["name"]),
        "training_job": training_job,
        "baseline_job": training_job,
        "window": None,
        "columns": None if columns is None else dict(columns),
        **{key: section[key] for key in ("target", "header", "task", "content_type", "minimum_records")},
        **{key: section[key] for key in ("drift", "quality")},
        "segments": list(section["segments"]),
        "sample_rows": SAMPLE_ROWS,
        "seed": 0,
    }
