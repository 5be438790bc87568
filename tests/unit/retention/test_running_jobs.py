"""What a running job, tuning or execution reads stays, and what a workload's last transform job used."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.functions import ENVIRONMENT
from tests.unit.retention.resources import ARCHIVE, ARTIFACT, BUCKET, JOB, NOW, days_ago

JOBS: dict[str, dict[str, Any]] = {
    "training_job": {
        "TrainingJobName": "dev-x-1",
        "TrainingJobStatus": "InProgress",
        "InputDataConfig": [{"DataSource": {"S3DataSource": {"S3Uri": ARTIFACT}}}],
    },
    "processing_job": {
        "ProcessingJobName": "dev-x-1",
        "ProcessingJobStatus": "Stopping",
        "ProcessingInputs": [{"S3Input": {"S3Uri": ARCHIVE}}],
    },
    "transform_job": {"TransformJobName": "dev-x-1", "TransformJobStatus": "InProgress", "ModelName": "dev-demo-model"},
    "hyper_parameter_tuning_job": {
        "HyperParameterTuningJobName": "dev-x-1",
        "HyperParameterTuningJobStatus": "InProgress",
        "TrainingJobDefinition": {"StaticHyperParameters": {"model": f'"{ARTIFACT}"'}},
    },
}


@pytest.mark.parametrize("kind", JOBS)
def test_what_a_running_job_reads_stays(old_job, old, kind):
    old_job.create_model("dev-demo-model", 900, ModelDataUrl=ARCHIVE)
    if kind == "training_job":
        old_job.jobs["dev-x-1"] = JOBS[kind]
    else:
        old_job.other_jobs[kind] = [JOBS[kind]]
    assert old("artifact") == []


@pytest.mark.parametrize("member", ["HyperParameterTuningJobName", "parent"])
def test_the_jobs_of_a_running_tuning_and_of_its_parents_stay(account, old, member):
    account.train("dev-demo-t-001-0a1b2c3d", 900)
    account.train("dev-demo-new", 1)
    tuning = {"HyperParameterTuningJobName": "dev-demo-t", "HyperParameterTuningJobStatus": "InProgress"}
    if member == "parent":
        parents = [{"HyperParameterTuningJobName": "dev-demo-t"}]
        tuning |= {
            "HyperParameterTuningJobName": "dev-demo-u",
            "WarmStartConfig": {"ParentHyperParameterTuningJobs": parents},  # type: ignore[dict-item]
        }
    account.other_jobs["hyper_parameter_tuning_job"] = [tuning]
    assert old("artifact") == []


def test_logs_of_a_job_that_runs_stay(account, old):
    account.train(JOB, 900, status="InProgress")
    account.log("TrainingJobs", f"{JOB}/algo-1-7", 900)
    assert old("job log") == []


def test_what_a_running_execution_was_started_with_stays(old_job, old):
    old_job.executions["e"] = {"startDate": days_ago(1), "input": f'{{"training_job_name": "{JOB}"}}'}
    assert old("artifact") == []


def test_what_is_newer_than_a_running_execution_stays(old_job, retention):
    old_job.log("TrainingJobs", f"{JOB}/algo-1-7", 900)
    old_job.executions["e"] = {"startDate": days_ago(901), "input": "{}"}
    assert not {row.kind for row in retention().find(NOW)} & {"artifact", "checkpoints", "job log"}


def test_where_a_running_job_writes_to_keeps_no_earlier_job(old_job, old):
    output = {"S3OutputPath": f"s3://{BUCKET}/demo/jobs"}
    old_job.jobs["dev-x-1"] = {**JOBS["training_job"], "InputDataConfig": [], "OutputDataConfig": output}
    assert old("artifact") == [JOB, JOB]


@pytest.mark.parametrize(("transform", "rows"), [({"data": "x"}, 0), (None, 3)])
def test_the_model_of_a_workloads_last_transform_job_stays(old_job, retention, transform, rows):
    old_job.create_model("dev-demo-model", 900, ModelDataUrl=ARCHIVE)
    job = {"TransformJobName": "dev-demo-t", "TransformJobStatus": "Completed", "ModelName": "dev-demo-model"}
    output = {"S3OutputPath": f"s3://{ENVIRONMENT['data_bucket']}/demo/transform/dev-demo-t"}
    old_job.other_jobs["transform_job"] = [{**job, "TransformOutput": output}]
    found = retention(catalogue={"demo": {"name": "demo", "transform": transform}}).find(NOW)
    assert len([row for row in found if row.kind in ("model", "artifact")]) == rows
