"""Endpoints that are not used are removed where models are tried out, by a function that can create none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.stacks.inspection import resources

DIRECT = {"direct_deploy": True, "allow_serverless": True}  # a workload here is serverless
TRIED_OUT = {"name": "dev", "region": "eu-west-1", **DIRECT}


@pytest.fixture(scope="module")
def template(templates) -> dict[str, Any]:
    return templates(**TRIED_OUT)["observability"]


def functions(template) -> list[dict[str, Any]]:
    items = resources(template, "AWS::Lambda::Function").values()
    return [item["Properties"] for item in items if item["Properties"]["Handler"] == "idle.handler"]


def actions(template, role: str) -> set[str]:
    policies = [
        item["Properties"] for name, item in resources(template, "AWS::IAM::Policy").items() if name.startswith(role)
    ]
    statements = [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]
    return {
        action
        for item in statements
        for action in ([item["Action"]] if isinstance(item["Action"], str) else item["Action"])
    }


@pytest.mark.parametrize(
    "settings",
    [{"name": "dev"}, {"name": "staging", **DIRECT}, {"name": "prod", **DIRECT}],
)
def test_nothing_is_removed_where_models_are_in_use(templates, settings):
    template = templates(region="eu-west-1", **settings)["observability"]
    assert functions(template) == []
    assert not any(name.startswith("Idle") for name in resources(template, "AWS::Scheduler::Schedule"))


@pytest.mark.parametrize(
    ("settings", "hours"), [({}, "12"), ({"idle_endpoint_hours": 3}, "3"), ({"idle_endpoint_hours": 0}, "0")]
)
def test_the_function_knows_the_environments_hours(templates, settings, hours):
    (function,) = functions(templates(**TRIED_OUT, **settings)["observability"])
    assert function["Environment"]["Variables"]["IDLE_ENDPOINT_HOURS"] == hours


def test_the_function_is_called_at_each_full_hour(template):
    schedules = resources(template, "AWS::Scheduler::Schedule")
    (schedule,) = (item for name, item in schedules.items() if name.startswith("Idle"))
    assert schedule["Properties"]["ScheduleExpression"] == "cron(0 * * * ? *)"
    assert "Idle" in json.dumps(schedule["Properties"]["Target"]["Arn"])


def test_the_function_can_remove_endpoints_and_create_none(template):
    allowed = actions(template, "IdleEndpointsRole")
    assert {"sagemaker:DeleteEndpoint", "cloudwatch:GetMetricData", "lambda:InvokeFunction"} <= allowed
    assert not [action for action in allowed if action.startswith(("sagemaker:Create", "sagemaker:Update", "iam:"))]


def test_only_endpoints_of_the_environment_are_in_reach(template):
    text = json.dumps(resources(template, "AWS::IAM::Policy"))
    assert "endpoint/dev-*" in text
    assert "alarm:launchpad-dev-endpoint-*" in text


def test_a_function_that_fails_raises_an_alarm(template):
    alarms = [item["Properties"] for item in resources(template, "AWS::CloudWatch::Alarm").values()]
    assert [alarm for alarm in alarms if "idle function fails" in alarm["AlarmDescription"]]
