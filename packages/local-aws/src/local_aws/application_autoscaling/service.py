"""Scalable targets, their policies, scheduled actions and tags. SageMaker's targets must exist, as on AWS."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from local_aws.api.errors import AwsError, not_implemented, validation_error
from local_aws.api.paging import offset
from local_aws.api.service import Operation, Scope
from local_aws.api.tables import Table
from local_aws.context import Context
from local_aws.sagemaker.kinds import ENDPOINT

Record = dict[str, Any]
TARGET = ("ServiceNamespace", "ResourceId", "ScalableDimension")
PAGE = 50
SERVICE_ROLES = {
    "sagemaker:variant:DesiredInstanceCount": ("sagemaker", "SageMakerEndpoint"),
    "elasticmapreduce:instancegroup:InstanceCount": ("elasticmapreduce", "EMRContainers"),
}


class ApplicationAutoScaling:
    """The operations."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._targets: dict[Scope, list[Record]] = {}
        self._policies: dict[Scope, list[Record]] = {}
        self._actions: dict[Scope, list[Record]] = {}

    def operations(self) -> dict[str, Operation]:
        """The operations, by AWS's names."""
        return {
            "RegisterScalableTarget": self.register,
            "DescribeScalableTargets": self._describe(self._targets, "ScalableTargets", "ResourceIds", "ResourceId"),
            "DeregisterScalableTarget": self.deregister,
            "PutScalingPolicy": self.put_policy,
            "DescribeScalingPolicies": self._describe(self._policies, "ScalingPolicies", "PolicyNames", "PolicyName"),
            "DeleteScalingPolicy": self.delete_policy,
            "PutScheduledAction": self.put_action,
            "DescribeScheduledActions": self._describe(
                self._actions, "ScheduledActions", "ScheduledActionNames", "ScheduledActionName"
            ),
            "DeleteScheduledAction": self.delete_action,
            "DescribeScalingActivities": lambda _scope, _request: {"ScalingActivities": []},
            "TagResource": self.tag,
            "UntagResource": self.untag,
            "ListTagsForResource": lambda scope, request: {"Tags": self._by_arn(scope, request)["Tags"]},
        }

    def tables(self) -> dict[str, Table]:
        """See `api.tables`."""
        return {"targets": self._targets, "policies": self._policies, "actions": self._actions}

    def restore(self, tables: Mapping[str, Table]) -> None:
        """See `api.tables`."""
        for name, table in self.tables().items():
            table.update(tables.get(name, {}))

    def register(self, scope: Scope, request: Record) -> Record:
        """RegisterScalableTarget: changes the members that the request names if the target exists."""
        self._refuse_missing(scope, request)
        target = _find(self._targets.get(scope, ()), request, TARGET)
        if target is None and not {"MinCapacity", "MaxCapacity"} <= request.keys():
            raise validation_error("Both MinCapacity and MaxCapacity are required to register a new scalable target.")
        new_target = {**(target or _new_target(scope, request)), **{k: v for k, v in request.items() if k != "Tags"}}
        if new_target["MaxCapacity"] < new_target["MinCapacity"]:
            raise validation_error("Maximum capacity cannot be less than minimum capacity")
        if target is None:
            new_target["Tags"] = dict(request.get("Tags", {}))
            self._targets.setdefault(scope, []).append(new_target)
        else:
            target.update(new_target)
        return {"ScalableTargetARN": new_target["ScalableTargetARN"]}

    def deregister(self, scope: Scope, request: Record) -> None:
        """DeregisterScalableTarget: deletes its policies and scheduled actions too."""
        target = self._target(scope, request)
        self._targets[scope].remove(target)
        for records in (self._policies, self._actions):
            records[scope] = [record for record in records.get(scope, ()) if not _same(record, target, TARGET)]

    def put_policy(self, scope: Scope, request: Record) -> Record:
        """PutScalingPolicy: stored and described; nothing watches its metric here."""
        target = self._target(scope, request)
        _check_policy(request)
        policies = self._policies.setdefault(scope, [])
        existing = _find(policies, request, (*TARGET, "PolicyName"))
        arn = scope.arn(
            "autoscaling",
            f"scalingPolicy:{uuid.uuid4()}:resource/{target['ServiceNamespace']}/{target['ResourceId']}:"
            f"policyName/{request['PolicyName']}",
        )
        policy = existing or {"PolicyARN": arn, "CreationTime": time.time(), "Alarms": []}
        if existing:
            policies.remove(existing)
        default = {"PolicyType": policy.get("PolicyType", "StepScaling")}
        policies.append({**default, **{k: policy[k] for k in ("PolicyARN", "CreationTime", "Alarms")}, **request})
        return {"PolicyARN": policy["PolicyARN"], "Alarms": []}

    def delete_policy(self, scope: Scope, request: Record) -> None:
        """DeleteScalingPolicy."""
        _remove(self._policies.get(scope, []), request, (*TARGET, "PolicyName"), "scaling policy", "PolicyName")

    def put_action(self, scope: Scope, request: Record) -> None:
        """PutScheduledAction: stored and described; nothing runs it here."""
        self._target(scope, request)
        actions = self._actions.setdefault(scope, [])
        key = (*TARGET, "ScheduledActionName")
        action = _find(actions, request, key)
        if action is None and "Schedule" not in request:
            raise validation_error("Schedule is required for a new scheduled action.")
        name = request["ScheduledActionName"]
        arn = scope.arn("autoscaling", f"scheduledAction:{uuid.uuid4()}:scheduledActionName/{name}")
        if action is None:
            actions.append({"ScheduledActionARN": arn, "CreationTime": time.time(), **request})
        else:
            action.update(request)

    def delete_action(self, scope: Scope, request: Record) -> None:
        """DeleteScheduledAction."""
        key = (*TARGET, "ScheduledActionName")
        _remove(self._actions.get(scope, []), request, key, "scheduled action", "ScheduledActionName")

    def tag(self, scope: Scope, request: Record) -> None:
        """TagResource."""
        self._by_arn(scope, request)["Tags"].update(request["Tags"])

    def untag(self, scope: Scope, request: Record) -> None:
        """UntagResource."""
        tags = self._by_arn(scope, request)["Tags"]
        for key in request["TagKeys"]:
            tags.pop(key, None)

    def _refuse_missing(self, scope: Scope, request: Record) -> None:
        """Refuse a missing SageMaker resource, because this server can look it up; accept those of other services."""
        if request["ServiceNamespace"] != "sagemaker":
            return
        dimension, parts = request["ScalableDimension"], request["ResourceId"].split("/")
        if dimension != "sagemaker:variant:DesiredInstanceCount":
            raise not_implemented(f"the scalable dimension {dimension}")
        if len(parts) != 4 or parts[0] != "endpoint" or parts[2] != "variant":
            raise validation_error(f"Unsupported resource {request['ResourceId']}: write endpoint/NAME/variant/NAME")
        record = self._context.store.find(ENDPOINT, scope, parts[1])
        variants = record.details.get("ProductionVariants", ()) if record else ()
        if not any(variant["VariantName"] == parts[3] for variant in variants):
            raise validation_error(f"No such production variant in service: {request['ResourceId']}")

    def _target(self, scope: Scope, request: Record) -> Record:
        target = _find(self._targets.get(scope, ()), request, TARGET)
        if target is None:
            described = ", ".join(f"{name}: {request.get(name)}" for name in TARGET)
            raise AwsError("ObjectNotFoundException", f"No scalable target registered for {described}")
        return target

    def _by_arn(self, scope: Scope, request: Record) -> Record:
        for target in self._targets.get(scope, ()):
            if target["ScalableTargetARN"] == request["ResourceARN"]:
                return target
        raise AwsError("ResourceNotFoundException", f"No scalable target found for {request['ResourceARN']}")

    def _describe(
        self, records: dict[Scope, list[Record]], list_member: str, names_member: str, member: str
    ) -> Operation:
        def run(scope: Scope, request: Record) -> Record:
            test = _filter(request, names_member, member)
            matching = [record for record in records.get(scope, ()) if test(record)]
            start = offset(request.get("NextToken"), AwsError("InvalidNextTokenException", "The token is invalid."))
            end = start + request.get("MaxResults", PAGE)
            token = {"NextToken": str(end)} if end < len(matching) else {}
            return {list_member: matching[start:end], **token}

        return run


def _new_target(scope: Scope, request: Record) -> Record:
    service, suffix = SERVICE_ROLES.get(request["ScalableDimension"], (request["ServiceNamespace"], "Custom"))
    role = f"{service}.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_{suffix}"
    suspended = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")
    return {
        "RoleARN": f"arn:aws:iam::{scope.account}:role/aws-service-role/{role}",
        "ScalableTargetARN": scope.arn("application-autoscaling", f"scalable-target/{uuid.uuid4().hex}"),
        "SuspendedState": dict.fromkeys(suspended, False),
        "CreationTime": time.time(),
    }


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


def _filter(request: Record, names_member: str, member: str) -> Callable[[Record], bool]:
    exact = [name for name in TARGET if name in request]
    names = request.get(names_member)
    return lambda record: _same(record, request, exact) and (not names or record[member] in names)


def _same(record: Record, other: Record, members: Iterable[str]) -> bool:
    return all(record.get(name) == other.get(name) for name in members)


def _find(records: Iterable[Record], request: Record, key: Iterable[str]) -> Record | None:
    members = tuple(key)
    return next((record for record in records if _same(record, request, members)), None)


def _remove(records: list[Record], request: Record, key: tuple[str, ...], kind: str, member: str) -> None:
    record = _find(records, request, key)
    if record is None:
        raise AwsError("ObjectNotFoundException", f"No {kind} found for {request[member]}")
    records.remove(record)
