"""Anomaly monitors, their subscriptions and cost allocation tags: kept and checked, by the API and by stacks."""

from __future__ import annotations

import json
import uuid

import pytest
from botocore.exceptions import ClientError
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from local_aws.cloudformation.regions import REGIONS_WITHOUT, WITHOUT_ANOMALIES
from tests.local_aws.networks import ref, resource

ACCOUNT = "123456789012"
TOPIC = f"arn:aws:sns:eu-west-1:{ACCOUNT}:alerts"
OF_A_TAG = {"Tags": {"Key": "team", "Values": ["blue"], "MatchOptions": ["EQUALS"]}}


@pytest.fixture
def explorer(plain_aws):
    return plain_aws.client("ce", region_name="eu-west-1")


def impact(dimension="ANOMALY_TOTAL_IMPACT_ABSOLUTE", least="20"):
    return {"Dimensions": {"Key": dimension, "MatchOptions": ["GREATER_THAN_OR_EQUAL"], "Values": [least]}}


def subscription(**changes):
    content = {
        "SubscriptionName": "spend",
        "MonitorArnList": [],
        "Frequency": "IMMEDIATE",
        "Subscribers": [{"Type": "SNS", "Address": TOPIC}],
        "ThresholdExpression": impact(),
        **changes,
    }
    return {key: each for key, each in content.items() if each is not None}


def detection(name="spend", least="20", tags=()):
    return {
        "Monitor": resource(
            "CE::AnomalyMonitor",
            MonitorName=name,
            MonitorType="CUSTOM",
            MonitorSpecification=json.dumps(OF_A_TAG),
            ResourceTags=list(tags),
        ),
        "Subscription": resource(
            "CE::AnomalySubscription",
            SubscriptionName=name,
            MonitorArnList=[ref("Monitor")],
            Frequency="IMMEDIATE",
            Subscribers=[{"Type": "SNS", "Address": TOPIC}],
            ThresholdExpression=json.dumps(impact(least=least)),
        ),
    }


def test_a_stack_keeps_changes_and_deletes_its_detection(stack, plain_aws, explorer):
    outputs = {"Monitor": ref("Monitor"), "Subscription": ref("Subscription")}
    assert stack.apply(detection(), outputs) == "CREATE_COMPLETE"
    first = stack.outputs()
    assert first["Monitor"].startswith(f"arn:aws:ce::{ACCOUNT}:anomalymonitor/")
    assert stack.apply(detection("renamed", "50"), outputs) == "UPDATE_COMPLETE"
    assert stack.outputs() == first
    elsewhere = plain_aws.client("ce", region_name="us-east-1")  # one service for all regions
    (monitor,) = elsewhere.get_anomaly_monitors(MonitorArnList=[first["Monitor"]])["AnomalyMonitors"]
    assert (monitor["MonitorName"], monitor["MonitorSpecification"]) == ("renamed", OF_A_TAG)
    (kept,) = explorer.get_anomaly_subscriptions(MonitorArn=first["Monitor"])["AnomalySubscriptions"]
    assert kept["ThresholdExpression"] == impact(least="50")
    assert stack.delete() == "DELETE_COMPLETE"
    with pytest.raises(ClientError, match="UnknownMonitorException"):
        explorer.get_anomaly_monitors(MonitorArnList=[first["Monitor"]])


def test_a_region_without_the_types_does_not_know_them(plain_aws):
    template = json.dumps({"Resources": detection()})
    refusal = r"Unrecognized resource types: \[AWS::CE::AnomalyMonitor, AWS::CE::AnomalySubscription\]"
    there = plain_aws.client("cloudformation", region_name="mx-central-1")
    with pytest.raises(ClientError, match=refusal):
        there.create_stack(StackName="spend", TemplateBody=template)
    plain_aws.client("cloudformation", region_name="eu-west-1").validate_template(TemplateBody=template)


def test_the_regions_without_a_type_are_those_of_its_schemas():
    regions = {
        region: set(PROVIDER_SCHEMA_MANAGER.get_resource_types(region)) for region in WITHOUT_ANOMALIES | {"eu-west-1"}
    }
    for name, without in REGIONS_WITHOUT.items():
        assert {region for region, types in regions.items() if name not in types} == without


def test_other_tags_replace_a_monitor(stack):
    outputs = {"Monitor": ref("Monitor")}
    stack.apply(detection(tags=[{"Key": "a", "Value": "1"}]), outputs)
    first = stack.outputs()["Monitor"]
    assert stack.apply(detection(tags=[{"Key": "a", "Value": "2"}]), outputs) == "UPDATE_COMPLETE"
    assert stack.outputs()["Monitor"] != first


def test_an_expression_that_is_no_json_fails_the_stack(stack):
    broken = detection()
    broken["Monitor"]["Properties"]["MonitorSpecification"] = "launchpad:environment$dev"
    assert "ROLLBACK" in stack.apply(broken)
    assert any("Invalid JSON format for MonitorSpecification" in reason for reason in stack.reasons())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ThresholdExpression": None}, "Threshold and ThresholdExpression cannot both be null"),
        ({"Threshold": 20.0}, "cannot both be specified"),
        ({"Frequency": "DAILY"}, "frequency DAILY must be of type EMAIL"),
        ({"Subscribers": [{"Type": "SNS", "Address": TOPIC}] * 2}, "at most 1 subscribers of type SNS"),
        ({"ThresholdExpression": impact(least="much")}, "one value between 0 and"),
        ({"ThresholdExpression": impact(least="10000000001")}, "one value between 0 and"),
        ({"ThresholdExpression": {"Not": impact()}}, "does not support Not"),
        ({"ThresholdExpression": {"And": [impact(), impact("SERVICE")]}}, "supports the dimensions"),
        ({"MonitorArnList": [f"arn:aws:ce::{ACCOUNT}:anomalymonitor/none"]}, "UnknownMonitorException"),
    ],
)
def test_a_subscription_that_aws_refuses_is_refused(explorer, changes, message):
    with pytest.raises(ClientError, match=message):
        explorer.create_anomaly_subscription(AnomalySubscription=subscription(**changes))


@pytest.mark.parametrize(
    ("monitor", "message"),
    [
        ({"MonitorType": "CUSTOM"}, "must have exactly one expression"),
        ({"MonitorType": "DIMENSIONAL"}, "MonitorDimension is required"),
        ({"MonitorType": "CUSTOM", "MonitorDimension": "SERVICE"}, "must not be specified"),
    ],
)
def test_a_monitor_of_nothing_is_refused(explorer, monitor, message):
    with pytest.raises(ClientError, match=message):
        explorer.create_anomaly_monitor(AnomalyMonitor={"MonitorName": "spend", **monitor})


def test_an_account_has_one_monitor_of_its_services(explorer):
    monitor = {"MonitorName": "services", "MonitorType": "DIMENSIONAL", "MonitorDimension": "SERVICE"}
    arn = explorer.create_anomaly_monitor(AnomalyMonitor=monitor)["MonitorArn"]
    with pytest.raises(ClientError, match="Limit exceeded on dimensional spend monitor creation"):
        explorer.create_anomaly_monitor(AnomalyMonitor={**monitor, "MonitorName": "again"})
    explorer.delete_anomaly_monitor(MonitorArn=arn)


def test_a_tag_in_use_is_inactive_until_it_is_activated(plain_aws, explorer):
    key = f"team-{uuid.uuid4().hex[:8]}"
    plain_aws.client("sagemaker", region_name="eu-west-1").create_model_package_group(
        ModelPackageGroupName=key, Tags=[{"Key": key, "Value": "blue"}]
    )

    def status():
        tags = explorer.list_cost_allocation_tags(TagKeys=[key], Type="UserDefined")["CostAllocationTags"]
        return [tag["Status"] for tag in tags]

    assert status() == ["Inactive"]
    activation = [{"TagKey": key, "Status": "Active"}, {"TagKey": "nobody-has-it", "Status": "Active"}]
    errors = explorer.update_cost_allocation_tags_status(CostAllocationTagsStatus=activation)["Errors"]
    assert [error["TagKey"] for error in errors] == ["nobody-has-it"]
    assert status() == ["Active"]


def test_no_anomaly_is_ever_detected(explorer):
    assert explorer.get_anomalies(DateInterval={"StartDate": "2026-01-01"})["Anomalies"] == []
