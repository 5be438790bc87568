"""Creates or updates an endpoint: with the alarms that roll it back, and without scaling where that is in the way.

Note: SageMaker refuses to change the instance type of a variant that is scaled, or to remove it. Such a variant is
taken from Application Auto Scaling first; once the endpoint is in service, `endpoint_scaling.settle` scales it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import boto3
from alert_topic import with_alert_topic
from botocore.exceptions import ClientError
from endpoint_history import Serving
from endpoint_removal import remove_scaling
from log_groups import protect_endpoint_logs
from models import described, sagemaker
from platform_access import ENVIRONMENT

from launchpad.requests import Definition, RequestError, endpoint_alarm_requests, endpoint_request
from launchpad.requests.endpoint import endpoint_update_request
from launchpad.requests.release import ALL_AT_ONCE

CHANGING = ("Creating", "Updating", "SystemUpdating", "RollingBack")
"""The values of EndpointStatus in which SageMaker accepts no other change; scaling is one of them (`Updating`)."""
RUNS_ON = ("InstanceType", "InstancePools", "ServerlessConfig")
"""The members that say what a variant runs on, which a scaled one must keep."""


class BusyEndpointError(RequestError):
    """The endpoint is being changed: the same call is accepted later. A pipeline retries it by this class's name."""

    def __init__(self, endpoint: str, status: str) -> None:
        super().__init__(f"Cannot update in-progress endpoint {endpoint}: it is {status}")  # as SageMaker words it


def change_endpoint(
    definition: Definition, serving: Serving, current: Mapping[str, Any] | None, release: Mapping[str, Any] | None
) -> None:
    """Create the endpoint, or have it serve another configuration.

    Raises:
        BusyEndpointError: a change began since `current` was read.
        RequestError: it has failed, so that only its deletion helps; or its variants take no such release.
    """
    endpoint = endpoint_request(definition, ENVIRONMENT, serving.endpoint_config)
    name = endpoint["EndpointName"]
    if current is None:
        protect_endpoint_logs(name)  # before SageMaker creates the group, without key and retention
        sagemaker.create_endpoint(**endpoint)
        return
    if current["EndpointStatus"] == "Failed":
        raise RequestError(
            f"endpoint {name} has failed ({current.get('FailureReason', 'no reason given')});"
            " delete it, then deploy again"
        )
    before, after = (_variants(config) for config in (current["EndpointConfigName"], serving.endpoint_config))
    chosen = _release(definition, release, before, after)
    if not before or any(after.get(variant) != kind for variant, kind in before.items()):
        remove_scaling(current)
    alarms = _alarms(name) if chosen else []
    request = endpoint_update_request(
        definition, ENVIRONMENT, serving.endpoint_config, alarms, chosen, same_variants=bool(chosen)
    )
    # With several variants, the weights of the new configuration are the ones that were asked for.
    if before.keys() != after.keys() or len(after) > 1:
        request.pop("RetainAllVariantProperties", None)
    try:
        sagemaker.update_endpoint(**request)
    except ClientError as error:
        if "Cannot update in-progress endpoint" in str(error):
            raise BusyEndpointError(name, "being changed") from error
        raise


def _release(
    definition: Definition, asked: Mapping[str, Any] | None, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """Return the release of an update; None where its variants allow none, so that traffic shifts at once.

    SageMaker shifts traffic in steps only between the same variants, and replaces instances in batches only of one
    ("Deployment guardrails": exclusions). What was asked for is refused there, what workload.yaml has is left out.
    """
    release: Mapping[str, Any] | None = asked or definition["serving"].get("release")
    if release is None:
        return None
    in_steps = release["traffic"] != ALL_AT_ONCE
    same = before.keys() == after.keys()
    if same and not (release["traffic"] == "rolling" and len(after) > 1):
        return release
    if asked and in_steps:
        raise RequestError(
            f"release: the endpoint serves {', '.join(before) or 'what is gone'}, and {', '.join(after)} is to follow;"
            f" {release['traffic']} needs one variant that stays: promote one of them first, or leave the release out"
        )
    return None


def _variants(config: str) -> dict[str, Any]:
    """What the variants of a configuration run on, by their names; empty if it was deleted."""
    description = described(sagemaker.describe_endpoint_config, EndpointConfigName=config)
    return {
        item["VariantName"]: {key: item[key] for key in RUNS_ON if key in item}
        for item in (description or {"ProductionVariants": []})["ProductionVariants"]
    }


def _alarms(endpoint: str) -> list[str]:
    """Create the alarms that roll back an update of the endpoint, or change them; return their names."""
    cloudwatch = boto3.client("cloudwatch")
    requests = endpoint_alarm_requests(with_alert_topic(ENVIRONMENT), endpoint)
    for request in requests.values():
        cloudwatch.put_metric_alarm(**request)
    return [request["AlarmName"] for request in requests.values()]
