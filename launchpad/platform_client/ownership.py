"""What belongs to an environment: SageMaker resources by their tag, others by the stack that they are in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from launchpad.platform_client.connection import Connection
from launchpad.platform_client.platform import resources
from launchpad.platform_client.stack_order import TAG


def is_ours(connection: Connection, sagemaker: Any, arn: str) -> bool:
    """Whether a SageMaker resource has the environment's tag; other people's may have similar names."""
    try:
        tags = sagemaker.list_tags(ResourceArn=arn)["Tags"]
    except ClientError as error:
        if is_gone(error):
            return False
        raise
    return {"Key": TAG, "Value": connection.name} in tags


def physical_ids(connection: Connection, stacks: Iterable[Mapping[str, Any]], kind: str) -> list[str]:
    """The physical ids of all resources of one type in these stacks."""
    return [
        resource["PhysicalResourceId"]
        for stack in stacks
        for resource in resources(connection, stack["StackName"])
        if resource["ResourceType"] == kind and resource.get("PhysicalResourceId")
    ]


def unless_gone(call: Callable[..., Any], **arguments: Any) -> Any:
    """Make a call; None if what it is about doesn't exist any more."""
    try:
        return call(**arguments)
    except ClientError as error:
        if not is_gone(error):
            raise
        return None


def is_gone(error: ClientError) -> bool:
    """Whether AWS says that the resource doesn't exist."""
    code = error.response["Error"]["Code"]
    words = ("Could not find", "does not exist", "RecordNotFound")
    return "NotFound" in code or "DoesNotExist" in code or any(word in str(error) for word in words)
