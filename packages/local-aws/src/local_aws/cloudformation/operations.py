"""Resource types that limit a platform: scaling, budgets and anomaly detection."""

from __future__ import annotations

import json
from typing import Any

from local_aws.cloudformation.client_resource import ClientResource, members, tag_list, tag_map
from local_aws.cloudformation.resource_type import Created, Properties

TARGET = ("ResourceId", "ScalableDimension", "ServiceNamespace")


class ScalableTarget(ClientResource):
    """Ref is its three names, joined, which a policy's ScalingTargetId accepts."""

    type_name = "AWS::ApplicationAutoScaling::ScalableTarget"
    service = "application-autoscaling"
    missing = ("ObjectNotFoundException",)

    def _create(self, client: Any, name: str, properties: Properties) -> Created:
        del name
        return self._put(client, {}, properties)

    def _update(self, client: Any, physical_id: str, old: Properties, new: Properties) -> Created:
        del physical_id
        return self._put(client, old, new)

    def _delete(self, client: Any, physical_id: str, properties: Properties) -> None:
        del properties
        client.deregister_scalable_target(**_target(physical_id))

    def _put(self, client: Any, old: Properties, new: Properties) -> Created:
        arguments = {key: value for key, value in new.items() if key != "Tags"}
        arn = client.register_scalable_target(**members(client, "RegisterScalableTarget", arguments))[
            "ScalableTargetARN"
        ]
        before, after = tag_map(old), tag_map(new)
        if removed := sorted(before.keys() - after.keys()):
            client.untag_resource(ResourceARN=arn, TagKeys=removed)
        if after != before and after:
            client.tag_resource(ResourceARN=arn, Tags=after)
        self._schedule(client, old, new)
        physical_id = "|".join(str(new[key]) for key in TARGET)
        return physical_id, {"Id": physical_id}

    def _schedule(self, client: Any, old: Properties, new: Properties) -> None:
        target = {key: new[key] for key in TARGET}
        actions = {action["ScheduledActionName"]: action for action in new.get("ScheduledActions", ())}
        for action in old.get("ScheduledActions", ()):
            if action["ScheduledActionName"] not in actions:
                client.delete_scheduled_action(ScheduledActionName=action["ScheduledActionName"], **target)
        for action in actions.values():
            client.put_scheduled_action(**members(client, "PutScheduledAction", {**target, **action}))


def _target(physical_id: str) -> dict[str, str]:
    return dict(zip(TARGET, physical_id.split("|"), strict=True))


class ScalingPolicy(ClientResource):
    """Ref is its ARN."""

    type_name = "AWS::ApplicationAutoScaling::ScalingPolicy"
    service = "application-autoscaling"
    missing = ("ObjectNotFoundException",)
    name_property = "PolicyName"
    tags = None

    def _create(self, client: Any, name: str, properties: Properties) -> Created:
        del name
        arguments = {**properties, **self._key(properties)}
        arn = client.put_scaling_policy(**members(client, "PutScalingPolicy", arguments))["PolicyARN"]
        return arn, {"Arn": arn}

    def _update(self, client: Any, physical_id: str, old: Properties, new: Properties) -> Created:
        del physical_id, old
        return self._create(client, "", new)

    def _delete(self, client: Any, physical_id: str, properties: Properties) -> None:
        del physical_id
        client.delete_scaling_policy(PolicyName=properties["PolicyName"], **self._key(properties))

    def _key(self, properties: Properties) -> dict[str, str]:
        if "ScalingTargetId" in properties:
            return _target(properties["ScalingTargetId"])
        return {key: str(properties[key]) for key in TARGET}


class Budget(ClientResource):
    """Ref is its name. Notifications are created with it; changing them takes a replacement."""

    type_name = "AWS::Budgets::Budget"
    service = "budgets"
    missing = ("NotFoundException",)
    tags = ("ResourceTags", "list")

    def _create(self, client: Any, name: str, properties: Properties) -> Created:
        budget = {"BudgetName": name, **properties["Budget"]}
        request = {
            "Budget": budget,
            "NotificationsWithSubscribers": properties.get("NotificationsWithSubscribers", []),
            "ResourceTags": tag_list(tag_map(properties, "ResourceTags")),
        }
        client.create_budget(AccountId=_account(client), **members(client, "CreateBudget", request))
        return budget["BudgetName"], {"Id": budget["BudgetName"]}

    def _update(self, client: Any, physical_id: str, old: Properties, new: Properties) -> Created:
        account = _account(client)
        if old["Budget"] != new["Budget"]:
            request = {"NewBudget": {**new["Budget"], "BudgetName": physical_id}}
            client.update_budget(AccountId=account, **members(client, "UpdateBudget", request))
        before, after = tag_map(old, "ResourceTags"), tag_map(new, "ResourceTags")
        arn = f"arn:aws:budgets::{account}:budget/{physical_id}"
        if removed := sorted(before.keys() - after.keys()):
            client.untag_resource(ResourceARN=arn, ResourceTagKeys=removed)
        if after and after != before:
            client.tag_resource(ResourceARN=arn, ResourceTags=tag_list(after))
        return physical_id, {"Id": physical_id}

    def _delete(self, client: Any, physical_id: str, properties: Properties) -> None:
        del properties
        client.delete_budget(AccountId=_account(client), BudgetName=physical_id)


class AnomalyMonitor(ClientResource):
    """Ref is its ARN. Only its name changes in place."""

    type_name = "AWS::CE::AnomalyMonitor"
    service = "ce"
    missing = ("UnknownMonitorException",)
    tags = ("ResourceTags", "list")
    shows_code = False

    def _create(self, client: Any, name: str, properties: Properties) -> Created:
        del name
        monitor = {key: each for key, each in properties.items() if key != "ResourceTags"}
        if "MonitorSpecification" in monitor:
            monitor["MonitorSpecification"] = _expression(monitor["MonitorSpecification"], "MonitorSpecification")
        tags = tag_list(tag_map(properties, "ResourceTags"))
        return self._made(
            client, client.create_anomaly_monitor(AnomalyMonitor=monitor, ResourceTags=tags)["MonitorArn"]
        )

    def _update(self, client: Any, physical_id: str, old: Properties, new: Properties) -> Created:
        del old
        client.update_anomaly_monitor(MonitorArn=physical_id, MonitorName=new["MonitorName"])
        return self._made(client, physical_id)

    def _delete(self, client: Any, physical_id: str, properties: Properties) -> None:
        del properties
        client.delete_anomaly_monitor(MonitorArn=physical_id)

    def _made(self, client: Any, arn: str) -> Created:
        (monitor,) = client.get_anomaly_monitors(MonitorArnList=[arn])["AnomalyMonitors"]
        shown = ("MonitorArn", "CreationDate", "LastUpdatedDate", "DimensionalValueCount")
        return arn, {"LastEvaluatedDate": "NOT_EVALUATED_YET", **{name: str(monitor[name]) for name in shown}}


class AnomalySubscription(ClientResource):
    """Ref is its ARN."""

    type_name = "AWS::CE::AnomalySubscription"
    service = "ce"
    missing = ("UnknownSubscriptionException",)
    tags = ("ResourceTags", "list")
    shows_code = False

    def _create(self, client: Any, name: str, properties: Properties) -> Created:
        del name
        request = {
            "AnomalySubscription": self._arguments(properties),
            "ResourceTags": tag_list(tag_map(properties, "ResourceTags")),
        }
        made = client.create_anomaly_subscription(**members(client, "CreateAnomalySubscription", request))
        return self._made(client, made["SubscriptionArn"])

    def _update(self, client: Any, physical_id: str, old: Properties, new: Properties) -> Created:
        del old
        request = {"SubscriptionArn": physical_id, **self._arguments(new)}
        client.update_anomaly_subscription(**members(client, "UpdateAnomalySubscription", request))
        return self._made(client, physical_id)

    def _delete(self, client: Any, physical_id: str, properties: Properties) -> None:
        del properties
        client.delete_anomaly_subscription(SubscriptionArn=physical_id)

    def _arguments(self, properties: Properties) -> dict[str, Any]:
        arguments = {key: each for key, each in properties.items() if key != "ResourceTags"}
        if "ThresholdExpression" in arguments:
            arguments["ThresholdExpression"] = _expression(arguments["ThresholdExpression"], "ThresholdExpression")
        return arguments

    def _made(self, client: Any, arn: str) -> Created:
        return arn, {"SubscriptionArn": arn, "AccountId": _account(client)}


def _expression(text: str, name: str) -> dict[str, Any]:
    """An expression of Cost Explorer, which is JSON as text in a template."""
    try:
        expression = json.loads(text)
    except ValueError:
        expression = None
    if not isinstance(expression, dict):
        raise RuntimeError(f'Resource handler returned message: "Invalid JSON format for {name}" (InvalidRequest)')
    return expression


def _account(client: Any) -> str:
    """The client's account, which Budgets requires as a parameter: on this server, the access key."""
    return str(client._request_signer._credentials.access_key)


TYPES = (ScalableTarget(), ScalingPolicy(), Budget(), AnomalyMonitor(), AnomalySubscription())
