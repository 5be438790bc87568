"""Each alarm names its runbook, which has all that a person needs who is woken by it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from launchpad import paths
from launchpad.cli.application import COMMANDS, GROUPS
from launchpad.duties import COMMANDS as DUTIES
from launchpad.duties import Duty
from launchpad.requests import Environment
from launchpad.requests.monitoring_alarms import RUNBOOKS
from launchpad.requests.scaling import wake_up_alarm_request
from launchpad.settings import EnvironmentSettings
from tests.stacks.test_samples import BASELINES

TEXT = (paths.ROOT / "docs" / "runbooks.md").read_text("utf-8")
SECTIONS = {
    heading.lower().replace(" ", "-"): body
    for heading, body in re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", TEXT, re.DOTALL | re.MULTILINE)
}
LINK = re.compile(r" Runbook: (\S*)#([a-z-]+)$")
PARTS = ("**Means**", "**Users notice**", "**Look**", "**Escalate**")


def alarms():
    """Every alarm of the accepted templates: its name, and its description."""
    for file in sorted(Path(BASELINES).rglob("*.json")):
        template = json.loads(file.read_text("utf-8"))
        for name, resource in template.get("Resources", template).items():
            if isinstance(resource, dict) and resource.get("Type") == "AWS::CloudWatch::Alarm":
                yield f"{file.parent.name}/{file.stem}/{name}", resource["Properties"]["AlarmDescription"]


def test_the_templates_have_alarms_of_functions_pipelines_and_endpoints():
    sections = {LINK.search(description)[2] for _, description in alarms()}
    assert {"function-errors", "dead-letters", "pipeline-failed", "server-errors", "latency"} <= sections


@pytest.mark.parametrize(("name", "description"), list(alarms()))
def test_an_alarm_names_a_runbook_that_exists(name, description):
    link = LINK.search(description)
    assert link, f"{name} names no runbook"
    assert link[2] in SECTIONS
    assert len(description) <= 1024  # PutMetricAlarm


@pytest.mark.parametrize("section", sorted(set(SECTIONS) - {"notifications-that-are-no-alarms"}))
def test_a_runbook_is_whole(section):
    assert [part for part in PARTS if part not in SECTIONS[section]] == []


def test_alarms_that_functions_make_have_runbooks_too():
    assert set(RUNBOOKS.values()) <= set(SECTIONS)
    environment = Environment("dev", "eu-west-1", "data", "model", "key", "role", "role", runbooks="https://wiki/x")
    serving = {"scaling": {"minimum": 0, "backlog": 5, "schedule": []}, "mode": "async"}
    request = wake_up_alarm_request({"name": "w", "serving": serving}, environment, "dev-w", "arn")
    assert request["AlarmDescription"].endswith(" Runbook: https://wiki/x#backlog-without-capacity")
    assert "backlog-without-capacity" in SECTIONS


def test_the_runbooks_name_commands_that_exist():
    known = {name for names in COMMANDS.values() for name in names} | set(GROUPS)
    commands = set(re.findall(r"launchpad ([a-z]+)", re.sub(r"\s+", " ", TEXT)))
    assert commands >= {"status", "logs", "drift", "rollback", "monitor"}
    assert commands - known == set()


@pytest.mark.parametrize(
    ("more", "address"),
    [
        ({}, ""),
        (
            {"github": {"repository": "example/platform"}, "account": "123456789012"},
            "https://github.com/example/platform/blob/main/docs/runbooks.md",
        ),
        (
            {
                "github": {"repository": "example/platform"},
                "account": "123456789012",
                "alarms": {"runbooks": "https://wiki/x"},
            },
            "https://wiki/x",
        ),
    ],
)
def test_the_address_is_the_configs_or_the_repositorys(more, address):
    assert EnvironmentSettings(name="dev", region="eu-west-1", **more).runbooks == address


def test_the_page_says_what_the_on_call_may_run():
    sentence = re.search(r"The role \[on-call\]\(people\.md\) may run (.+?)\. What", TEXT, re.DOTALL)
    named = set(re.findall(r"`([a-z ]+)`", sentence[1]))
    allowed = {command.name for command in DUTIES if Duty.ON_CALL in command.duties}
    assert named == allowed


def test_a_projects_repository_has_no_separate_page(tmp_path, monkeypatch):
    monkeypatch.setattr("launchpad.paths.PROJECT", tmp_path)
    settings = {"name": "dev", "region": "eu-west-1", "github": {"repository": "example/models"}}
    assert EnvironmentSettings(**settings, account="123456789012").runbooks == "platform/docs/runbooks.md"
