"""`launchpad monitor run`: what it refuses, what it prints of a report, and the codes with which it exits."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from launchpad.cli import drift
from launchpad.cli import monitoring as shared
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.monitoring import runs
from tests.cli.monitor.reports import AGE, GOOD, JOB, POOR, RESULT, SKIPPED, report


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
