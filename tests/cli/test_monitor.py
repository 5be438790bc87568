"""`launchpad monitor`: what it refuses, what it prints of reports, and the codes with which it exits."""

from __future__ import annotations

import io
import json
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from typer.testing import CliRunner

from launchpad.cli import drift, drift_states
from launchpad.cli import monitoring as shared
from launchpad.cli.application import application
from launchpad.cli.commands import monitor as module
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.monitoring import reports as reading
from launchpad.platform_client.monitoring import runs
from launchpad.platform_client.monitoring.alarms import alarms_of
from launchpad.platform_client.monitoring.baselines import has_baseline
from launchpad.platform_client.monitoring.reports import Report
from launchpad.requests.schedules import next_run
from launchpad.workload import Monitoring

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


class Bucket:
    """The part of S3 that the reports need; objects by key, each written an hour after the one before."""

    def __init__(self, **objects):
        self.objects = objects

    def get_paginator(self, _):
        def paginate(**request):
            keys = [key for key in self.objects if key.startswith(request["Prefix"])]
            return [{"Contents": [{"Key": key, "LastModified": self.time(key)} for key in keys]}]

        return SimpleNamespace(paginate=paginate)

    def time(self, key):
        return NOW + timedelta(hours=list(self.objects).index(key))

    def list_objects_v2(self, **request):
        return self.get_paginator("").paginate(**request)[0]

    def get_object(self, **request):
        if request["Key"] not in self.objects:
            raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")
        return {"Body": io.BytesIO(self.objects[request["Key"]].encode())}

    def download_file(self, _, key, path):
        Path(path).write_text(self.objects[key], "utf-8")


@pytest.fixture
def bucket():
    """Three jobs: the first has pages, the second found no request, the third only failed."""
    folder = "demo/monitoring"
    objects = {
        f"{folder}/settings/abc/settings.json": "{}",
        f"{folder}/one/result.json": json.dumps(RESULT),
        f"{folder}/one/report.html": "<html>",
        f"{folder}/one/evidently.html": "<html>",
        f"{folder}/two/result.json": json.dumps({**RESULT, **SKIPPED}),
    }
    return Bucket(**objects)


@pytest.fixture
def connection(bucket):
    return SimpleNamespace(name="dev", client=lambda _: bucket)


@pytest.fixture
def command(monkeypatch):
    """Run `launchpad monitor` for a monitored workload, whose jobs all have ended; keep what was started."""
    calls: list[Any] = []
    section = Monitoring()
    connection = SimpleNamespace(name="dev", settings=SimpleNamespace(direct_deploy=True))

    def started(*arguments: Any) -> list[Any]:
        calls.append(arguments[1:])
        return command_runs

    command_runs = [runs.MonitoringRun("dev-demo", "dev-demo-monitor-1", "started", "")]
    results: dict[str, Report] = {"dev-demo-monitor-1": report()}
    monkeypatch.setattr(module, "monitored", lambda _: section)
    monkeypatch.setattr(module, "connect", lambda _: connection)
    monkeypatch.setattr(module, "find_platform", lambda _: PLATFORM)
    monkeypatch.setattr(module, "start", started)
    monkeypatch.setattr(shared, "follow_to_end", lambda *_: {})
    monkeypatch.setattr(shared, "report_of", lambda *arguments: results[arguments[-1]])

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(application(["monitor"]), ["monitor", *arguments])

    return SimpleNamespace(run=run, calls=calls, runs=command_runs, results=results)


def test_a_workload_without_the_section_is_refused(monkeypatch):
    monkeypatch.setattr("launchpad.catalogue.load_workload", lambda _: SimpleNamespace(monitoring=None))
    with pytest.raises(LaunchpadError, match="has no `monitoring` section; write one"):
        shared.monitored("demo")


def test_an_environment_without_the_function_is_refused(monkeypatch):
    monkeypatch.setattr(runs, "find_output", lambda *_: None)
    with pytest.raises(LaunchpadError, match="monitors no workload yet; run `launchpad deploy --env dev`"):
        runs.start(SimpleNamespace(name="dev"), "demo")


@pytest.mark.parametrize("hours", ["0", "2161", "1.5"])
def test_hours_are_a_whole_number_up_to_90_days(command, hours):
    result = command.run("run", "demo", "--hours", hours)
    assert result.exit_code == 2
    assert command.calls == []


@pytest.mark.parametrize("body", ["", "[]", '{"records": 1}'])
def test_a_result_that_is_none_is_named(connection, bucket, body):
    bucket.objects["demo/monitoring/one/result.json"] = body
    with pytest.raises(LaunchpadError, match=r"monitoring/one/result\.json is not the result of a monitoring job"):
        reading.reports(connection, PLATFORM, "demo")


def test_a_job_without_a_result_is_named(connection):
    with pytest.raises(LaunchpadError, match=r"job three has written no result\.json into s3://models/demo/"):
        reading.report_of(connection, PLATFORM, "demo", "three")


def test_reports_are_listed_with_the_newest_first(connection):
    listed = reading.reports(connection, PLATFORM, "demo")
    assert [(each.job, each.status) for each in listed] == [("two", "skipped"), ("one", "drift")]
    assert [each.job for each in reading.reports(connection, PLATFORM, "demo", 1)] == ["two"]


def test_the_last_page_is_that_of_the_last_job_with_requests(connection, tmp_path):
    newest = reading.last_with_page(connection, PLATFORM, "demo")
    assert newest is not None
    files = reading.download(connection, newest, tmp_path / "one")
    assert [file.name for file in files] == ["report.html", "evidently.html", "result.json"]
    assert json.loads(files[-1].read_text())["status"] == "drift"


def test_a_report_without_a_page_can_not_be_fetched(connection, tmp_path):
    with pytest.raises(LaunchpadError, match=r"wrote no report\.html"):
        reading.download(connection, reading.report_of(connection, PLATFORM, "demo", "two"), tmp_path)


@pytest.mark.parametrize(
    ("results", "skipped", "code"),
    [
        ([{"status": "no_drift"}], 0, 0),
        ([{}], 0, 3),
        ([{"status": "no_drift", "quality": POOR}], 0, 4),
        ([{}, {"status": "no_drift", "quality": POOR}], 0, 5),
        ([SKIPPED], 0, 6),
        ([{"status": "no_drift", "quality": GOOD}], 1, 6),
        ([], 1, 6),
        ([{}], 1, 3),
        ([{**SKIPPED, "quality": POOR}], 0, 4),
    ],
)
def test_the_exit_code_says_what_the_result_is(results, skipped, code):
    assert drift.exit_code([report(**values) for values in results], skipped) == code


def test_a_run_ends_with_a_table_of_what_drifted(command):
    result = command.run("run", "demo", "--hours", "24")
    assert command.calls == [("demo", 24)]
    assert result.exit_code == 3
    assert "dev-demo: drift: 1 of 2 columns drifted (50%; up to 30% may)" in result.output
    lines = [line for line in result.output.splitlines() if line.startswith(("age", "job"))]
    assert [line.split()[0] for line in lines] == ["age", "job"]
    assert "██████████ 3.10" in lines[0]
    assert "> 0.1" in lines[0]
    assert "██░░░░░░░░ 0.30" in lines[1]
    assert "< 0.05" in lines[1]
    assert "2 unreadable (no JSON); missing columns: balance" in result.output


def test_a_run_that_compared_nothing_says_why(command):
    command.runs[:] = [runs.MonitoringRun("dev-demo", "", "skipped", "no requests")]
    result = command.run("run", "demo")
    assert result.exit_code == 6
    assert "dev-demo: skipped: no requests" in result.output


def test_json_of_a_run_has_the_whole_result(command):
    result = command.run("run", "demo", "--json")
    (run,) = json.loads(result.stdout)["runs"]
    assert (run["job"], run["status"], run["result"]) == ("dev-demo-monitor-1", "started", RESULT)


def test_quality_is_shown_with_its_bound_and_its_labels(command):
    command.results["dev-demo-monitor-1"] = report(status="no_drift", quality=POOR)
    output = command.run("run", "demo").output
    assert "auc 0.71 (at least 0.8, missed)" in output
    assert "90 labelled, 3 late" in output


def test_a_quality_without_labels_says_so():
    assert drift.quality({**POOR, "value": None, "passed": None}) == "auc: no labels yet (at least 0.8)"


def test_all_drifted_columns_are_listed_however_many(capsys):
    columns = [{**AGE, "name": f"c{number}"} for number in range(20)]
    drift.show_report(report(columns=[*columns, JOB]))
    out, err = capsys.readouterr()
    assert sum(line.startswith("c") for line in out.splitlines()) == 21  # and the heading
    assert "1 other column did not drift" in err


def test_a_column_that_was_not_compared_says_why():
    assert drift.bar({"name": "id", "severity": None, "note": "one value in the baseline"}).plain == (
        "one value in the baseline"
    )


def alarms(*items):
    pages = [{"MetricAlarms": list(items)}]
    client = SimpleNamespace(get_paginator=lambda _: SimpleNamespace(paginate=lambda **_: pages))
    return SimpleNamespace(name="dev", client=lambda _: client)


def alarm(metric, dimension, value="dev-demo", state="OK", namespace="Launchpad/Monitoring"):
    return {
        "AlarmName": metric,
        "Namespace": namespace,
        "MetricName": metric,
        "StateValue": state,
        "Dimensions": [{"Name": dimension, "Value": value}],
    }


def test_alarms_are_those_of_the_endpoint_in_a_fixed_order():
    listed = alarms_of(
        alarms(
            alarm("DiskUtilization", "EndpointName", namespace="/aws/sagemaker/Endpoints"),
            alarm("Quality", "Endpoint", state="INSUFFICIENT_DATA"),
            alarm("DriftedShare", "Endpoint", state="ALARM"),
            alarm("DriftedShare", "Endpoint", value="dev-demo-2", state="ALARM"),
        ),
        "dev-demo",
    )
    assert [(each.kind, each.words) for each in listed] == [
        ("drift", "ALARM"),
        ("quality", "no data yet"),
        ("disk use", "OK"),
    ]


@pytest.fixture
def states(monkeypatch, capsys):
    """What `launchpad monitor status` prints of these reports."""

    def run(*listed, as_json=False, status="InService", **section):
        connection = alarms(alarm("DriftedShare", "Endpoint", state="ALARM"))
        monkeypatch.setattr(shared, "endpoint_of", lambda *_: "dev-demo")
        monkeypatch.setattr(shared, "is_served", lambda _: True)
        monkeypatch.setattr(shared, "endpoint_status", lambda *_: status)
        if as_json:
            return shared.status_json(connection, "demo", Monitoring(**section), listed)
        shared.show_status(connection, "demo", Monitoring(**section), listed)
        return "".join(capsys.readouterr())

    return run


def test_status_has_a_row_per_report_and_the_alarms(states):
    text = states(report("new", quality=GOOD), report("old", **SKIPPED))
    row = next(line for line in text.splitlines() if line.endswith("new"))
    assert row.split()[:6] == ["2026-11-29", "06:30", "dev-demo", "drift", "500", "50%"]
    assert "auc 0.91 (at least 0.8)" in row
    assert "age 3.10" in row
    assert "old: 12 records, fewer than 200" in text
    assert "drift ALARM" in text


def test_status_without_a_report_names_the_command(states):
    assert "demo has no report yet; `launchpad monitor run demo --env dev` makes one" in states()


def test_status_names_alarms_of_the_endpoint_only(states):
    text = states(report("new", endpoint="dev-demo/challenger"), report("old"))
    assert "dev-demo/challenger" in text
    assert "alarms of dev-demo/challenger" not in text


def test_status_says_that_a_closed_endpoint_is_not_monitored(states):
    closed = "closed: nothing is reported of it, and no alarm watches it, until `launchpad serve demo --env dev`"
    assert closed in " ".join(states(report("one"), status="gone").split())
    assert states(report("one"), status="gone", as_json=True)["closed_endpoint"] == "dev-demo"
    assert "closed" not in states(report("one"))


def test_status_says_when_a_cron_schedule_runs_next(states):
    content = states(as_json=True, schedule="cron(0 5 * * ? *)")
    assert (content["next_run"].hour, content["next_run"].minute) == (5, 0)
    assert content["next_run"] > datetime.now(UTC)
    assert content["hours_since"] is None


@pytest.mark.parametrize(
    ("expression", "moment"),
    [
        ("rate(2 hours)", "2026-11-29T08:30:00+00:00"),
        ("cron(0 6 * * ? *)", "2026-11-30T06:00:00+00:00"),
        ("cron(45 6 * * ? *)", "2026-11-29T06:45:00+00:00"),
        ("cron(0 6 ? * MON *)", "2026-11-30T06:00:00+00:00"),
        ("cron(0 6 L * ? *)", "2026-11-30T06:00:00+00:00"),
        ("cron(0 6 29 2 ? *)", "2028-02-29T06:00:00+00:00"),
    ],
)
def test_the_next_run_of_a_schedule(expression, moment):
    assert next_run(expression, NOW) == datetime.fromisoformat(moment)


@pytest.mark.parametrize(
    ("names", "whole"),
    [((), False), (("baseline.json",), False), (("baseline.json", "predictions/features.csv.out"), True)],
)
def test_a_baseline_is_whole_with_its_predictions(connection, bucket, names, whole):
    bucket.objects |= {f"demo/baselines/dev-demo-1/{name}": "" for name in names}
    assert has_baseline(connection, PLATFORM, "demo", "dev-demo-1") is whole


def hint(connection, capsys, section=True):
    workload: Any = SimpleNamespace(name="demo", monitoring=section)
    shared.hint_baseline(connection, PLATFORM, workload, "dev-demo-1")
    return capsys.readouterr().err


def test_a_served_model_without_a_baseline_gets_a_hint(connection, capsys):
    assert "`launchpad monitor baseline demo --job dev-demo-1 --env dev`" in " ".join(hint(connection, capsys).split())


def test_no_hint_where_nothing_is_monitored(connection, capsys):
    assert hint(connection, capsys, section=None) == ""


def test_no_hint_with_a_baseline(connection, bucket, capsys):
    bucket.objects |= {f"demo/baselines/dev-demo-1/{name}": "" for name in ("baseline.json", "predictions/a.out")}
    assert hint(connection, capsys) == ""


@pytest.mark.parametrize(
    ("last", "words"),
    [
        (None, "no report yet"),
        (report(), "drift, 50% of columns, "),
        (report(status="no_drift", quality=POOR), "no drift, 50% of columns, quality missed, "),
        (report(**SKIPPED), "skipped, "),
    ],
)
def test_status_of_an_endpoint_has_its_drift_and_its_age(last, words):
    state = drift_states.DriftState(PLATFORM, SimpleNamespace(name="demo"), "dev-demo-1", last)  # type: ignore[arg-type]
    assert state.words.plain.startswith(words)


def test_the_two_jobs_of_a_baseline_are_started_one_after_the_other(command, monkeypatch):
    launched: list[Any] = []
    followed: list[str] = []

    @contextmanager
    def code(*_: Any, **__: Any) -> Any:
        yield {"origin": {}}

    def launch(_connection: Any, _platform: Any, event: Any) -> str:
        launched.append((event["kind"], event["training_job_name"], list(followed)))
        return f"dev-demo-{event['kind']}"

    monkeypatch.setattr("launchpad.catalogue.load_workload", lambda _: SimpleNamespace(name="demo"))
    monkeypatch.setattr(module, "chosen_code", code)
    monkeypatch.setattr(module, "follow_to_end", lambda *arguments: followed.append(arguments[2]))
    monkeypatch.setattr(module.baselines.jobs, "launch", launch)
    result = command.run("baseline", "demo", "--job", "dev-demo-1")
    assert result.exit_code == 0, result.output
    assert launched == [
        ("baseline", "dev-demo-1", []),
        ("baseline-predictions", "dev-demo-1", ["dev-demo-baseline"]),
    ]
    assert "s3://models/demo/baselines/dev-demo-1/" in result.output


def test_labels_with_a_mistake_upload_nothing(command, monkeypatch, tmp_path):
    monkeypatch.setattr(module, "upload", lambda *_: pytest.fail("uploaded"))
    file = tmp_path / "labels.csv"
    file.write_text("inference_id,label\na,\n")
    result = command.run("labels", "demo", str(file))
    assert result.exit_code == 1
    assert "labels.csv:2: label: is empty" in result.output


def test_a_file_of_labels_that_is_missing_is_wrong_usage(command):
    assert command.run("labels", "demo", "nothing.csv").exit_code == 2
