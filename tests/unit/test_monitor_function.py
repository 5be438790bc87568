"""The monitor function: which jobs it starts on which objects, what it publishes, and how it reacts to alarms."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from launchpad.requests import RequestError
from tests.unit import functions
from tests.unit.functions import CONTEXT, imported
from tests.unit.mlflow_server import fake_mlflow
from tests.unit.monitored_account import BUCKET, CAPTURED, CONFIG, ENDPOINT, JOB, NOW, WORKLOAD, Account, refusal
from tests.unit.service_model import violations

MONITORING = """\
monitoring:
  target: medv
  task: regression
  drift: {share: 0.25}
"""
QUALITY = "  quality: {metric: rmse, at_most: 9, days: 3}\n"
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/launchpad/dev/monitoring:0"
TRACKING = "arn:aws:sagemaker:eu-west-1:123456789012:mlflow-app/app-1"
OTHER = "dev-boston-housing-t2"
"""The job of another model."""
MONITOR_JOB = "dev-boston-housing-monitor-20261129-120000"
Call = Callable[..., dict[str, Any]]


@pytest.fixture
def account() -> Account:
    return Account()


@pytest.fixture
def mlflow() -> Iterator[Any]:
    with fake_mlflow() as server:
        yield server


@pytest.fixture
def function(account, tmp_path, monkeypatch, with_sections) -> Iterator[Callable[[str], Call]]:
    """Makes the function with more YAML in the workload."""
    monkeypatch.setitem(functions.ENVIRONMENT, "containers", {"monitoring": IMAGE})
    monkeypatch.setenv("ALERT_TOPIC", "topic")
    monkeypatch.setenv("STATE_MACHINE", "machine")
    contexts = []

    def make(more: str = "") -> Call:
        catalogue = {WORKLOAD: with_sections(MONITORING + more)}
        context = imported(tmp_path, monkeypatch, "monitor", catalogue)
        module = context.__enter__()
        contexts.append(context)
        for loaded in list(sys.modules.values()):
            if str(tmp_path) in str(getattr(loaded, "__file__", "")):
                for name, value in {"s3": lambda: account, "sagemaker": account, "states": lambda: account}.items():
                    if hasattr(loaded, name):
                        monkeypatch.setattr(loaded, name, value)
        monkeypatch.setattr("boto3.client", lambda *_, **__: account)
        return lambda **event: module.handler(event, CONTEXT)

    yield make
    for context in contexts:
        context.__exit__(None, None, None)


@pytest.fixture
def call(function) -> Call:
    handler: Call = function()
    return handler


def run(call: Call, **event: Any) -> dict[str, Any]:
    """The one row of a run at noon."""
    (row,) = call(workload=WORKLOAD, **{"by": "monitor", "time": NOW.isoformat(), **event})["runs"]
    return dict(row)


def inputs(account: Account, job: str = MONITOR_JOB) -> dict[str, Any]:
    """What a job reads: the names in its manifests, or the URI of a folder."""
    items = {item["InputName"]: item["S3Input"] for item in account.jobs[job]["ProcessingInputs"]}
    return {
        name: account.read(item["S3Uri"])[1:] if item["S3DataType"] == "ManifestFile" else item["S3Uri"]
        for name, item in items.items()
    }


def settings(account: Account, job: str = MONITOR_JOB) -> Any:
    return account.read(inputs(account, job)["settings"])


def result(**values: Any) -> dict[str, Any]:
    own = {"version": 1, "workload": WORKLOAD, "endpoint": ENDPOINT, "training_job": JOB, "columns": []}
    window = {"start": (NOW - timedelta(hours=30)).isoformat(), "end": (NOW - timedelta(hours=5)).isoformat()}
    numbers = {"records": 500, "drifted_share": 0.5, "worst": {"name": "rm", "severity": 2.5}, "quality": None}
    return {**own, "window": window, "status": "drift", "reason": None, **numbers, **values}


def end(account: Account, job: str = MONITOR_JOB, status: str = "Completed", **values: Any) -> None:
    """End a job, with a result if it completed."""
    account.jobs[job] |= {"ProcessingJobStatus": status, "CreationTime": NOW, "ProcessingEndTime": NOW}
    if status == "Completed":
        account.put(f"{WORKLOAD}/monitoring/{job}/result.json", result(**values))


def earlier(
    account: Account, end_hours_ago: float, status: str = "no_drift", hours: int | None = None, source: str = "async"
) -> None:
    """A report of an earlier job."""
    job = f"dev-boston-housing-monitor-20261120-{-int(end_hours_ago) % 1_000_000:06}"
    window = {"start": (NOW - timedelta(days=3)).isoformat(), "end": (NOW - timedelta(hours=end_hours_ago)).isoformat()}
    account.put(f"{WORKLOAD}/monitoring/{job}/result.json", result(window=window, status=status))
    account.put(f"{WORKLOAD}/records/{job}.json", {"monitoring": {"hours": hours, "source": source}})
    account.jobs[job] = {"ProcessingJobStatus": "Completed"}


def test_a_job_reads_the_captured_objects_of_its_hours(call, account):
    account.capture("2026/11/28/10", "2026/11/28/11", "2026/11/28/12", "2026/11/29/12", "2026/11/29/13")
    account.capture("2026/11/29/11", variant="Shadow")
    assert run(call)["status"] == "started"
    assert inputs(account)["captured"] == [
        f"{ENDPOINT}/AllTraffic/2026/11/{hour}/a.jsonl" for hour in ("28/11", "28/12", "29/12")
    ]
    assert inputs(account)["baseline"] == f"s3://{BUCKET}/{WORKLOAD}/baselines/{JOB}/"
    answered = ("ProcessingJobStatus", "ProcessingJobArn")
    request = {key: value for key, value in account.jobs[MONITOR_JOB].items() if key not in answered}
    assert violations("CreateProcessingJob", request) == []


def test_the_settings_name_the_deployed_model_and_the_window(call, account):
    account.capture("2026/11/29/11")
    run(call)
    assert {
        key: settings(account)[key] for key in ("endpoint", "source", "training_job", "baseline_job", "window", "since")
    } == {
        "endpoint": ENDPOINT,
        "source": "captured",
        "training_job": JOB,
        "baseline_job": JOB,
        "since": (NOW - timedelta(days=9)).isoformat(),
        "window": {"start": (NOW - timedelta(days=1)).isoformat(), "end": NOW.isoformat()},
    }


def test_a_job_has_a_record_and_tags_like_all_others(call, account):
    account.capture("2026/11/29/11")
    run(call, origin={"commit": "c" * 40})
    record = account.read(f"{BUCKET}/{WORKLOAD}/records/{MONITOR_JOB}.json")
    assert (record["kind"], record["from_job"]) == ("monitor", JOB)
    tags = {tag["Key"]: tag["Value"] for tag in account.jobs[MONITOR_JOB]["Tags"]}
    assert tags["launchpad:workload"] == WORKLOAD
    assert tags["launchpad:commit"] == "c" * 40


def test_a_repeated_event_starts_nothing_twice(call, account):
    account.capture("2026/11/29/11")
    first = run(call, by="schedule")
    assert run(call, by="schedule")["job"] == first["job"] == MONITOR_JOB
    assert len(account.jobs) == 1


def test_a_job_that_sagemaker_refused_is_started_by_the_retry(call, account):
    account.capture("2026/11/29/11")
    create = account.create_processing_job
    account.create_processing_job = lambda **_: (_ for _ in ()).throw(refusal("ThrottlingException", "Rate exceeded"))  # type: ignore[method-assign]
    with pytest.raises(Exception, match="Rate exceeded"):
        run(call, by="schedule")
    account.create_processing_job = create  # type: ignore[method-assign]
    run(call, by="schedule")
    assert list(account.jobs) == [MONITOR_JOB]


def test_a_schedule_while_a_job_is_running_is_skipped(call, account):
    account.capture("2026/11/29/10")
    run(call, by="schedule", time=(NOW - timedelta(hours=1)).isoformat())
    row = run(call, by="schedule")
    assert (row["status"], row["reason"]) == ("skipped", "dev-boston-housing-monitor-20261129-110000 is running")
    assert account.messages == []


def test_a_window_without_requests_is_a_report_without_a_job(call, account):
    row = run(call)
    assert (row["status"], row["reason"], account.jobs) == ("skipped", "no requests", {})
    report = account.read(f"{BUCKET}/{WORKLOAD}/monitoring/{MONITOR_JOB}/result.json")
    assert (report["status"], report["reason"], report["records"]) == ("skipped", "no requests", 0)
    assert account.metrics == [(ENDPOINT, "Records", 0.0), (ENDPOINT, "HoursSinceReport", 0.0)]
    run(call)
    assert len(account.metrics) == 2


@pytest.mark.parametrize(
    ("reports", "hours"),
    [
        ([], 24),
        ([(5.0, "no_drift", None)], 5),
        ([(30.0, "drift", None), (3.0, "skipped", None)], 30),
        ([(30.0, "drift", None), (3.0, "drift", 2)], 30),
        ([(24.0 * 8, "drift", None)], 24 * 7),
        ([(24.0, "skipped", None)], 72),
        ([(24.0 * 8, "drift", None), (24.0, "skipped", None)], 24 * 7),
    ],
    ids=[
        "first",
        "since the last",
        "skipped ones add up",
        "not those of some hours",
        "at most a week",
        "the first ones were skipped",
        "skipped ones add up for a week",
    ],
)
def test_a_window_begins_where_the_last_comparison_ended(call, account, reports, hours):
    account.capture("2026/11/29/11")
    for end_hours_ago, status, own in reports:
        earlier(account, end_hours_ago, status, own)
    assert run(call)["window"]["start"] == (NOW - timedelta(hours=hours)).isoformat()


def test_a_window_has_what_was_on_its_way_to_s3(call, account):
    account.capture("2026/11/29/11")
    earlier(account, 5, source="captured")
    assert run(call)["window"]["start"] == (NOW - timedelta(hours=5, minutes=5)).isoformat()


def test_a_window_is_as_long_as_the_pauses_of_a_rare_schedule(function, account):
    call = function("  schedule: rate(30 days)\n")
    account.capture("2026/11/29/11")
    earlier(account, 24.0 * 8)
    assert run(call)["window"]["start"] == (NOW - timedelta(days=8)).isoformat()


def test_a_person_may_ask_for_more_hours(call, account):
    account.capture("2026/11/29/11")
    assert run(call, hours=200)["window"]["start"] == (NOW - timedelta(hours=200)).isoformat()


@pytest.mark.parametrize("hours", [0, -1, "two", True, 5000])
def test_hours_that_make_no_sense_are_refused(call, hours):
    with pytest.raises(RequestError, match=r"hours: .* write a whole number from 1 to 2160"):
        run(call, hours=hours)


def test_requests_before_the_model_answered_do_not_count(call, account):
    account.capture("2026/11/29/11")
    served = NOW - timedelta(hours=2)
    record = {"time": served.isoformat(), "job": JOB, "variants": [], "outcome": "asked"}
    account.put(f"{WORKLOAD}/history/20261129T100000000000Z-{CONFIG}.json", record)
    assert run(call)["window"]["start"] == served.isoformat()


def history(account: Account, hours_ago: float, job: str, config: str = CONFIG, outcome: str = "asked") -> None:
    """A change of the endpoint."""
    time = NOW - timedelta(hours=hours_ago)
    record = {"time": time.isoformat(), "job": job, "variants": [], "outcome": outcome}
    account.put(f"{WORKLOAD}/history/{time:%Y%m%dT%H%M%S%fZ}-{config}.json", record)


def test_a_model_that_is_served_anew_keeps_its_window(call, account):
    account.capture("2026/11/29/11")
    history(account, 20, "dev-boston-housing-t0", "before")
    history(account, 9, JOB, "other-instances")
    history(account, 5, "dev-boston-housing-t0", "refused", outcome="refused")
    history(account, 2, JOB)
    assert run(call)["window"]["start"] == (NOW - timedelta(hours=9)).isoformat()


def test_a_schedules_window_ends_at_its_moment(call, account):
    account.capture("2026/11/29/11")
    assert run(call, by="schedule")["window"]["end"] == NOW.isoformat()


def test_each_variants_model_is_compared_with_its_own_baseline(call, account):
    account.capture("2026/11/29/11")
    account.capture("2026/11/29/11", variant="new")
    account.capture("2026/11/29/11", variant="again")
    names = {"AllTraffic": 0.3, "again": 0.1, "new": 0.6}
    account.endpoint["ProductionVariants"] = [{"VariantName": key, "CurrentWeight": names[key]} for key in names]
    jobs = {"AllTraffic": JOB, "again": JOB, "new": OTHER}
    record = {"time": "2026-11-20T10:00:00+00:00", "job": JOB}
    record["variants"] = [{"name": key, "job": jobs[key]} for key in jobs]  # type: ignore[assignment]
    account.put(f"{WORKLOAD}/history/20261120T100000000000Z-{CONFIG}.json", record)
    for file in ("baseline.json", "predictions/features.csv.out"):
        account.put(f"{WORKLOAD}/baselines/{OTHER}/{file}", {})
    first, second = call(workload=WORKLOAD, by="monitor", time=NOW.isoformat())["runs"]
    assert (first["endpoint"], second["endpoint"]) == (ENDPOINT, f"{ENDPOINT}/AllTraffic")
    read = [inputs(account, row["job"])["captured"] for row in (first, second)]
    assert [[name.split("/")[1] for name in names] for names in read] == [["new"], ["AllTraffic", "again"]]
    assert [settings(account, row["job"])["baseline_job"] for row in (first, second)] == [OTHER, JOB]
    assert (first["job"], len(second["job"])) == (MONITOR_JOB, len(MONITOR_JOB) + 1)
    assert call(workload=WORKLOAD, by="monitor", time=NOW.isoformat())["runs"][1]["job"] == second["job"]


def test_the_jobs_of_a_variant_keep_their_letter_when_weights_change(call, account):
    names = ("AllTraffic", "new", "again")
    record = {"time": "2026-11-20T10:00:00+00:00", "job": JOB}
    record["variants"] = [{"name": key, "job": f"{JOB}-{key}"} for key in names]  # type: ignore[assignment]
    account.put(f"{WORKLOAD}/history/20261120T100000000000Z-{CONFIG}.json", record)
    for key in names:
        account.capture("2026/11/29/11", variant=key)
        for file in ("baseline.json", "predictions/features.csv.out"):
            account.put(f"{WORKLOAD}/baselines/{JOB}-{key}/{file}", {})
    jobs = []
    for new, again in ((0.2, 0.1), (0.1, 0.2)):
        weights = zip(names, (0.7, new, again), strict=True)
        account.endpoint["ProductionVariants"] = [{"VariantName": key, "CurrentWeight": each} for key, each in weights]
        rows = call(workload=WORKLOAD, by="monitor", time=NOW.isoformat())["runs"]
        jobs.append({row["endpoint"]: row["job"] for row in rows})
    assert jobs[0] == jobs[1]
    assert len(set(jobs[0].values())) == 3


def test_a_variant_without_a_baseline_is_reported_with_the_others(call, account):
    account.capture("2026/11/29/11")
    account.endpoint["ProductionVariants"].append({"VariantName": "new", "CurrentWeight": 0.1})
    variants = [{"name": "AllTraffic", "job": JOB}, {"name": "new", "job": OTHER}]
    record = {"time": "2026-11-20T10:00:00+00:00", "job": JOB, "variants": variants}
    account.put(f"{WORKLOAD}/history/20261120T100000000000Z-{CONFIG}.json", record)
    rows = call(workload=WORKLOAD, by="schedule", time=NOW.isoformat())["runs"]
    assert [(row["endpoint"], row["status"]) for row in rows] == [(ENDPOINT, "started"), (f"{ENDPOINT}/new", "failed")]
    assert f"the model of {OTHER} has no baseline" in account.messages[0]


def test_a_package_says_where_its_baseline_is(call, account):
    account.capture("2026/11/29/11")
    account.container = {"ModelPackageName": "arn:package/1"}
    statistics = {"S3Uri": f"s3://{BUCKET}/{WORKLOAD}/baselines/{JOB}/baseline.json"}
    account.package = {"ModelMetrics": {"ModelDataQuality": {"Statistics": statistics}}}
    run(call)
    assert settings(account)["baseline_job"] == JOB


@pytest.mark.parametrize("by", ["schedule", "monitor"])
def test_a_model_without_a_baseline_is_reported_with_the_remedy(call, account, by):
    account.capture("2026/11/29/11")
    del account.objects[f"{BUCKET}/{WORKLOAD}/baselines/{JOB}/baseline.json"]
    remedy = f"launchpad monitor baseline {WORKLOAD} --job {JOB} --env dev"
    if by == "schedule":
        row = run(call, by=by)
        assert row["status"] == "failed"
        assert remedy in row["reason"]
    else:
        with pytest.raises(RequestError, match=remedy):
            run(call, by=by)
    (message,) = account.messages
    assert message.startswith(f"{ENDPOINT} can't be monitored: the model of {JOB} has no baseline")


def test_a_foreign_buckets_baseline_that_may_not_be_read_is_missing(call, account):
    account.capture("2026/11/29/11")
    account.container = {"ModelDataUrl": f"s3://staging-models/{WORKLOAD}/jobs/{JOB}/output/model.tar.gz"}
    with pytest.raises(RequestError, match=f"s3://staging-models/{WORKLOAD}/baselines/{JOB}/baseline.json is missing"):
        run(call)


def test_a_model_that_no_job_made_has_no_baseline(call, account):
    account.container = {"ModelDataUrl": "s3://elsewhere/model.tar.gz"}
    assert "no job of this platform made s3://elsewhere" in run(call, by="schedule")["reason"]


def test_an_endpoint_that_captures_nothing_is_reported(call, account):
    del account.config["DataCaptureConfig"]
    with pytest.raises(RequestError, match=f"captures no requests.*launchpad serve {WORKLOAD}"):
        run(call)


def test_a_serverless_endpoint_captures_nothing_and_is_passed_over(call, account):
    del account.config["DataCaptureConfig"]
    account.config["ProductionVariants"][0]["ServerlessConfig"] = {"MemorySizeInMB": 2048}
    assert run(call, by="schedule")["status"] == "skipped"
    assert account.messages == []


def test_nothing_is_started_where_nothing_is_served(call, account):
    account.endpoint = None
    assert run(call)["status"] == "skipped"
    assert (account.jobs, account.messages) == ({}, [])


def test_labels_and_their_days_are_read_with_a_bound_on_quality(function, account):
    call = function(QUALITY)
    account.capture("2026/11/25/12", "2026/11/26/12", "2026/11/29/11")
    for hour in ("2026/11/20/01", "2026/11/27/01", "2026/11/29/11"):
        account.put(f"{WORKLOAD}/labels/{hour}/l.jsonl", {})
    run(call)
    assert inputs(account)["captured"][0] == f"{ENDPOINT}/AllTraffic/2026/11/26/12/a.jsonl"
    assert inputs(account)["labels"] == ["2026/11/27/01/l.jsonl", "2026/11/29/11/l.jsonl"]


def test_an_asynchronous_endpoint_is_read_by_its_files(call, account):
    account.config["AsyncInferenceConfig"] = {"OutputConfig": {}}
    for name, hours in {"input/old": 40, "input/a": 25, "input/b": 1, "output/a.out": 23, "output/z.out": 50}.items():
        account.put(f"{WORKLOAD}/async/{name}", {}, NOW - timedelta(hours=hours))
    run(call)
    assert settings(account)["source"] == "async"
    assert (inputs(account)["requests"], inputs(account)["answers"]) == (["a", "b"], ["a.out"])
    times = account.read(f"{inputs(account)['times']}times.json")
    hours_ago = {"requests": {"a": 25, "b": 1}, "answers": {"a.out": 23}}
    assert times == {
        folder: {name: (NOW - timedelta(hours=hours)).isoformat() for name, hours in files.items()}
        for folder, files in hours_ago.items()
    }


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


def test_a_result_becomes_metrics_once(call, account):
    account.capture("2026/11/29/11")
    run(call)
    quality = {"metric": "rmse", "value": 7.5}
    end(account, quality=quality)
    assert call(ended=MONITOR_JOB) == {"job": MONITOR_JOB, "published": True, "status": "drift"}
    assert {name: value for _, name, value in account.metrics} == {
        "Records": 500,
        "HoursSinceReport": 0,
        "DriftedShare": 0.5,
        "WorstColumn": 2.5,
        "Quality": 7.5,
    }
    assert {endpoint for endpoint, _, _ in account.metrics} == {ENDPOINT}
    call(ended=MONITOR_JOB)
    assert len(account.metrics) == 5


def test_a_skipped_result_says_nothing_about_drift(call, account):
    account.capture("2026/11/29/11")
    run(call)
    end(account, status="Completed", drifted_share=None, worst=None, records=7)
    account.put(
        f"{WORKLOAD}/monitoring/{MONITOR_JOB}/result.json", result(status="skipped", records=7, drifted_share=None)
    )
    call(ended=MONITOR_JOB)
    assert {name for _, name, _ in account.metrics} == {"Records", "HoursSinceReport"}


@pytest.mark.parametrize("status", ["Failed", "Stopped"])
def test_a_job_that_did_not_complete_publishes_nothing(call, account, status):
    account.capture("2026/11/29/11")
    run(call)
    end(account, status=status)
    assert call(ended=MONITOR_JOB)["published"] is False
    assert account.metrics == []


def test_a_report_is_a_point_in_the_run_below_the_models(function, account, mlflow, monkeypatch):
    monkeypatch.setitem(functions.ENVIRONMENT, "tracking_uri", TRACKING)
    monkeypatch.setenv("SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT", mlflow.address)
    call = function()
    account.capture("2026/11/29/11")
    run(call)
    columns = [{"name": "rm", "drifted": True}, {"name": "age", "drifted": False}]
    end(account, columns=columns, quality={"metric": "rmse", "value": 7.5})
    call(ended=MONITOR_JOB)
    report = mlflow.run_named(f"{JOB}-monitoring")
    assert report["tags"]["mlflow.parentRunId"] == mlflow.run_named(JOB)["id"]
    assert report["tags"]["launchpad.report"] == f"s3://{BUCKET}/{WORKLOAD}/monitoring/{MONITOR_JOB}/report.html"
    assert (report["tags"]["launchpad.drifted_columns"], report["tags"]["launchpad.report_status"]) == ("rm", "drift")
    assert report["metrics"] == {
        "records": [(0, 500.0)],
        "drifted_share": [(0, 0.5)],
        "worst_column": [(0, 2.5)],
        "live_rmse": [(0, 7.5)],
    }


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


def test_metrics_are_published_while_mlflow_does_not_answer(function, account, monkeypatch):
    monkeypatch.setitem(functions.ENVIRONMENT, "tracking_uri", TRACKING)
    monkeypatch.setenv("SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT", "http://127.0.0.1:9")
    call = function()
    account.capture("2026/11/29/11")
    run(call)
    end(account)
    assert call(ended=MONITOR_JOB)["published"] is True
    assert len(account.metrics) == 4


def test_other_processing_jobs_publish_nothing(call, account):
    tags = [{"Key": "launchpad:workload", "Value": WORKLOAD}]
    other = {"ProcessingJobStatus": "Completed", "ProcessingJobArn": "arn/other", "Tags": tags}
    account.jobs["other"] = other
    assert call(ended="other") == {"job": "other", "published": False}


def test_the_heartbeat_says_how_old_the_last_report_is(call, account, monkeypatch):
    account.endpoint["CreationTime"] = datetime.now(UTC) - timedelta(days=30)
    account.config["CreationTime"] = datetime.now(UTC) - timedelta(days=2)  # since then it captures requests
    assert round(call(heartbeat=True)["endpoints"][ENDPOINT]) == 24 * 2
    earlier(account, 5)
    assert call(heartbeat=True)["endpoints"][ENDPOINT] < account.published("HoursSinceReport")[0]


def test_the_heartbeat_names_a_closed_endpoint_and_has_no_age_of_it(call, account):
    account.endpoint = None
    assert call(heartbeat=True) == {"endpoints": {}, "closed": [ENDPOINT]}
    assert account.metrics == []


def alarm(metric: str = "DriftedShare", endpoint: str = ENDPOINT, state: str = "ALARM") -> dict[str, Any]:
    watched = {"namespace": "Launchpad/Monitoring", "name": metric, "dimensions": {"Endpoint": endpoint}}
    return {
        "alarmName": "an-alarm",
        "configuration": {
            "metrics": [{"id": "m", "metricStat": {"metric": watched, "period": 300, "stat": "Maximum"}}]
        },
        "state": {"value": state, "reason": "Threshold Crossed"},
    }


RETRAIN = "  on_alarm: retrain\n"


def test_an_alarm_starts_the_pipeline_once(function, account):
    call = function(RETRAIN)
    assert call(alarm=alarm(), time="2026-11-29T12:00:00Z")["action"] == "retrained"
    ((name, execution),) = account.executions.items()
    assert name == f"{WORKLOAD}-alarm-20261129-120000"
    assert json.loads(execution["input"]) == {"workload": WORKLOAD, "token": "alarm-20261129-120000"}
    assert "the pipeline of boston-housing was started" in account.messages[0]


def report(account: Account, job: str, moment: str) -> None:
    name = f"dev-boston-housing-monitor-{moment}"
    account.put(f"{WORKLOAD}/monitoring/{name}/result.json", result(training_job=job))


def test_a_model_is_a_reason_for_one_run_only(function, account):
    call = function(RETRAIN)
    report(account, JOB, "20261129-110000")
    assert call(alarm=alarm(), time="2026-11-29T12:00:00Z")["action"] == "retrained"
    account.start_execution = lambda **_: pytest.fail("a second run")  # type: ignore[method-assign]
    first = dict(account.executions)
    account.executions.clear()  # it has ended, and its model missed the gate
    outcome = call(alarm=alarm(), time="2026-11-30T12:00:00Z")
    assert outcome["action"] == "waited"
    assert f"{WORKLOAD}-alarm-20261129-120000 was to replace the model of {JOB}" in outcome["reason"]
    assert list(first) == [f"{WORKLOAD}-alarm-20261129-120000"]


def test_a_new_model_is_a_reason_for_another_run(function, account):
    call = function(RETRAIN)
    report(account, JOB, "20261129-110000")
    call(alarm=alarm(), time="2026-11-29T12:00:00Z")
    account.executions.clear()
    report(account, "dev-boston-housing-t2", "20261130-110000")
    assert call(alarm=alarm(), time="2026-11-30T12:00:00Z")["action"] == "retrained"


def ended(call: Call, account: Account, day: int, **values: Any) -> None:
    """A monitoring job of the new model has ended, some days after the alarm."""
    job = f"dev-boston-housing-monitor-202612{day:02}-120000"
    tags = [{"Key": "launchpad:workload", "Value": WORKLOAD}]
    account.jobs[job] = {"ProcessingJobArn": f"arn/{job}", "Tags": tags}
    account.put(f"{WORKLOAD}/records/{job}.json", {"monitoring": {"endpoint": ENDPOINT}})
    end(account, job)
    account.put(f"{WORKLOAD}/monitoring/{job}/result.json", result(**{"training_job": OTHER, **values}))
    assert call(ended=job)["published"]


def test_an_alarm_that_stays_trains_once_more_after_three_reports(function, account):
    call = function(RETRAIN)
    report(account, JOB, "20261129-110000")
    call(alarm=alarm(), time="2026-11-29T12:00:00Z")
    account.executions.clear()
    ended(call, account, 1)
    assert "the alarm stays: dev-boston-housing-t2 was trained since" in account.messages[-1]
    ended(call, account, 2)
    ended(call, account, 3, status="skipped")  # says nothing, either way
    assert (len(account.messages), account.executions) == (2, {})
    ended(call, account, 4)
    assert len(account.executions) == 1
    assert "the pipeline of boston-housing was started" in account.messages[-1]
    account.executions.clear()
    ended(call, account, 5)
    assert account.executions == {}


@pytest.mark.parametrize(
    ("before", "values"),
    [
        ({"training_job": JOB, "status": "no_drift"}, {}),  # the alarm's own event is the reason
        ({"training_job": JOB}, {"status": "no_drift"}),
        ({"training_job": OTHER, "status": "no_drift"}, {}),
    ],
)
def test_a_report_is_a_reason_only_where_the_alarm_stayed(function, account, before, values):
    call = function(RETRAIN)
    account.put(f"{WORKLOAD}/monitoring/dev-boston-housing-monitor-20261129-110000/result.json", result(**before))
    for day in (1, 2, 3):
        ended(call, account, day, **values)
    assert (account.messages, account.executions) == ([], {})


def test_a_quality_that_stays_poor_is_a_reason_too(function, account):
    call = function(QUALITY + RETRAIN)
    poor = {"status": "no_drift", "quality": {"metric": "rmse", "value": 12.0, "passed": False}}
    name = "dev-boston-housing-monitor-20261129-110000"
    account.put(f"{WORKLOAD}/monitoring/{name}/result.json", result(training_job=JOB, **poor))
    for day in (1, 2, 3):
        ended(call, account, day, **poor)
    assert len(account.executions) == 1


def test_the_retry_of_an_alarm_finds_its_own_run(function, account):
    call = function(RETRAIN)
    report(account, JOB, "20261129-110000")
    start = account.start_execution
    account.start_execution = lambda **_: (_ for _ in ()).throw(refusal("ThrottlingException", "Rate exceeded"))  # type: ignore[method-assign]
    with pytest.raises(Exception, match="Rate exceeded"):
        call(alarm=alarm(), time="2026-11-29T12:00:00Z")
    account.start_execution = start  # type: ignore[method-assign]
    assert call(alarm=alarm(), time="2026-11-29T12:00:00Z")["action"] == "retrained"


def test_an_alarm_during_a_run_starts_no_other(function, account):
    call = function(RETRAIN)
    account.start_execution(name="run", input=json.dumps({"workload": WORKLOAD}))
    assert call(alarm=alarm("Quality"), time="2026-11-29T12:00:00Z")["action"] == "waited"
    assert list(account.executions) == ["run"]
    assert "going on" in account.messages[0]


@pytest.mark.parametrize(
    ("more", "change", "action"),
    [
        ("", {}, "notified"),
        (RETRAIN, {"metric": "HoursSinceReport"}, "ignored"),
        (RETRAIN, {"state": "OK"}, "ignored"),
        (RETRAIN, {"endpoint": "dev-other"}, "ignored"),
    ],
)
def test_other_alarms_start_nothing(function, account, more, change, action):
    call = function(more)
    assert call(alarm=alarm(**change), time="2026-11-29T12:00:00Z")["action"] == action
    assert (account.executions, account.messages) == ({}, [])


def test_only_a_monitored_workload_can_be_asked_for(call):
    with pytest.raises(RequestError, match="no workload 'other' is deployed"):
        call(workload="other", by="monitor")
    with pytest.raises(RequestError, match="by: 'cron' is neither schedule nor monitor"):
        run(call, by="cron")


def test_the_captured_folder_is_the_endpoint_configurations(call, account):
    account.capture("2026/11/29/11")
    run(call)
    items = {item["InputName"]: item["S3Input"]["S3Uri"] for item in account.jobs[MONITOR_JOB]["ProcessingInputs"]}
    assert account.read(items["captured"])[0] == {"prefix": f"s3://{BUCKET}/captured/{WORKLOAD}/"}
    assert CAPTURED.startswith(f"captured/{WORKLOAD}/{ENDPOINT}")
