"""Types that replace the general emulator's, which ignore so many properties that its APIs work better.

Its type for schedules ignores time zone and key, its invoke configurations of `$LATEST` have no effect, and only its
API has composite alarms.
"""

from __future__ import annotations

from typing import Any

from local_aws.cloudformation.client_resource import ClientResource, members, tag_list, tag_map
from local_aws.cloudformation.resource_type import Created, Properties


def own_tags(properties: Properties) -> dict[str, str]:
    """The tags without CloudFormation's own, which CloudWatch accepts from CloudFormation alone."""
    return {key: value for key, value in tag_map(properties).items() if not key.startswith("aws:")}


class Alarm(ClientResource):
    """Ref is its name."""

    type_name = "AWS::CloudWatch::Alarm"
    service = "cloudwatch"
    name_property = "AlarmName"
    operation = "PutMetricAlarm"
    listed = ("MetricAlarm", "MetricAlarms")

    def _create(self, client: Any, name: str, properties: Properties) -> Created:
        arguments = {"AlarmName": name, **properties, "Tags": tag_list(own_tags(properties))}
        self._put(client, arguments)
        return self._made(client, arguments["AlarmName"])

    def _update(self, client: Any, physical_id: str, old: Properties, new: Properties) -> Created:
        # An alarm takes its tags at creation, and by separate calls afterwards.
        self._put(client, {**{key: value for key, value in new.items() if key != "Tags"}, "AlarmName": physical_id})
        arn = self._made(client, physical_id)[1]["Arn"]
        before, after = own_tags(old), own_tags(new)
        if removed := sorted(before.keys() - after.keys()):
            client.untag_resource(ResourceARN=arn, TagKeys=removed)
        if after and after != before:
            client.tag_resource(ResourceARN=arn, Tags=tag_list(after))
        return physical_id, {"Arn": arn}

    def _delete(self, client: Any, physical_id: str, properties: Properties) -> None:
        del properties
        client.delete_alarms(AlarmNames=[physical_id])

    def _put(self, client: Any, arguments: dict[str, Any]) -> None:
        put = client.put_metric_alarm if self.operation == "PutMetricAlarm" else client.put_composite_alarm
        put(**members(client, self.operation, arguments))

    def _made(self, client: Any, name: str) -> Created:
        kind, member = self.listed
        alarms = client.describe_alarms(AlarmNames=[name], AlarmTypes=[kind])[member]
        return name, {"Arn": alarms[0]["AlarmArn"]}


class CompositeAlarm(Alarm):
    """Ref is its name."""

    type_name = "AWS::CloudWatch::CompositeAlarm"
    operation = "PutCompositeAlarm"
    listed = ("CompositeAlarm", "CompositeAlarms")


class Schedule(ClientResource):
    """Ref is its name. An update sends all properties again."""

    type_name = "AWS::Scheduler::Schedule"
    service = "scheduler"
    missing = ("ResourceNotFoundException",)
    name_property = "Name"
    tags = None

    def _create(self, client: Any, name: str, properties: Properties) -> Created:
        arguments = {"Name": name, **properties}
        response = client.create_schedule(**members(client, "CreateSchedule", arguments))
        return arguments["Name"], {"Arn": response["ScheduleArn"]}

    def _update(self, client: Any, physical_id: str, old: Properties, new: Properties) -> Created:
        del old
        response = client.update_schedule(**members(client, "UpdateSchedule", {**new, "Name": physical_id}))
        return physical_id, {"Arn": response["ScheduleArn"]}

    def _delete(self, client: Any, physical_id: str, properties: Properties) -> None:
        group = {"GroupName": properties["GroupName"]} if "GroupName" in properties else {}
        client.delete_schedule(Name=physical_id, **group)


class EventInvokeConfig(ClientResource):
    """`$LATEST` is the version that a call without a qualifier invokes."""

    type_name = "AWS::Lambda::EventInvokeConfig"
    service = "lambda"
    missing = ("ResourceNotFoundException",)
    tags = None

    def _create(self, client: Any, name: str, properties: Properties) -> Created:
        del name
        self._put(client, properties)
        return f"{properties['FunctionName']}|{properties['Qualifier']}", {}

    def _update(self, client: Any, physical_id: str, old: Properties, new: Properties) -> Created:
        del old
        self._put(client, new)
        return physical_id, {}

    def _delete(self, client: Any, physical_id: str, properties: Properties) -> None:
        del physical_id
        client.delete_function_event_invoke_config(**_function(properties))

    def _put(self, client: Any, properties: Properties) -> None:
        arguments = members(client, "PutFunctionEventInvokeConfig", properties)
        arguments.pop("Qualifier", None)
        client.put_function_event_invoke_config(**{**arguments, **_function(properties)})


def _function(properties: Properties) -> dict[str, str]:
    qualifier = properties["Qualifier"]
    qualifiers = {} if qualifier == "$LATEST" else {"Qualifier": qualifier}
    return {"FunctionName": properties["FunctionName"], **qualifiers}


TYPES = (Alarm(), CompositeAlarm(), Schedule(), EventInvokeConfig())
