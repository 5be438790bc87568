"""Whether billing counts the platform's tags, and what of it an account may know."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from launchpad.doctor import billing
from tests.unit.doctor.conftest import KEYS, only, verdicts

COUNTED = {"budget": {"monthly_usd": 100}, "anomaly_detection": {"min_impact_usd": 20}}


def listed(**statuses):
    tags = [{"TagKey": f"launchpad:{key}", "Type": "UserDefined", "Status": each} for key, each in statuses.items()]
    return {"ce": [("list_cost_allocation_tags", {"CostAllocationTags": tags})]}


def denied(deploy, message, settings=None):
    client = boto3.client("ce", **KEYS)
    with Stubber(client) as stubber:
        stubber.add_client_error("list_cost_allocation_tags", "AccessDeniedException", message)
        deployment = deploy(settings=settings, _clients={("ce", False): client})
        return only(billing.cost_allocation_tags(deployment))


def test_activated_tags_are_ok(deploy):
    finding = only(billing.cost_allocation_tags(deploy(listed(environment="Active", workload="Active"))))
    assert str(finding.status) == "ok"


def test_a_tag_that_is_not_activated_is_a_warning_with_what_it_breaks(deploy):
    (finding,) = billing.cost_allocation_tags(
        deploy(listed(environment="Inactive", workload="Active"), COUNTED),
    )
    assert str(finding.status) == "warning"
    assert "so the budget stays at zero and no anomaly is detected" in finding.text
    assert "docs/costs.md" in finding.remedy


def test_tags_that_billing_never_saw_are_a_warning(deploy):
    findings = list(billing.cost_allocation_tags(deploy(listed(environment="Active"), {"tags": {"team": "blue"}})))
    assert verdicts(findings) == ["warning", "warning"]
    assert "billing does not know launchpad:workload yet" in findings[0].text
    assert "team" in findings[1].text


MEMBER = "Failed to list Cost Allocation Tags: Linked account doesn't have access to cost allocation tags."


def test_a_member_of_an_organization_can_not_know(deploy):
    finding = denied(deploy, MEMBER)
    assert str(finding.status) == "unknown"
    assert finding.text.startswith("could not be checked, because account 123456789012 is a member")


def test_a_member_of_an_organization_can_not_detect_anomalies(deploy):
    finding = denied(deploy, MEMBER, COUNTED)
    assert str(finding.status) == "problem"
    assert "remove `anomaly_detection` from config/dev.yaml" in finding.remedy


def test_a_caller_without_the_permission_can_not_know(deploy):
    finding = denied(deploy, "User is not authorized to perform: ce:ListCostAllocationTags")
    assert str(finding.status) == "unknown"
    assert "ce:ListCostAllocationTags is denied" in finding.text


def test_any_other_failure_is_reported_as_such(deploy):
    with pytest.raises(ClientError, match="ThrottlingException"):
        list(billing.cost_allocation_tags(deploy({"ce": [("list_cost_allocation_tags", "ThrottlingException")]})))
