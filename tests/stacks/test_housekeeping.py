"""One function per environment reports what is idle; it can stop only what the config names."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.stacks.inspection import resources
from tests.stacks.test_idle_endpoints import actions

SECTIONS = {
    "notebooks": [{"name": "team"}],
    "studio": {"users": ["ada"]},
    "spark": {"certificates": "spark/tls.zip"},
    "tracking": {"size": "Small"},
}
STOPPING = {
    "sagemaker:DeleteApp",
    "sagemaker:StopNotebookInstance",
    "sagemaker:StopMlflowTrackingServer",
    "elasticmapreduce:TerminateJobFlows",
}


def function(template: dict[str, Any]) -> dict[str, Any]:
    """The function's settings, without the environment."""
    functions = [item["Properties"] for item in resources(template, "AWS::Lambda::Function").values()]
    (own,) = (each for each in functions if each["Handler"] == "housekeeping.handler")
    return dict(json.loads(own["Environment"]["Variables"]["HOUSEKEEPING"]))


def schedules(template: dict[str, Any]) -> list[dict[str, Any]]:
    items = resources(template, "AWS::Scheduler::Schedule").items()
    return [item["Properties"] for name, item in items if name.startswith("Housekeeping")]


def allowed(parts: dict[str, Any]) -> set[str]:
    studio = parts.get("studio", {"Resources": {}})
    return actions(parts["observability"], "HousekeepingFunctionRole") | actions(studio, "HousekeepingRights")


@pytest.fixture(scope="module")
def full(templates) -> dict[str, Any]:
    return dict(templates(name="full", region="eu-west-1", **SECTIONS))


def test_it_is_called_weekly(dev):
    (schedule,) = schedules(dev["observability"])
    assert schedule["ScheduleExpression"] == "cron(0 6 ? * MON *)"
    assert json.loads(schedule["Target"]["Input"]) == {"report": True}


def test_it_can_be_switched_off(templates):
    parts = templates(name="off", region="eu-west-1", housekeeping={"enabled": False})
    assert schedules(parts["observability"]) == []
    assert function(parts["observability"])["kinds"] == ["network"]


def test_it_looks_at_what_the_environment_has(dev, full):
    assert function(dev["observability"])["kinds"] == ["network"]
    assert function(full["observability"])["kinds"] == ["notebooks", "studio", "emr", "mlflow", "network"]


def test_without_a_line_it_can_stop_nothing(full):
    assert function(full["observability"])["stop"] == []
    assert allowed(full) & STOPPING == set()


def test_it_can_stop_what_the_config_names(templates):
    housekeeping = {"stop": ["notebooks", "studio", "emr", "mlflow"]}
    assert allowed(templates(name="full", region="eu-west-1", housekeeping=housekeeping, **SECTIONS)) >= STOPPING


def test_clusters_of_other_environments_are_out_of_reach(full):
    text = json.dumps(resources(full["observability"], "AWS::IAM::Policy"))
    assert '"aws:ResourceTag/launchpad:environment": "full"' in text


def test_only_applications_of_the_domain_are_in_reach(full):
    policies = resources(full["studio"], "AWS::IAM::Policy")
    (own,) = (item for name, item in policies.items() if name.startswith("HousekeepingRights"))
    assert '"Ref": "Domain"' in json.dumps(own["Properties"]["PolicyDocument"])
