"""Transform jobs are monitored by their files, next to the endpoint and apart from it."""

from __future__ import annotations

from datetime import timedelta

from tests.unit import functions
from tests.unit.monitor_function.calls import QUALITY, TRACKING, end, history, inputs, result, run, settings
from tests.unit.monitor_function.monitored_account import ENDPOINT, JOB, NOW, WORKLOAD, Account, refusal

TRANSFORM = """\
transform:
  instance: {type: ml.m5.large}
  input: {prefix: boston-housing/batch, content_type: text/csv}
"""


def put_transform(account: Account) -> None:
    """A transform job that ended two hours ago."""
    output = f"s3://data-bucket/{WORKLOAD}/transform/t1"
    source = {"DataSource": {"S3DataSource": {"S3Uri": f"s3://data-bucket/{WORKLOAD}/batch"}}}
    ended = {"TransformJobName": "t1", "ModelName": "model", "TransformEndTime": NOW - timedelta(hours=2)}
    account.transforms = [{**ended, "TransformInput": source, "TransformOutput": {"S3OutputPath": output}}]
    for key in ("batch/rows.csv", "transform/t1/batch/rows.csv.out"):
        account.objects[f"data-bucket/{WORKLOAD}/{key}"] = (b"1", NOW)


def test_the_last_transform_job_is_monitored_by_its_files(function, account):
    call = function(TRANSFORM)
    account.endpoint = None
    put_transform(account)
    job = run(call)["job"]
    assert job == "dev-boston-housing-monitor-t20261129-120000"
    assert settings(account, job)["endpoint"] == f"{ENDPOINT}-transform"
    assert inputs(account, job)["requests"] == ["batch/rows.csv"]
    assert inputs(account, job)["answers"] == ["batch/rows.csv.out"]
    assert account.alarms == [f"launchpad-dev-endpoint-{ENDPOINT}-transform-Drift"]


def test_the_quality_of_a_transform_is_known_by_its_labels(function, account):
    call = function(QUALITY + TRANSFORM)
    account.endpoint = None
    put_transform(account)
    account.put(f"{WORKLOAD}/labels/2026/11/29/11/l.jsonl", {})
    job = run(call)["job"]
    assert [name.rpartition("-")[2] for name in account.alarms] == ["Drift", "Quality"]
    assert inputs(account, job)["labels"] == ["2026/11/29/11/l.jsonl"]


def test_a_transform_whose_model_is_gone_does_not_stop_the_endpoints_job(function, account):
    call = function(TRANSFORM)
    account.capture("2026/11/29/11")
    history(account, 30, JOB)
    put_transform(account)
    account.describe_model = lambda **_: (_ for _ in ()).throw(refusal("ValidationException", "Could not find model"))  # type: ignore[method-assign]
    served, batch = call(workload=WORKLOAD, by="schedule", time=NOW.isoformat())["runs"]
    assert (served["status"], batch["status"]) == ("started", "failed")
    assert batch["reason"] == "model model was deleted, so the job that made it is not known"


def test_a_job_for_transforms_does_not_hold_up_the_endpoints(function, account):
    call = function(TRANSFORM)
    account.capture("2026/11/29/11")
    other = "dev-boston-housing-monitor-t20261129-110000"
    account.jobs[other] = {"ProcessingJobStatus": "InProgress"}
    account.put(f"{WORKLOAD}/records/{other}.json", {"monitoring": {}})
    account.put(f"{WORKLOAD}/monitoring/{other}/result.json", result())
    row = run(call)
    assert row["status"] == "started"
    assert row["window"]["start"] == (NOW - timedelta(days=1)).isoformat()


def test_reports_of_transforms_have_another_run(function, account, mlflow, monkeypatch):
    monkeypatch.setitem(functions.ENVIRONMENT, "tracking_uri", TRACKING)
    monkeypatch.setenv("SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT", mlflow.address)
    call = function(TRANSFORM)
    account.endpoint = None
    put_transform(account)
    job = run(call)["job"]
    end(account, job, endpoint=f"{ENDPOINT}-transform")
    call(ended=job)
    assert mlflow.run_named(f"{JOB}-monitoring-transform")["tags"]["launchpad.report_job"] == job
