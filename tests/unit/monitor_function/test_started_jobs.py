"""The jobs that the monitor function starts: their record, their settings, once per event, and when none is started."""

from __future__ import annotations

from datetime import timedelta

import pytest

from launchpad.requests import RequestError
from tests.unit.monitor_function.calls import MONITOR_JOB, QUALITY, inputs, run, settings
from tests.unit.monitor_function.monitored_account import BUCKET, CAPTURED, ENDPOINT, JOB, NOW, WORKLOAD, refusal
from tests.unit.service_model import violations


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
