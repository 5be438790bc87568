"""Deletes an endpoint with what would outlive it: its scalable targets and its alarms.

DeleteEndpoint leaves both, and a target would scale the next endpoint of the same name. What a stack created is the
stack's, so of a pinned endpoint nothing else is deleted. The idle function does the same:
`lambda/endpoint_removal.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from launchpad.platform_client.busy_endpoints import once_settled
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.ownership import unless_gone

NAMESPACE = "sagemaker"
ENDPOINT_DIMENSIONS = ("EndpointName", "Endpoint")
"""The dimensions that name an endpoint: of SageMaker's metrics, and of those of monitoring."""
STACK_TAG = "aws:cloudformation:stack-name"
"""The tag by which CloudFormation marks what it created."""


def remove_endpoint(connection: Connection, name: str, show: Callable[[str], object] = lambda _: None) -> None:
    """Delete an endpoint, its scalable targets and the deploy function's alarms, as far as they exist.

    Waits for an endpoint that is being changed; `show` gets its status.

    Raises:
        LaunchpadError: it is being changed for too long.
    """
    remove_what_watches(connection, name)
    delete = partial(unless_gone, connection.client("sagemaker").delete_endpoint, EndpointName=name)
    once_settled(connection, delete, show)


def remove_what_watches(connection: Connection, name: str) -> None:
    """Delete the scalable targets and the alarms of an endpoint of `launchpad serve`."""
    sagemaker = connection.client("sagemaker")
    description = unless_gone(sagemaker.describe_endpoint, EndpointName=name)
    if description is None or _is_pinned(sagemaker, description["EndpointArn"]):
        return
    scaling = connection.client("application-autoscaling")
    for target in list(_targets(scaling, description)):
        unless_gone(scaling.deregister_scalable_target, **target)
    cloudwatch = connection.client("cloudwatch")
    if alarms := list(_alarms(cloudwatch, f"launchpad-{connection.name}-endpoint-{name}-", name)):
        cloudwatch.delete_alarms(AlarmNames=alarms)


def _is_pinned(sagemaker: Any, arn: str) -> bool:
    tags = unless_gone(sagemaker.list_tags, ResourceArn=arn) or {"Tags": []}
    return any(tag["Key"] == STACK_TAG for tag in tags["Tags"])


def _targets(scaling: Any, endpoint: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """What identifies the scalable targets of the endpoint's variants; deregistering deletes policies and schedules."""
    resources = [
        f"endpoint/{endpoint['EndpointName']}/variant/{variant['VariantName']}"
        for variant in endpoint.get("ProductionVariants", [])
    ]
    if not resources:  # none is in service yet
        return
    pages = scaling.get_paginator("describe_scalable_targets").paginate(
        ServiceNamespace=NAMESPACE, ResourceIds=resources
    )
    members = ("ServiceNamespace", "ResourceId", "ScalableDimension")
    yield from ({member: target[member] for member in members} for page in pages for target in page["ScalableTargets"])


def _alarms(cloudwatch: Any, prefix: str, endpoint: str) -> Iterator[str]:
    """The alarms whose names begin so and that watch this endpoint: `a-b` begins as `a` does."""
    pages = cloudwatch.get_paginator("describe_alarms").paginate(AlarmNamePrefix=prefix)
    own = [{"Name": name, "Value": endpoint} for name in ENDPOINT_DIMENSIONS]
    for alarm in (alarm for page in pages for alarm in page["MetricAlarms"]):
        if any(dimension in alarm["Dimensions"] for dimension in own):
            yield alarm["AlarmName"]
