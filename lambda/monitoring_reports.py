"""Publishes the result of a monitoring job: as metrics, which alarms watch, and in MLflow below the model's run.

Each job is published once: an object next to its report says that it was. The message of a failed job is that of all
failed jobs of the environment (`stacks/constructs/job_events.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import boto3
from alarm_reactions import react_to_report
from botocore.exceptions import ClientError
from decision_log import decided
from models import sagemaker
from monitoring_windows import SKIPPED, facts_of, read_json
from platform_access import ENVIRONMENT, exists, tags_of, write_json

from launchpad.requests import Definition
from launchpad.requests.monitoring import monitoring_section, report_uri
from launchpad.requests.monitoring_alarms import NAMESPACE

WORKLOAD_TAG = "launchpad:workload"
PUBLISHED = "published.json"
"""The object next to a report that says that it was published."""
ENDED = "Completed"


def publish_ended(job: str) -> dict[str, Any]:
    """Publish the result of a job that has ended, unless it is no monitoring job, or was published before."""
    description = sagemaker.describe_processing_job(ProcessingJobName=job)
    workload = tags_of(sagemaker, description["ProcessingJobArn"]).get(WORKLOAD_TAG)
    facts = facts_of(workload, job) if workload else {}
    if not facts:
        return {"job": job, "published": False}
    status = description["ProcessingJobStatus"]
    folder = f"{workload}/monitoring/{job}"
    if status != ENDED or exists(ENVIRONMENT.model_bucket, f"{folder}/{PUBLISHED}"):
        decided("passed over", f"{job}: it is {status}, or was published", job=job, status=status)
        return {"job": job, "published": False}
    result = {**read_json(f"{folder}/result.json"), "job": job}
    put_metrics(result["endpoint"], metrics_of(result))
    _track({"name": workload}, result, description)
    react_to_report(result)
    write_json(f"{folder}/{PUBLISHED}", {"time": datetime.now(UTC).isoformat()})
    decided("published", f"{job}: {result['status']}", job=job, endpoint=result["endpoint"], status=result["status"])
    return {"job": job, "published": True, "status": result["status"]}


def report_nothing(definition: Definition, job: str, facts: Mapping[str, Any]) -> None:
    """Write the result of a window without requests, for which no job runs, and its metrics; do nothing twice."""
    result = {
        "version": 1,
        "workload": definition["name"],
        "endpoint": facts["endpoint"],
        "job": job,
        "training_job": facts["training_job"],
        "window": facts["window"],
        "status": SKIPPED,
        "reason": "no requests",
        "records": 0,
        "baseline_records": 0,
        "drifted_share": None,
        "share_threshold": monitoring_section(definition)["drift"]["share"],
        **dict.fromkeys(("worst", "prediction", "quality")),
        **{name: [] for name in ("columns", "segments")},
        "data_quality": {
            **{name: {} for name in ("unreadable", "unknown_columns")},
            **{name: [] for name in ("missing_columns", "empty_columns", "constant_columns")},
        },
    }
    if write_json(f"{definition['name']}/monitoring/{job}/result.json", result):
        put_metrics(facts["endpoint"], metrics_of(result))


def metrics_of(result: Mapping[str, Any]) -> dict[str, float]:
    """Return what a result says as metrics; one that was skipped says nothing about drift."""
    worst, quality = result.get("worst") or {}, result.get("quality") or {}
    values = {
        "Records": result["records"],
        "HoursSinceReport": 0,
        "DriftedShare": result.get("drifted_share"),
        "WorstColumn": worst.get("severity"),
        "Quality": quality.get("value"),
    }
    if result["status"] == SKIPPED:
        values |= {"DriftedShare": None, "WorstColumn": None}
    return {name: float(value) for name, value in values.items() if value is not None}


def put_metrics(endpoint: str, values: Mapping[str, float]) -> None:
    """Publish values of now with the endpoint as their one dimension."""
    dimensions = [{"Name": "Endpoint", "Value": endpoint}]
    data = [{"MetricName": name, "Dimensions": dimensions, "Value": value} for name, value in values.items()]
    boto3.client("cloudwatch").put_metric_data(Namespace=NAMESPACE, MetricData=data)


def _track(definition: Definition, result: Mapping[str, Any], description: Mapping[str, Any]) -> None:
    """Log a result into MLflow, if the environment has it. Its metrics matter more: a failure is only logged."""
    if not ENVIRONMENT.tracking_uri:
        return
    from mlflow_client import MlflowError  # here, because most environments have no MLflow
    from monitoring_tracking import log_report

    try:
        log_report(result, report_uri(definition, ENVIRONMENT, result["job"]), description)
    except (ClientError, MlflowError, OSError) as error:
        decided("untracked", f"{result['job']}: MLflow did not take its report: {error}", job=result["job"])
