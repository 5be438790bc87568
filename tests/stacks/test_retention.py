"""What is old is deleted only where the config says so, and then only what is the environment's own."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.stacks.inspection import resources
from tests.stacks.test_idle_endpoints import actions

ROLE = "HousekeepingFunctionRole"
DELETING = {
    "s3:DeleteObject",
    "sagemaker:DeleteEndpointConfig",
    "sagemaker:DeleteModel",
    "sagemaker:DeleteModelPackage",
    "logs:DeleteLogStream",
    "ecr:BatchDeleteImage",
}


@pytest.fixture(scope="module")
def deleting(templates) -> dict[str, Any]:
    return dict(templates(name="dev", region="eu-west-1", retention={"delete": True})["observability"])


def test_by_default_nothing_can_be_deleted(dev):
    allowed = actions(dev["observability"], ROLE)
    assert not allowed & DELETING
    assert {"sagemaker:DescribeModel", "s3:ListBucket", "states:ListExecutions"} <= allowed


def test_only_these_can_be_deleted(deleting):
    allowed = actions(deleting, ROLE)
    assert {action for action in allowed if "Delete" in action} == DELETING


def statements(template: dict[str, Any]) -> list[dict[str, Any]]:
    (policy,) = (item for name, item in resources(template, "AWS::IAM::Policy").items() if name.startswith(ROLE))
    listed: list[dict[str, Any]] = policy["Properties"]["PolicyDocument"]["Statement"]
    return listed


@pytest.mark.parametrize("action", sorted(DELETING))
def test_only_the_environments_own_is_in_reach(deleting, action):
    reach = [each for each in statements(deleting) if action in json.dumps(each["Action"])]
    for statement in reach:
        listed = statement["Resource"]
        for resource in listed if isinstance(listed, list) else [listed]:
            name = json.dumps(resource).rstrip('"]}')
            assert name.endswith(("/dev-*", ":dev-*", "launchpad/dev/*")), name


@pytest.mark.parametrize("action", ["sagemaker:DeleteModel", "sagemaker:DeleteEndpointConfig"])
def test_what_is_deleted_has_the_environments_tag(deleting, action):
    (own,) = (each for each in statements(deleting) if each["Action"] == action or action in list(each["Action"]))
    assert own["Condition"] == {"StringEquals": {"aws:ResourceTag/launchpad:environment": "dev"}}


def test_no_version_of_an_object_can_be_deleted(deleting):
    assert "s3:DeleteObjectVersion" not in actions(deleting, ROLE)
