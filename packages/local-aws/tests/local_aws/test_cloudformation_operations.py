"""Scaling, budgets, anomaly detection, composite alarms: kept by the service's own API, and by their resource types."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.networks import ref, resource

ACCOUNT = "123456789012"


@pytest.fixture
def scaling(plain_aws):
    return plain_aws.client("application-autoscaling")


@pytest.fixture
def target(endpoints):
    """The scalable target of an endpoint in service."""
    return {
        "ServiceNamespace": "sagemaker",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
        "ResourceId": f"endpoint/{endpoints.serving()}/variant/AllTraffic",
    }


def tracking(value):
    metric = {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"}
    return {"TargetValue": value, "PredefinedMetricSpecification": metric}


def scaled(target, most, value):
    return {
        "Target": resource("ApplicationAutoScaling::ScalableTarget", MinCapacity=1, MaxCapacity=most, **target),
        "Policy": resource(
            "ApplicationAutoScaling::ScalingPolicy",
            PolicyName="load",
            PolicyType="TargetTrackingScaling",
            ScalingTargetId=ref("Target"),
            TargetTrackingScalingPolicyConfiguration=tracking(value),
        ),
    }


def test_an_endpoint_is_scaled_by_a_stack_and_no_longer_without_it(stack, scaling, target):
    resource_id = [target["ResourceId"]]
    assert stack.apply(scaled(target, 4, 100), {"Target": ref("Target"), "Policy": ref("Policy")}) == "CREATE_COMPLETE"
    references = stack.outputs()
    assert references["Target"] == "|".join(
        target[key] for key in ("ResourceId", "ScalableDimension", "ServiceNamespace")
    )
    assert stack.apply(scaled(target, 6, 200), {"Policy": ref("Policy")}) == "UPDATE_COMPLETE"
    (scalable_target,) = scaling.describe_scalable_targets(ServiceNamespace="sagemaker", ResourceIds=resource_id)[
        "ScalableTargets"
    ]
    assert (scalable_target["MinCapacity"], scalable_target["MaxCapacity"]) == (1, 6)
    (policy,) = scaling.describe_scaling_policies(**target)["ScalingPolicies"]
    assert policy["PolicyARN"] == references["Policy"] == stack.outputs()["Policy"]
    assert policy["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] == 200
    assert stack.delete() == "DELETE_COMPLETE"
    assert scaling.describe_scaling_policies(**target)["ScalingPolicies"] == []
    assert not scaling.describe_scalable_targets(ServiceNamespace="sagemaker", ResourceIds=resource_id)[
        "ScalableTargets"
    ]


def test_what_is_not_in_service_can_not_be_scaled(scaling, target):
    with pytest.raises(ClientError, match="No such production variant"):
        scaling.register_scalable_target(
            **{**target, "ResourceId": "endpoint/none/variant/AllTraffic"}, MinCapacity=1, MaxCapacity=2
        )


def test_bounds_are_in_order(scaling, target):
    with pytest.raises(ClientError, match="Maximum capacity cannot be less than minimum capacity"):
        scaling.register_scalable_target(**target, MinCapacity=3, MaxCapacity=2)


def test_a_policy_needs_a_target(scaling, target):
    with pytest.raises(ClientError, match="ObjectNotFoundException"):
        scaling.put_scaling_policy(
            **target,
            PolicyName="load",
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration=tracking(1),
        )


def budget(amount, threshold=80):
    notification = {
        "NotificationType": "ACTUAL",
        "ComparisonOperator": "GREATER_THAN",
        "Threshold": threshold,
        "ThresholdType": "PERCENTAGE",
    }
    subscribers = [{"SubscriptionType": "EMAIL", "Address": "team@example.com"}]
    limits = {"BudgetType": "COST", "TimeUnit": "MONTHLY", "BudgetLimit": {"Amount": amount, "Unit": "USD"}}
    return {
        "Budget": resource(
            "Budgets::Budget",
            Budget=limits,
            NotificationsWithSubscribers=[{"Notification": notification, "Subscribers": subscribers}],
        )
    }


def test_only_new_notifications_replace_a_budget(stack, plain_aws):
    budgets = plain_aws.client("budgets")

    def found(name):
        return budgets.describe_budget(AccountId=ACCOUNT, BudgetName=name)["Budget"]

    assert stack.apply(budget(500), {"Budget": ref("Budget")}) == "CREATE_COMPLETE"
    first = stack.outputs()["Budget"]
    assert stack.apply(budget(600), {"Budget": ref("Budget")}) == "UPDATE_COMPLETE"
    assert stack.outputs()["Budget"] == first
    assert float(found(first)["BudgetLimit"]["Amount"]) == 600
    assert stack.apply(budget(600, threshold=90), {"Budget": ref("Budget")}) == "UPDATE_COMPLETE"
    second = stack.outputs()["Budget"]
    assert second != first
    with pytest.raises(ClientError, match="NotFoundException"):
        found(first)
    (notice,) = budgets.describe_notifications_for_budget(AccountId=ACCOUNT, BudgetName=second)["Notifications"]
    assert notice["Threshold"] == 90
    assert stack.delete() == "DELETE_COMPLETE"
    with pytest.raises(ClientError, match="NotFoundException"):
        found(second)


def test_a_composite_alarm_follows_its_template(stack, plain_aws):
    def alarms(description):
        return {
            "Errors": resource(
                "CloudWatch::Alarm",
                ComparisonOperator="GreaterThanThreshold",
                EvaluationPeriods=1,
                MetricName="Errors",
                Namespace="Tests",
                Period=60,
                Statistic="Sum",
                Threshold=1,
            ),
            "Any": resource(
                "CloudWatch::CompositeAlarm",
                AlarmRule={"Fn::Sub": 'ALARM("${Errors}")'},
                AlarmDescription=description,
                Tags=[{"Key": "team", "Value": "a"}],
            ),
        }

    cloudwatch = plain_aws.client("cloudwatch")
    assert stack.apply(alarms("one"), {"Any": ref("Any")}) == "CREATE_COMPLETE"
    assert stack.apply(alarms("two"), {"Any": ref("Any")}) == "UPDATE_COMPLETE"
    name = stack.outputs()["Any"]
    (composite_alarm,) = cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    assert composite_alarm["AlarmDescription"] == "two"
    assert stack.delete() == "DELETE_COMPLETE"
    assert not cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]


def test_conditions_join_their_parameters(stack):
    body = {
        "Parameters": {"Names": {"Type": "CommaDelimitedList", "Default": ""}},
        "Conditions": {"Named": {"Fn::Not": [{"Fn::Equals": ["", {"Fn::Join": ["", ref("Names")]}]}]}},
        "Resources": {
            "Named": {**resource("EC2::InternetGateway"), "Condition": "Named"},
            "Always": resource("EC2::InternetGateway"),
        },
    }
    stack.cloudformation.create_stack(StackName=stack.name, TemplateBody=json.dumps(body))
    assert stack.settle() == "CREATE_COMPLETE"
    resources = stack.cloudformation.describe_stack_resources(StackName=stack.name)["StackResources"]
    assert [item["LogicalResourceId"] for item in resources] == ["Always"]
