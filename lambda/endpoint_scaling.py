"""Scales an endpoint that has come into service, as its workload's `serving.scaling` says, and watches its model.

Application Auto Scaling takes only what is in service, minutes after the deploy function has ended. So EventBridge
calls that function again, whatever asked for the change, also after an update that failed: then the endpoint is scaled
as the configuration that it went back to.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import boto3
from decision_log import decided
from endpoint_monitoring import watch_models
from endpoint_removal import TAKE_BACK, WAKES_UP, remove_alarms, remove_scaling
from models import sagemaker
from platform_access import ENVIRONMENT
from served_endpoints import record_of_config, served_endpoints

from launchpad.requests import Definition, ScalingCall, scaling_requests, wake_up_alarm_request
from launchpad.requests.scaling import WAKE_UP

KINDS = {"put_scaling_policy": "PolicyName", "put_scheduled_action": "ScheduledActionName"}
"""The member that names what a call makes."""


def settle(endpoint: Any) -> dict[str, Any]:
    """Scale the variants of an endpoint, and remove what no longer scales or watches them; return what was done."""
    served = _definition(endpoint)
    if served is None:
        return {"endpoint_name": endpoint, "scaled": []}
    definition, description = served
    watch_models(definition["name"], description)
    if not definition["serving"].get("release"):
        remove_alarms(description, TAKE_BACK)  # of an earlier `release`, or of one that was for a single update
    if not definition["serving"].get("scaling"):
        remove_scaling(description)
        remove_alarms(description, [WAKES_UP])
        return {"endpoint_name": endpoint, "scaled": []}
    variants = [item["VariantName"] for item in description["ProductionVariants"]]
    waking = [variant for variant in variants if _scale(definition, endpoint, variant)]
    if not waking:
        remove_alarms(description, [WAKES_UP])  # of an earlier scaling that went down to zero
    decided("scaled", f"endpoint {endpoint}", endpoint=endpoint, variants=", ".join(variants))
    return {"endpoint_name": endpoint, "scaled": variants}


def _definition(endpoint: Any) -> tuple[Definition, Mapping[str, Any]] | None:
    """The workload as it was when the endpoint's configuration was served, and the endpoint; None if unknown."""
    workloads = served_endpoints().get(endpoint, {})
    if not workloads:
        return None
    description = sagemaker.describe_endpoint(EndpointName=endpoint)
    for workload in workloads:
        record = record_of_config(workload, description["EndpointConfigName"])
        if record and description["EndpointStatus"] == "InService":
            return {"name": workload, "serving": record["serving"]}, description
    return None


def _scale(definition: Definition, endpoint: str, variant: str) -> bool:
    """Make the calls that scale a variant; return whether an alarm wakes it up."""
    wakes_up = False
    client = boto3.client("application-autoscaling")
    calls = scaling_requests(definition, ENVIRONMENT, endpoint, variant)
    _remove_others(client, calls)
    for call in calls:
        response = getattr(client, call.operation)(**call.request)
        if call.operation == "put_scaling_policy" and call.request["PolicyName"].endswith(WAKE_UP):
            alarm = wake_up_alarm_request(definition, ENVIRONMENT, endpoint, response["PolicyARN"])
            if alarm:
                boto3.client("cloudwatch").put_metric_alarm(**alarm)
                wakes_up = True
    return wakes_up


def _remove_others(client: Any, calls: list[ScalingCall]) -> None:
    """Delete the target's policies and scheduled actions that the workload no longer has."""
    target = {key: calls[0].request[key] for key in ("ServiceNamespace", "ResourceId", "ScalableDimension")}
    names = {call.request[KINDS[call.operation]] for call in calls if call.operation in KINDS}
    for policy in client.describe_scaling_policies(**target)["ScalingPolicies"]:
        if policy["PolicyName"] not in names:
            client.delete_scaling_policy(PolicyName=policy["PolicyName"], **target)
    for action in client.describe_scheduled_actions(**target)["ScheduledActions"]:
        if action["ScheduledActionName"] not in names:
            client.delete_scheduled_action(ScheduledActionName=action["ScheduledActionName"], **target)
