"""A monitoring report: its result, with drift and with none, and its quality."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from launchpad.platform_client.monitoring.reports import Report

NOW = datetime(2026, 11, 29, 6, 30, tzinfo=UTC)
PLATFORM: Any = SimpleNamespace(model_bucket="models")
AGE = {
    "name": "age",
    "type": "numeric",
    "test": "wasserstein",
    "score": 0.31,
    "threshold": 0.1,
    "drifted_when": "above",
    "drifted": True,
    "missing_share": 0.02,
    "severity": 3.1,
}
JOB = {**AGE, "name": "job", "type": "categorical", "test": "chisquare", "score": 0.4, "threshold": 0.05}
JOB |= {"drifted_when": "below", "drifted": False, "severity": 0.3}
RESULT = {
    "version": 1,
    "workload": "demo",
    "endpoint": "dev-demo",
    "training_job": "dev-demo-1",
    "status": "drift",
    "window": {"start": "2026-11-28T06:00:00+00:00", "end": "2026-11-29T06:00:00+00:00"},
    "records": 500,
    "baseline_records": 2000,
    "drifted_share": 0.5,
    "share_threshold": 0.3,
    "columns": [JOB, AGE],
    "worst": {"name": "age", "severity": 3.1},
    "prediction": None,
    "quality": None,
    "segments": [],
    "data_quality": {"unreadable": {"no JSON": 2}, "unknown_columns": {}, "missing_columns": ["balance"]},
}
POOR = {"metric": "auc", "value": 0.71, "at_least": 0.8, "at_most": None, "passed": False, "labelled": 90, "late": 3}
GOOD = {**POOR, "value": 0.91, "passed": True}
SKIPPED = {"status": "skipped", "reason": "12 records, fewer than 200", "records": 12, "drifted_share": None}


def report(job="dev-demo-monitor-1", time=NOW, **values):
    return Report(job, time, f"s3://models/demo/monitoring/{job}/", {**RESULT, **values})
