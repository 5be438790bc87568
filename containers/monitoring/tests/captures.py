"""What the tests of reading write: settings, captured lines, labels, and baselines."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from monitoring.baseline import Baseline
from monitoring.frames import frame, series
from monitoring.settings import Settings

START, NOON, END = "2026-11-28T00:00:00Z", "2026-11-28T12:00:00Z", "2026-11-29T00:00:00Z"
HOUR = "shop/AllTraffic/2026/11/28/12"
TYPES = {"age": "numeric", "job": "categorical"}


def settings(**changes: Any) -> Settings:
    """Settings of one day."""
    values: dict[str, Any] = {
        "version": 1,
        "workload": "shop",
        "environment": "dev",
        "endpoint": "shop",
        "training_job": "shop-1",
        "baseline_job": "shop-1",
        "window": {"start": START, "end": END},
        "target": "y",
        "task": "binary",
    }
    return Settings.model_validate(values | changes)


def payload(data: str, content_type: str = "text/csv", *, encoding: str = "CSV") -> dict[str, str]:
    """One side of a captured request."""
    if encoding == "BASE64":
        data = base64.b64encode(data.encode()).decode()
    return {"observedContentType": content_type, "mode": "INPUT", "data": data, "encoding": encoding}


def captured(
    request: str | dict[str, str] | None = "30,clerk",
    response: str | dict[str, str] | None = "0.5",
    *,
    event: str = "event",
    inference: str | None = None,
    time: str = NOON,
) -> str:
    """A line of a captured file."""
    data = {}
    if request is not None:
        data["endpointInput"] = payload(request) if isinstance(request, str) else request
    if response is not None:
        data["endpointOutput"] = payload(response) if isinstance(response, str) else response
    metadata = {"eventId": event, "inferenceTime": time} | ({"inferenceId": inference} if inference else {})
    return json.dumps({"captureData": data, "eventMetadata": metadata, "eventVersion": "0"})


def label(identity: str, data: str = "1", encoding: str = "CSV") -> str:
    """A line of ground truth."""
    truth = {"groundTruthData": {"data": data, "encoding": encoding}, "eventMetadata": {"eventId": identity}}
    return json.dumps(truth | {"eventVersion": "0"})


def write(path: Path, lines: Iterable[str | bytes]) -> Path:
    """Write lines to a file below new folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join((line.encode() if isinstance(line, str) else line) + b"\n" for line in lines))
    return path


def baseline(types: dict[str, str] = TYPES, classes: tuple[str, ...] = ("0", "1"), distinct: int = 9) -> Baseline:
    """A baseline without rows."""
    statistics: dict[str, dict[str, Any]] = {name: {"type": kind, "distinct": distinct} for name, kind in types.items()}
    empty = series([], "label")
    return Baseline("shop-1", 0, types, "y", list(classes), statistics, frame([], types), empty, empty)
