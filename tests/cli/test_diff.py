"""`launchpad diff` as it is typed: exit codes, where the report goes, and what wrong use is answered."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from launchpad import paths
from launchpad.cli.application import application
from launchpad.costs.price_list import Price, PriceList, write_price_list
from launchpad.settings import EnvironmentSettings
from template_diff.markdown import MARKER

QUEUE = {"Type": "AWS::SQS::Queue", "Properties": {}}


def role(action: str) -> dict[str, Any]:
    document = {"Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}
    return {"Type": "AWS::IAM::Role", "Properties": {"Policies": [{"PolicyName": "p", "PolicyDocument": document}]}}


def notebook(subnet: str) -> dict[str, Any]:
    properties = {"NotebookInstanceName": "team", "SubnetId": subnet}
    return {"Type": "AWS::SageMaker::NotebookInstance", "Properties": properties}


def write(folder: Path, environment: str, resources: dict[str, Any]) -> Path:
    path = folder / environment / "storage.template.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"Resources": resources}))
    return folder


def launchpad_diff(*arguments: str | Path) -> Any:
    return CliRunner().invoke(application(), ["diff", *map(str, arguments)])


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ({"Queue": QUEUE}, {"Queue": QUEUE}, 0),
        ({}, {"Queue": QUEUE}, 0),
        ({"Queue": QUEUE}, {}, 3),
        ({"Role": role("s3:GetObject")}, {"Role": role("s3:*")}, 4),
        ({"Role": role("s3:GetObject"), "Queue": QUEUE}, {"Role": role("s3:*")}, 5),
        ({"Book": notebook("s-1")}, {"Book": notebook("s-2")}, 6),
        ({"Book": notebook("s-1"), "Queue": QUEUE}, {"Book": notebook("s-2")}, 7),
        ({"Book": notebook("s-1")}, {"Book": notebook("s-2"), "Role": role("s3:*")}, 8),
        ({"Book": notebook("s-1"), "Queue": QUEUE}, {"Book": notebook("s-2"), "Role": role("s3:*")}, 9),
    ],
)
def test_the_exit_code_tells_the_dangers(tmp_path: Path, old: dict, new: dict, code: int) -> None:
    folders = write(tmp_path / "old", "dev", old), write(tmp_path / "new", "dev", new)
    result = launchpad_diff("--templates", *folders)
    assert result.exit_code == code
    assert result.stdout.startswith("**")
    assert result.stdout.rstrip().endswith(MARKER)


NAT = {"Nat": {"Type": "AWS::EC2::NatGateway"}}
ALARM = {"Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Namespace": "x"}}}


@pytest.fixture
def allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets the threshold in the config of dev. In its region only the price of a NAT gateway is known."""
    price = Price(usd=0.05, unit="hour", date="2026-01-01", source="a test")
    write_price_list(PriceList("eu-west-1", {"AmazonEC2/NatGateway-Hours": price}), tmp_path / "prices")
    monkeypatch.setattr(paths, "PRICE_LISTS", tmp_path / "prices")

    def allow(usd: int | None) -> None:
        cost = {} if usd is None else {"cost": {"max_monthly_increase_usd": usd}}
        settings = EnvironmentSettings.model_validate({"name": "dev", "region": "eu-west-1", **cost})
        monkeypatch.setattr("launchpad.settings.environment_names", lambda: ["dev"])
        monkeypatch.setattr("launchpad.settings.load_environment", lambda _name: settings)

    return allow


@pytest.mark.parametrize(
    ("usd", "new", "code"),
    [
        (None, NAT, 0),
        (50, NAT, 0),
        (20, NAT, 10),
        (20, {**NAT, "Role": role("s3:*")}, 12),
        (1000, ALARM, 10),  # its price is not known
    ],
)
def test_a_cost_above_the_threshold_has_its_exit_code(tmp_path, allowed, usd, new, code):
    allowed(usd)
    folders = write(tmp_path / "old", "dev", {}), write(tmp_path / "new", "dev", new)
    result = launchpad_diff("--templates", *folders)
    assert result.exit_code == code
    assert ("Too much:" in result.stdout) is (code >= 10)


def test_the_report_names_threshold_and_unknown_price(tmp_path, allowed):
    allowed(1000)
    folders = write(tmp_path / "old", "dev", {}), write(tmp_path / "new", "dev", {**NAT, **ALARM})
    text = " ".join(launchpad_diff("--templates", *folders, "--output", tmp_path / "report.md").stderr.split())
    assert "dev would cost $36.50 more per month and what is not known (AmazonCloudWatch/CW:AlarmMonitorUsage)" in text
    assert "allows $1,000.00 (cost.max_monthly_increase_usd)" in text


def test_only_the_environments_asked_for_are_compared(tmp_path: Path) -> None:
    for environment in ("dev", "staging", "prod"):
        write(tmp_path / "old", environment, {"Queue": QUEUE})
        write(tmp_path / "new", environment, {} if environment == "prod" else {"Queue": QUEUE})
    folders = ("--templates", tmp_path / "old", tmp_path / "new")
    assert launchpad_diff(*folders).exit_code == 3
    assert launchpad_diff(*folders, "--env", "dev", "--env", "staging").exit_code == 0
    assert launchpad_diff(*folders, "--env", "dev", "--env", "prod").exit_code == 3


def test_an_unknown_environment_is_answered_with_the_nearest(tmp_path: Path) -> None:
    write(tmp_path, "staging", {})
    result = launchpad_diff("--templates", tmp_path, tmp_path, "--env", "stagin")
    assert result.exit_code == 1
    assert "no environment 'stagin'" in result.stderr
    assert "did you mean 'staging'?" in result.stderr


def test_the_report_can_go_to_a_file(tmp_path: Path) -> None:
    write(tmp_path, "dev", {})
    result = launchpad_diff("--templates", tmp_path, tmp_path, "--output", tmp_path / "comment.md")
    assert (result.exit_code, result.stdout) == (0, "")
    assert (tmp_path / "comment.md").read_text().startswith("**No change.**")


def test_with_a_file_the_terminal_names_the_worst_dangers(tmp_path: Path) -> None:
    old = write(tmp_path / "old", "dev", {f"Queue{number:02}": QUEUE for number in range(17)})
    report = tmp_path / "comment.md"
    result = launchpad_diff("--templates", old, write(tmp_path / "new", "dev", {}), "--output", report)
    lines = result.stderr.splitlines()
    assert lines[0] == "Data is lost. Resources: 17 removed. Dangers: loses data: 17."
    assert lines[1] == "  Loses data: dev · storage Queue00 (SQS::Queue)"
    assert lines[-2:] == ["  and 7 more", f"the whole report: {report}"]


def test_a_report_that_can_not_be_written_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, "dev", {})
    result = launchpad_diff("--templates", tmp_path, tmp_path, "--output", tmp_path / "absent" / "comment.md")
    assert result.exit_code == 1
    assert "absent/comment.md" in result.stderr


@pytest.mark.parametrize("arguments", [(), ("main", "--templates", "a", "b")])
def test_either_a_base_or_two_folders_are_wanted(arguments: tuple[str, ...]) -> None:
    result = launchpad_diff(*arguments)
    assert result.exit_code == 2
    assert "either BASE, or --templates" in result.stderr


def test_an_invalid_base_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    monkeypatch.chdir(tmp_path)
    result = launchpad_diff("no-such-branch")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "'no-such-branch' is no commit" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_the_help_documents_the_exit_codes() -> None:
    text = " ".join(launchpad_diff("--help").stdout.split())
    for code in (
        "0 none",
        "3 a replacement or removal loses data",
        "4 a permission is widened",
        "5 both",
        "6 Cloud",
        "10 an environment",
    ):
        assert code in text
