"""A SageMaker resource type whose Ref is the resource's ARN; created, described, tagged and deleted by its name."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from botocore import xform_name
from botocore.exceptions import ClientError

from local_aws.cloudformation.client_resource import ClientResource, members, tag_list, tag_map, until
from local_aws.cloudformation.resource_type import Created, Properties

GONE = ("RecordNotFound", "Cannot find", "Could not find", "does not exist", "not found")


class SageMakerResource(ClientResource):
    """`noun` is the operations' noun; `busy` are the transitional statuses, `status` the member that reports them."""

    service = "sagemaker"
    noun: ClassVar[str]
    attributes: ClassVar[tuple[str, ...]] = ()
    busy: ClassVar[frozenset[str]] = frozenset()
    status: ClassVar[str] = "Status"
    patience: ClassVar[float] = 60.0
    """Seconds that a change may take."""

    def key(self, physical_id: str) -> dict[str, str]:
        """The members that identify the resource in requests, from the physical id."""
        return {f"{self.noun}Name": physical_id.rpartition("/")[2]}

    def identify(self, described: dict[str, Any]) -> str:
        """The physical id, which is Ref's value."""
        return str(described[f"{self.noun}Arn"])

    def arn(self, described: dict[str, Any]) -> str:
        """The ARN in Describe's response."""
        return str(described[f"{self.noun}Arn"])

    def call(self, client: Any, verb: str, properties: dict[str, Any]) -> dict[str, Any]:
        """Call one operation, with the properties that it accepts."""
        operation = f"{verb}{self.noun}"
        response: dict[str, Any] = getattr(client, xform_name(operation))(**members(client, operation, properties))
        return response

    def settled(self, client: Any, key: dict[str, Any]) -> Created:
        """Wait until the resource is ready; raises with its FailureReason."""
        self._until_ready(client, key)
        described = self.call(client, "Describe", key)
        if self.failed(described):
            raise RuntimeError(f'Resource handler returned message: "{described.get("FailureReason")}"')
        attributes = {name: _plain(described[name]) for name in self.attributes if name in described}
        return self.identify(described), attributes

    def failed(self, described: dict[str, Any]) -> bool:
        """Whether the last change failed, from Describe's response."""
        return described.get(self.status) in ("Failed", "Update_Failed")

    def _until_ready(self, client: Any, key: dict[str, Any]) -> None:
        until(lambda: self.call(client, "Describe", key).get(self.status) not in self.busy, self.patience)

    def _create(self, client: Any, name: str, properties: Properties) -> Created:
        arguments = {f"{self.noun}Name": name, **properties}
        key = {**arguments, **self.call(client, "Create", arguments)}
        try:
            return self.settled(client, key)
        except Exception:
            self._remove(client, key)  # a stack forgets a resource whose creation failed
            raise

    def _update(self, client: Any, physical_id: str, old: Properties, new: Properties) -> Created:
        key = self.key(physical_id)
        before, after = ({k: v for k, v in properties.items() if k != "Tags"} for properties in (old, new))
        if before != after:
            self.change(client, key, before, after)
        described = self.call(client, "Describe", key)
        self.retag(client, self.arn(described), old, new)
        return self.settled(client, key)

    def change(self, client: Any, key: dict[str, Any], old: Properties, new: Properties) -> None:
        """Update the resource from the old properties to the new ones."""
        del old
        self.call(client, "Update", {**new, **key})

    def _delete(self, client: Any, physical_id: str, properties: Properties) -> None:
        del properties
        self._remove(client, self.key(physical_id))

    def _remove(self, client: Any, key: dict[str, Any]) -> None:
        try:
            self._until_ready(client, key)
            self.before_deletion(client, key)
            self.call(client, "Delete", key)
            until(lambda: self.call(client, "Describe", key) is None, self.patience)
        except ClientError as error:
            if not any(message in error.response["Error"].get("Message", "") for message in GONE):
                raise

    def before_deletion(self, client: Any, key: dict[str, Any]) -> None:
        """Do what Delete requires first, such as stopping."""

    def retag(self, client: Any, arn: str, old: Properties, new: Properties) -> None:
        """Change the resource's tags to the template's."""
        before, after = tag_map(old), tag_map(new)
        if removed := sorted(before.keys() - after.keys()):
            client.delete_tags(ResourceArn=arn, TagKeys=removed)
        if after and before != after:
            client.add_tags(ResourceArn=arn, Tags=tag_list(after))


def _plain(value: Any) -> Any:
    """An attribute as JSON has it: times in seconds since 1970."""
    return value.timestamp() if isinstance(value, datetime) else value
