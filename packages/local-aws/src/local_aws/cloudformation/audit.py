"""CloudTrail's trails."""

from __future__ import annotations

from typing import Any

from local_aws.cloudformation.client_resource import ClientResource, members, tag_list, tag_map
from local_aws.cloudformation.resource_type import Created, Properties

RENAMED = {"TrailName": "Name", "KMSKeyId": "KmsKeyId"}
SELECTORS = ("AdvancedEventSelectors", "EventSelectors")


class Trail(ClientResource):
    """Ref is its name. What it would record is kept; the local AWS records nothing."""

    type_name = "AWS::CloudTrail::Trail"
    service = "cloudtrail"
    missing = ("TrailNotFoundException",)
    name_property = "TrailName"

    def _create(self, client: Any, name: str, properties: Properties) -> Created:
        request = _request({"TrailName": name, **properties})
        tags = {"TagsList": tag_list(tag_map(properties))} if tag_map(properties) else {}
        arn = client.create_trail(**members(client, "CreateTrail", {**request, **tags}))["TrailARN"]
        self._finish(client, request["Name"], {}, properties)
        return request["Name"], {"Arn": arn}

    def _update(self, client: Any, physical_id: str, old: Properties, new: Properties) -> Created:
        request = _request({**new, "TrailName": physical_id})
        arn = client.update_trail(**members(client, "UpdateTrail", request))["TrailARN"]
        self._finish(client, physical_id, old, new)
        before, after = tag_map(old), tag_map(new)
        if before != after:
            client.remove_tags(ResourceId=arn, TagsList=[{"Key": key} for key in before])
            client.add_tags(ResourceId=arn, TagsList=tag_list(after))
        return physical_id, {"Arn": arn}

    def _delete(self, client: Any, physical_id: str, properties: Properties) -> None:
        del properties
        client.delete_trail(Name=physical_id)

    def _finish(self, client: Any, name: str, old: Properties, new: Properties) -> None:
        """Choose what is recorded, and begin or stop."""
        for key in SELECTORS:
            if new.get(key) and new.get(key) != old.get(key):
                request = members(client, "PutEventSelectors", {"TrailName": name, key: new[key]})
                client.put_event_selectors(**request)
        if str(new["IsLogging"]).lower() == "true":
            client.start_logging(Name=name)
        else:
            client.stop_logging(Name=name)


def _request(properties: Properties) -> Properties:
    """The members of CreateTrail, whose names differ in two cases from the properties."""
    left_out = {*SELECTORS, "InsightSelectors", "IsLogging", "Tags"}
    return {RENAMED.get(key, key): value for key, value in properties.items() if key not in left_out}


TYPES = (Trail(),)
