"""The doctor's report: readable at any width, and by programs."""

from __future__ import annotations

import json

import pytest

from launchpad.cli import examining
from launchpad.doctor.check import Row, Status
from launchpad.doctor.deployment import Deployment
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.settings import EnvironmentSettings

ARN = "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_AdministratorAccess_0123456789"
STACK = "launchpad-dev-image-headlines-processing"
ROWS = [
    Row("account", "credentials", Status.OK, ARN, ""),
    Row("stacks", STACK, Status.PROBLEM, "UPDATE_ROLLBACK_FAILED", f"`aws cloudformation --stack-name {STACK}`, then"),
    Row("stacks", "states", Status.UNKNOWN, "not asked", ""),
    Row("quotas", "instances", Status.WARNING, "ml.g5.xlarge for endpoint usage: 2 needed, 0 allowed", "ask for more"),
]
DEPLOYMENT = Deployment(EnvironmentSettings(name="dev", region="eu-west-1"))


@pytest.mark.parametrize("width", [80, 120, None])
def test_no_name_is_broken_at_any_width(width):
    lines = [line.plain for line in examining.table(ROWS, width)]
    words = {word for line in lines for word in line.split()}
    assert {ARN, STACK} <= words
    assert all(len(line) <= width or ARN in line or STACK in line for line in lines if width)


@pytest.mark.parametrize("width", [80, 120, None])
def test_a_command_to_copy_stays_on_one_line(width):
    assert any(f"`aws cloudformation --stack-name {STACK}`" in line.plain for line in examining.table(ROWS, width))


def test_groups_have_headings_and_remedies_stand_below():
    lines = [line.plain.rstrip() for line in examining.table(ROWS, None)]
    assert [line for line in lines if not line.startswith(" ")] == ["account", "stacks", "quotas"]
    warning = next(number for number, line in enumerate(lines) if line.startswith("  warning"))
    assert lines[warning + 1].strip() == "→ ask for more"


def test_the_summary_counts_all_but_what_is_fine():
    assert examining.summary(ROWS) == "1 problem, 1 warning, 1 not known"
    assert examining.summary(ROWS[:1]) == "no problem"


def test_json_has_counts_and_every_row():
    content = examining.as_json(DEPLOYMENT, ROWS)
    assert (content["environment"], content["problem"], content["unknown"], content["ok"]) == ("dev", 1, 1, 1)
    assert content["checks"][3] == {
        "group": "quotas",
        "name": "instances",
        "status": "warning",
        "finding": "ml.g5.xlarge for endpoint usage: 2 needed, 0 allowed",
        "remedy": "ask for more",
    }


def test_the_doctor_of_a_stopped_local_aws_still_reports_the_machine(launchpad):
    result = launchpad("doctor", "--json")
    content = json.loads(result.stdout)
    rows = {(row["group"], row["name"]): row for row in content["checks"]}
    assert (result.returncode, content["problem"] >= 1) == (1, True)
    assert "make local" in rows["account", "local AWS"]["remedy"]
    assert rows["machine", "Python"]["status"] == "ok"


def test_an_environment_that_does_not_exist_is_an_error(launchpad):
    result = launchpad("doctor", "--env", "dve")
    assert (result.returncode, "did you mean 'dev'?" in result.stderr) == (1, True)


def test_a_deploy_stops_at_problems_with_their_remedies(monkeypatch, tmp_path):
    (tmp_path / "manifest.json").write_text("{}")
    monkeypatch.setattr(examining, "_examine", lambda *_: ROWS)
    connection = Connection(EnvironmentSettings(name="dev", region="eu-west-1"))
    with pytest.raises(LaunchpadError) as stopped:
        examining.stop_at_problems(connection, tmp_path, None)
    lines = str(stopped.value).splitlines()
    assert lines[0] == "nothing was deployed, because the deploy would fail:"
    assert lines[1] == f"stacks, {STACK}: UPDATE_ROLLBACK_FAILED"
    assert lines[2].strip().startswith("→ `aws cloudformation")
    assert "instances" not in str(stopped.value)


def test_a_deploy_goes_on_with_warnings_in_silence(monkeypatch, tmp_path, capsys):
    (tmp_path / "manifest.json").write_text("{}")
    monkeypatch.setattr(examining, "_examine", lambda *_: ROWS[2:])
    examining.stop_at_problems(Connection(EnvironmentSettings(name="dev", region="eu-west-1")), tmp_path, None)
    assert capsys.readouterr() == ("", "")
