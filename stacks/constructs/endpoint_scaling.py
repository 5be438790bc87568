"""Scaling: an endpoint's number of instances follows its load and the clock, by the deploy function's requests."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_applicationautoscaling as scaling
from constructs import Construct

from launchpad.requests import Definition, Environment, Request, scaling_requests, wake_up_alarm_request
from launchpad.requests.scaling import WAKE_UP
from launchpad.requests.variants import VARIANT
from stacks.constructs.endpoint_alarms import alarm

OF_THE_TARGET = ("ServiceNamespace", "ResourceId", "ScalableDimension")
"""What a policy and a scheduled action need not repeat: they name the target, or are part of it."""


def scale(
    scope: Construct,
    endpoint: cdk.CfnResource,
    definition: Definition,
    environment: Environment,
    name: str,
    variant: str = VARIANT,
) -> None:
    """Keep each instance's load near the workload's target; nothing without `serving.scaling`.

    Application Auto Scaling uses a service-linked role. It refuses an update to another instance type while the
    endpoint is scaled: deploy without scaling first, then with the new type and scaling.
    """
    calls = scaling_requests(definition, environment, name, variant)
    if not calls:
        return
    suffix = "" if variant == VARIANT else variant
    actions = [_rest(call.request) for call in calls if call.operation == "put_scheduled_action"]
    target = _target(scope, f"ScalableTarget{suffix}", calls[0].request)
    if actions:
        target.add_property_override("ScheduledActions", actions)
    target.add_resource_dependency(endpoint)
    for call in calls:
        if call.operation == "put_scaling_policy":
            waking = call.request["PolicyName"].endswith(WAKE_UP)
            policy = _policy(scope, f"{'WakeUp' if waking else 'Scaling'}Policy{suffix}", call.request, target)
            request = wake_up_alarm_request(definition, environment, name, policy.ref) if waking else None
            if request:
                alarm(scope, f"BacklogWithoutCapacity{suffix}", request)


def _target(scope: Construct, name: str, request: Request) -> scaling.CfnScalableTarget:
    """Turn the registration into a resource, which gets the environment's tags."""
    return scaling.CfnScalableTarget(
        scope,
        name,
        service_namespace=request["ServiceNamespace"],
        resource_id=request["ResourceId"],
        scalable_dimension=request["ScalableDimension"],
        min_capacity=request["MinCapacity"],
        max_capacity=request["MaxCapacity"],
    )


def _policy(scope: Construct, name: str, request: Request, target: cdk.CfnResource) -> cdk.CfnResource:
    return cdk.CfnResource(
        scope,
        name,
        type="AWS::ApplicationAutoScaling::ScalingPolicy",
        properties={**_rest(request), "ScalingTargetId": target.ref},
    )


def _rest(request: Request) -> Request:
    return {key: value for key, value in request.items() if key not in OF_THE_TARGET}
