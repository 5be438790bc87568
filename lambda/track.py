"""Log SageMaker's jobs into MLflow, without a line in their scripts: an EventBridge rule calls this for each change.

An event says only which job to look at: what is logged comes from SageMaker's answer now. So events that come twice,
late or in the wrong order change nothing. A training job has one run, a tuning job a run with those of its training
jobs below it, and an evaluation adds to the run of the job that it judged.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from decision_log import decided, logs_decisions
from experiments import Run, log, read_run, set_status
from job_runs import job_run, training_run
from launched_runs import leaves_run_to_script
from metric_history import metric_history, metric_name, milliseconds
from mlflow_client import Mlflow
from platform_access import CATALOGUE, ENVIRONMENT, s3, tags_of
from price_list import PRICES
from run_facts import STATUSES, cost_points, cost_tags, gate_tags, job_tags, origin_tags, outcome_tags, parameters

from launchpad.requests.cost import Cost, job_cost
from launchpad.requests.processing import METRICS_OUTPUT

WORKLOAD_TAG = "launchpad:workload"
EVALUATION = "evaluation/"
"""The prefix of an evaluation's metrics, because the training may have some of the same names."""
NAMES = ("TrainingJobName", "HyperParameterTuningJobName", "ProcessingJobName")
# The training jobs of a large tuning job end at once, and are asked for at its end: AWS then throttles.
sagemaker = boto3.client("sagemaker", config=Config(retries={"mode": "adaptive", "max_attempts": 10}))
# No caller waits, so there is time for an MLflow that has to start first.
mlflow = Mlflow(ENVIRONMENT.tracking_uri, timeout=300)


@logs_decisions
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Lambda's entry point: an event of EventBridge with the source `aws.sagemaker`."""
    detail = event["detail"]
    member = next(name for name in NAMES if name in detail)
    tracks = dict(zip(NAMES, (_track_training, _track_tuning, _track_evaluation), strict=True))
    run_id = tracks[member](detail[member])
    if run_id:
        decided("tracked", detail[member], job=detail[member], run=run_id)
    return {"job": detail[member], "run_id": run_id}


def _track_training(name: str) -> str | None:
    job = sagemaker.describe_training_job(TrainingJobName=name)
    tags = tags_of(sagemaker, job["TrainingJobArn"])
    if WORKLOAD_TAG not in tags:
        return None
    status = STATUSES.get(job["TrainingJobStatus"], "RUNNING")
    if status == "RUNNING" and leaves_run_to_script(job):
        return None
    workload = tags[WORKLOAD_TAG]
    record = _record(workload, _launched(job))
    run = _run(job, workload)
    log(mlflow, run, tags={**job_tags(job, tags, record), **_parent_tags(job, workload)})
    if status == "RUNNING":
        return _id(run)
    # Not before the end: a script that logs the same parameter with another text would fail.
    log(mlflow, read_run(mlflow, _id(run)), parameters=parameters(job), points=metric_history(job))
    evaluation = _evaluation(workload, name)
    cost = job_cost("training", job, PRICES) or Cost()
    ended = milliseconds(job["TrainingEndTime"]) if "TrainingEndTime" in job else None
    log(
        mlflow,
        run,
        tags={**outcome_tags(job), **cost_tags(cost), **_gate(job, workload, record, evaluation)},
        points=cost_points(cost, ended or milliseconds(job["CreationTime"])),
    )
    set_status(mlflow, _id(run), status, ended)
    return _id(run)


def _track_tuning(name: str) -> str | None:
    job = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    tags = tags_of(sagemaker, job["HyperParameterTuningJobArn"])
    if WORKLOAD_TAG not in tags:
        return None
    run = _tuning_run(job, tags[WORKLOAD_TAG])
    best = job.get("BestTrainingJob") or {}
    outcome = {
        "launchpad.kind": "tuning",
        "launchpad.workload": tags[WORKLOAD_TAG],
        "launchpad.job_arn": job["HyperParameterTuningJobArn"],
        "launchpad.status": job["HyperParameterTuningJobStatus"],
        "launchpad.best_job": best.get("TrainingJobName", ""),
        "launchpad.failure": job.get("FailureReason", ""),
        **origin_tags(tags, _record(tags[WORKLOAD_TAG], name)),
    }
    log(mlflow, run, tags=outcome, parameters=_best_parameters(best), points=_objective(best))
    status = STATUSES.get(job["HyperParameterTuningJobStatus"])
    if status:
        ended = milliseconds(job.get("HyperParameterTuningEndTime") or job["LastModifiedTime"])
        # First, because a tuning job has up to 750 training jobs to ask for.
        set_status(mlflow, _id(run), status, ended)
        cost = Cost.together(_costs_of_tuning(name))
        log(mlflow, run, tags=cost_tags(cost), points=cost_points(cost, ended))
    return _id(run)


def _costs_of_tuning(name: str) -> Iterator[Cost]:
    pages = sagemaker.get_paginator("list_training_jobs_for_hyper_parameter_tuning_job").paginate(
        HyperParameterTuningJobName=name
    )
    for summary in (summary for page in pages for summary in page["TrainingJobSummaries"]):
        job = sagemaker.describe_training_job(TrainingJobName=summary["TrainingJobName"])
        yield job_cost("training", job, PRICES) or Cost(unknown=(f"{summary['TrainingJobName']}, which still runs",))


def _track_evaluation(name: str) -> str | None:
    """Add an evaluation to the run of the job that it judged, which its output for metrics is named after."""
    job = sagemaker.describe_processing_job(ProcessingJobName=name)
    tags = tags_of(sagemaker, job["ProcessingJobArn"])
    judged = _judged_job(job)
    if WORKLOAD_TAG not in tags or judged is None or job["ProcessingJobStatus"] not in STATUSES:
        return None
    workload = tags[WORKLOAD_TAG]
    training = sagemaker.describe_training_job(TrainingJobName=judged)
    run, evaluation = _run(training, workload), _evaluation(workload, judged)
    ended = milliseconds(job["ProcessingEndTime"]) if "ProcessingEndTime" in job else milliseconds(job["CreationTime"])
    verdict = {
        "launchpad.evaluation_job": name,
        "launchpad.evaluation_status": job["ProcessingJobStatus"],
        "launchpad.evaluation_failure": job.get("FailureReason") or job.get("ExitMessage") or "",
        **_gate(training, workload, _record(workload, _launched(training)), evaluation),
    }
    points = [(metric_name(EVALUATION + key), value, ended, 0) for key, value in (evaluation or {}).items()]
    cost = job_cost("processing", job, PRICES) or Cost()
    log(mlflow, run, tags=verdict, points=[*points, *cost_points(cost, ended, EVALUATION)])
    return _id(run)


def _run(job: Mapping[str, Any], workload: str) -> Run:
    return training_run(mlflow, job, workload)


def _tuning_run(job: Mapping[str, Any], workload: str) -> Run:
    tags = {"launchpad.kind": "tuning", "launchpad.workload": workload}
    variables = (job.get("TrainingJobDefinition") or {}).get("Environment") or {}
    return job_run(mlflow, job["HyperParameterTuningJobName"], workload, variables, job, tags)


def _parent_tags(job: Mapping[str, Any], workload: str) -> dict[str, str]:
    """Return the tags that put the run of a tuning job's training job below the tuning job's."""
    if not job.get("TuningJobArn"):
        return {}
    name = _launched(job)
    tuning = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    return {"mlflow.parentRunId": _id(_tuning_run(tuning, workload)), "launchpad.tuning_job": name}


def _best_parameters(best: Mapping[str, Any]) -> dict[str, str]:
    return {f"best.{key}": value for key, value in (best.get("TunedHyperParameters") or {}).items()}


def _objective(best: Mapping[str, Any]) -> list[tuple[str, float, int, int]]:
    metric = best.get("FinalHyperParameterTuningJobObjectiveMetric")
    if not metric:
        return []
    return [(metric_name(metric["MetricName"]), metric["Value"], milliseconds(best["CreationTime"]), 0)]


def _judged_job(job: Mapping[str, Any]) -> str | None:
    """Return the training job that an evaluation judged; None for other processing jobs."""
    for output in (job.get("ProcessingOutputConfig") or {}).get("Outputs", []):
        path = urlsplit((output.get("S3Output") or {}).get("S3Uri", "")).path.strip("/").split("/")
        if output["OutputName"] == METRICS_OUTPUT and len(path) == 3 and path[1] == "evaluations":
            return str(path[2])
    return None


def _gate(
    job: Mapping[str, Any], workload: str, record: Mapping[str, Any], evaluation: Mapping[str, float] | None
) -> dict[str, str]:
    """Return the gate's verdict on a completed job, by the definition that it was launched with if that is recorded."""
    if job["TrainingJobStatus"] != "Completed":
        return {}
    metrics = {metric["MetricName"]: metric["Value"] for metric in job.get("FinalMetricDataList") or []}
    definition = record.get("definition") or CATALOGUE.get(workload)
    return gate_tags(definition, {**metrics, **(evaluation or {})}, evaluated=evaluation is not None)


def _evaluation(workload: str, job: str) -> dict[str, float] | None:
    """Return the metrics of a job's evaluation; None if it was not evaluated."""
    metrics = _json(f"{workload}/evaluations/{job}/metrics.json")
    if metrics is None:
        return None
    return {key: float(value) for key, value in metrics.items() if isinstance(value, int | float)}


def _launched(job: Mapping[str, Any]) -> str:
    """Return the name of the job that was launched, which has the record: a training job's own, or its tuning job's."""
    return str(job.get("TuningJobArn") or job["TrainingJobName"]).rpartition("/")[2]


def _record(workload: str, job: str) -> dict[str, Any]:
    """Return what was recorded of a job when it was launched; empty for older jobs."""
    return _json(f"{workload}/records/{job}.json") or {}


def _json(key: str) -> dict[str, Any] | None:
    try:
        content = json.loads(s3().get_object(Bucket=ENVIRONMENT.model_bucket, Key=key)["Body"].read())
    except (s3().exceptions.NoSuchKey, ValueError):
        return None
    return content if isinstance(content, dict) else None


def _id(run: Run) -> str:
    return str(run["info"]["run_id"])
