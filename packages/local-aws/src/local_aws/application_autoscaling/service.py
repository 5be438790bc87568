"""The operations of Application Auto Scaling. SageMaker's variants must exist, and are really scaled (`scaling`).

Note: the services of other namespaces are stored and described only; nothing scales them.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from local_aws.api.errors import not_implemented, validation_error
from local_aws.api.service import Operation, Scope
from local_aws.api.tables import Table
from local_aws.application_autoscaling.listing import describing
from local_aws.application_autoscaling.registry import TARGET, Record, Registry, find, remove, same
from local_aws.application_autoscaling.scaling import Scaling
from local_aws.application_autoscaling.scheduled_actions import ScheduledActions
from local_aws.application_autoscaling.tags import Tags
from local_aws.application_autoscaling.target_tracking import alarms_of, check_metric
from local_aws.application_autoscaling.variants import Update, Variants
from local_aws.context import Context

SERVICE_ROLES = {
    "sagemaker:variant:DesiredInstanceCount": ("sagemaker", "SageMakerEndpoint"),
    "sagemaker:variant:DesiredProvisionedConcurrency": ("sagemaker", "SageMakerEndpoint"),
    "elasticmapreduce:instancegroup:InstanceCount": ("elasticmapreduce", "EMRContainers"),
}
SUSPENDED = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")
POLICY = (*TARGET, "PolicyName")


class ApplicationAutoScaling:
    """The operations."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._registry = Registry()
        self._variants = Variants(context.store)
        self._scaling = Scaling(self._registry, self._variants, context.clock)
        self._actions = ScheduledActions(context, self._registry, self._scaling)

    def operations(self) -> dict[str, Operation]:
        """The operations, by AWS's names."""
        registry = self._registry
        return {
            "RegisterScalableTarget": self.register,
            "DescribeScalableTargets": describing(registry.targets, "ScalableTargets", "ResourceIds", "ResourceId"),
            "DeregisterScalableTarget": self.deregister,
            "PutScalingPolicy": self.put_policy,
            "DescribeScalingPolicies": self.describe_policies,
            "DeleteScalingPolicy": self.delete_policy,
            "PutScheduledAction": self._actions.put,
            "DescribeScheduledActions": describing(
                registry.actions, "ScheduledActions", "ScheduledActionNames", "ScheduledActionName"
            ),
            "DeleteScheduledAction": self._actions.delete,
            "DescribeScalingActivities": self.describe_activities,
            **Tags(registry).operations(),
        }

    def connect(self, update: Update) -> None:
        """Take what changes the capacity of SageMaker's variants."""
        self._variants.update = update

    def tables(self) -> dict[str, Table]:
        """See `api.tables`."""
        return {**self._registry.tables()}

    def restore(self, tables: Mapping[str, Table]) -> None:
        """See `api.tables`. Schedules go on from now: what was due while no server ran is not made up for."""
        for name, table in self._registry.tables().items():
            table.update(tables.get(name, {}))
        self._actions.begin()

    def tick(self) -> None:
        """Let time pass: run scheduled actions that are due, and close finished activities."""
        self._actions.run_due()
        for scope in list(self._registry.activities):
            self._scaling.finish(scope)
        for scope, target in self._registry.every_target():
            if target.get("Pending"):
                self._scaling.keep_within_limits(scope, target)

    def alarmed(self, scope: Scope, arn: str, alarm: Mapping[str, Any], values: Sequence[float]) -> None:
        """An alarm's action is a policy; an ARN that doesn't exist is passed over, as on AWS."""
        for policy in self._registry.policies.get(scope, ()):
            if policy["PolicyARN"] == arn and policy["ServiceNamespace"] == "sagemaker":
                self._scaling.alarmed(scope, policy, alarm, values)

    def of_endpoint(self, scope: Scope, name: str) -> list[Record]:
        """The targets that are variants of an endpoint."""
        return self._registry.of_endpoint(scope, name)

    def changed_variants(self, scope: Scope, endpoint: str, config: str) -> list[str]:
        """The scaled variants of an endpoint that another configuration drops, or gives another instance type."""
        before = self._variants.instance_types(scope, self._variants.config_of(scope, endpoint) or "")
        after = self._variants.instance_types(scope, config)
        scaled = {target["ResourceId"].split("/")[3] for target in self.of_endpoint(scope, endpoint)}
        changed = [name for name in before if name in scaled and before[name] != after.get(name)]
        return changed if after else []

    def register(self, scope: Scope, request: Record) -> Record:
        """RegisterScalableTarget: changes the members that the request names if the target exists."""
        ours = request["ServiceNamespace"] == "sagemaker"
        if ours:
            self._variants.check(scope, request)
        target = find(self._registry.targets.get(scope, ()), request, TARGET)
        if target is None and not {"MinCapacity", "MaxCapacity"} <= request.keys():
            raise validation_error("Both MinCapacity and MaxCapacity are required to register a new scalable target.")
        new_target = {**(target or _new_target(scope, request)), **{k: v for k, v in request.items() if k != "Tags"}}
        new_target["SuspendedState"] = {**dict.fromkeys(SUSPENDED, False), **new_target["SuspendedState"]}
        self._check_limits(scope, new_target)
        if target is None:
            target = new_target
            target["Tags"] = dict(request.get("Tags", {}))
            self._registry.targets.setdefault(scope, []).append(target)
        else:
            target.update(new_target)
        if ours:
            self._scaling.keep_within_limits(scope, target)
        return {"ScalableTargetARN": target["ScalableTargetARN"]}

    def deregister(self, scope: Scope, request: Record) -> None:
        """DeregisterScalableTarget: deletes its policies, their alarms, and its scheduled actions too."""
        target = self._registry.target(scope, request)
        for policy in self._registry.policies_of(scope, target):
            self._delete_alarms(scope, policy)
        self._registry.targets[scope].remove(target)
        for records in (self._registry.policies, self._registry.actions):
            records[scope] = [record for record in records.get(scope, ()) if not same(record, target, TARGET)]

    def put_policy(self, scope: Scope, request: Record) -> Record:
        """PutScalingPolicy: target tracking creates its alarms; step scaling waits for an alarm with its ARN."""
        if "PredictiveScalingPolicyConfiguration" in request:
            raise not_implemented("predictive scaling policies: write one of target tracking")
        target = self._registry.target(scope, request)
        policies = self._registry.policies.setdefault(scope, [])
        existing = find(policies, request, POLICY)
        _check_policy(request)
        check_metric(request)
        policy = {**(existing or _new_policy(scope, target, request)), **request}
        if existing:
            policies.remove(existing)
            self._delete_alarms(scope, existing)
        policy["Alarms"] = self._create_alarms(scope, policy)
        policies.append(policy)
        return {"PolicyARN": policy["PolicyARN"], "Alarms": policy["Alarms"]}

    def describe_policies(self, scope: Scope, request: Record) -> Record:
        """DescribeScalingPolicies: with the alarms that have the policy as an action."""
        describe = describing(self._registry.policies, "ScalingPolicies", "PolicyNames", "PolicyName")
        response = describe(scope, request) or {}
        policies = [policy for policy in response["ScalingPolicies"] if policy["ServiceNamespace"] == "sagemaker"]
        alarms = self._context.emulator.alarms(scope) if policies else []
        for policy in policies:
            policy["Alarms"] = policy["Alarms"] or [
                {"AlarmName": alarm["AlarmName"], "AlarmARN": alarm["AlarmArn"]}
                for alarm in alarms
                if policy["PolicyARN"] in alarm.get("AlarmActions", ())
            ]
        return response

    def describe_activities(self, scope: Scope, request: Record) -> Record:
        """DescribeScalingActivities: the latest first."""
        activities = [
            activity
            for activity in self._registry.activities.get(scope, ())
            if request.get("IncludeNotScaledActivities") or "NotScaledReasons" not in activity
        ]
        return describing({scope: activities}, "ScalingActivities", "", "")(scope, request) or {}

    def delete_policy(self, scope: Scope, request: Record) -> None:
        """DeleteScalingPolicy: deletes its alarms too."""
        policies = self._registry.policies.get(scope, [])
        self._delete_alarms(scope, remove(policies, request, POLICY, "scaling policy", "PolicyName"))

    def _check_limits(self, scope: Scope, target: Record) -> None:
        if target["MaxCapacity"] < target["MinCapacity"]:
            raise validation_error("Maximum capacity cannot be less than minimum capacity")
        if target["ServiceNamespace"] == "sagemaker":
            least = self._variants.least(scope, target)
            if target["MinCapacity"] < least:
                raise validation_error(f"Minimum capacity must be at least {least} for {target['ResourceId']}.")

    def _create_alarms(self, scope: Scope, policy: Record) -> list[Record]:
        if policy["ServiceNamespace"] != "sagemaker" or policy["PolicyType"] != "TargetTrackingScaling":
            return []
        created = []
        for alarm in alarms_of(policy):
            arn = self._context.emulator.put_alarm(scope, alarm)
            created.append({"AlarmName": alarm["AlarmName"], "AlarmARN": arn})
        return created

    def _delete_alarms(self, scope: Scope, policy: Record) -> None:
        if policy["Alarms"] and policy["PolicyType"] == "TargetTrackingScaling":
            self._context.emulator.delete_alarms(scope, [alarm["AlarmName"] for alarm in policy["Alarms"]])


def _new_target(scope: Scope, request: Record) -> Record:
    service, suffix = SERVICE_ROLES.get(request["ScalableDimension"], (request["ServiceNamespace"], "Custom"))
    role = f"{service}.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_{suffix}"
    return {
        "RoleARN": f"arn:aws:iam::{scope.account}:role/aws-service-role/{role}",
        "ScalableTargetARN": scope.arn("application-autoscaling", f"scalable-target/{uuid.uuid4().hex}"),
        "SuspendedState": {},
        "CreationTime": time.time(),
    }


def _new_policy(scope: Scope, target: Record, request: Record) -> Record:
    resource = f"resource/{target['ServiceNamespace']}/{target['ResourceId']}:policyName/{request['PolicyName']}"
    arn = scope.arn("autoscaling", f"scalingPolicy:{uuid.uuid4()}:{resource}")
    return {"PolicyARN": arn, "CreationTime": time.time(), "PolicyType": "StepScaling", "Alarms": []}


def _check_policy(request: Record) -> None:
    configurations = [name for name in request if name.endswith("ScalingPolicyConfiguration")]
    required = f"{request.get('PolicyType', 'StepScaling')}ScalingPolicyConfiguration".replace(
        "ScalingScaling", "Scaling"
    )
    if configurations != [required]:
        raise validation_error(
            f"A policy of type {request.get('PolicyType', 'StepScaling')} needs {required}, and only it."
        )
    tracking = request.get("TargetTrackingScalingPolicyConfiguration", {})
    metrics = {"PredefinedMetricSpecification", "CustomizedMetricSpecification"} & tracking.keys()
    if tracking and len(metrics) != 1:
        raise validation_error(
            "Exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification is needed."
        )
