"""The reports of a model in MLflow: one run below the model's own, with a point per report, and the last report's tags.

So the number of runs grows with models, not with reports. Those of transform jobs have another run than the endpoint's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from experiments import log, run_of, set_status
from job_runs import training_run
from metric_history import milliseconds
from mlflow_client import Mlflow
from models import sagemaker
from monitoring_subjects import TRANSFORM, transforms_name
from platform_access import ENVIRONMENT

KIND = "monitoring"


def log_report(result: Mapping[str, Any], report: str, description: Mapping[str, Any]) -> None:
    """Add a report to the run of its model's monitoring; `description` is DescribeProcessingJob's response.

    Raises:
        MlflowError: MLflow refuses it.
    """
    mlflow = Mlflow(ENVIRONMENT.tracking_uri)
    job = sagemaker.describe_training_job(TrainingJobName=result["training_job"])
    model = training_run(mlflow, job, result["workload"])["info"]
    of_transforms = result["endpoint"] == transforms_name({"name": result["workload"]})
    name = f"{result['training_job']}-{KIND}{f'-{TRANSFORM}' if of_transforms else ''}"
    tags = {
        "launchpad.kind": KIND,
        "launchpad.workload": result["workload"],
        "launchpad.environment": ENVIRONMENT.name,
        "launchpad.endpoint": result["endpoint"],
        "mlflow.parentRunId": model["run_id"],
    }
    started = milliseconds(description["CreationTime"])
    run = run_of(mlflow, model["experiment_id"], name, started, tags)
    log(mlflow, run, tags={**tags, **_report_tags(result, report)}, points=_points(result))
    set_status(mlflow, run["info"]["run_id"], "FINISHED", milliseconds(description["ProcessingEndTime"]))


def _report_tags(result: Mapping[str, Any], report: str) -> dict[str, str]:
    drifted = [column["name"] for column in result["columns"] if column.get("drifted")]
    return {
        "launchpad.report": f"{report}/report.html",
        "launchpad.report_job": result["job"],
        "launchpad.report_status": result["status"],
        "launchpad.report_window": f"{result['window']['start']} to {result['window']['end']}",
        "launchpad.drifted_columns": ", ".join(drifted) or "none",
    }


def _points(result: Mapping[str, Any]) -> list[tuple[str, float, int, int]]:
    """The numbers of a report at the end of its window."""
    worst, quality = result.get("worst") or {}, result.get("quality") or {}
    values = {
        "records": result["records"],
        "drifted_share": result.get("drifted_share"),
        "worst_column": worst.get("severity"),
        **({f"live_{quality['metric']}": quality.get("value")} if quality else {}),
    }
    moment = milliseconds(datetime.fromisoformat(result["window"]["end"]))
    return [(name, float(value), moment, 0) for name, value in values.items() if value is not None]
