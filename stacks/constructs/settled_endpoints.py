"""The rules that call the deploy function for an endpoint: to scale it once in service, and to protect its logs."""

from __future__ import annotations

from typing import Any

from aws_cdk import aws_events as events
from constructs import Construct

from stacks.base.platform_stack import PlatformStack
from stacks.constructs.function_calls import call_for_events


class SettledEndpoints(Construct):
    """The rule for the environment's endpoints, and its permission to call the function."""

    def __init__(self, scope: PlatformStack, name: str, *, function_arn: str) -> None:
        super().__init__(scope, name)
        environment = scope.settings.name
        call_for_events(
            self,
            "InService",
            f"Scales the {environment} environment's endpoints once they are in service",
            endpoints_in_service(environment),
            _deploy_function(function_arn, "settled"),
        )


class PinnedEndpointLogs(Construct):
    """The rule for endpoints that CloudFormation creates, whose log group has no key and no retention otherwise.

    The group can't be a resource next to the endpoint: where SageMaker or an earlier stack created it, a stack that
    creates it fails. `CREATING` comes minutes before the first line of a log; where AWS should send no such event,
    `IN_SERVICE` is in time for all but the lines of the start.
    """

    def __init__(self, scope: PlatformStack, name: str, *, function_arn: str) -> None:
        super().__init__(scope, name)
        environment = scope.settings.name
        call_for_events(
            self,
            "Changed",
            f"Gives the logs of the {environment} environment's endpoints its key and retention",
            endpoint_events(environment, "CREATING", "IN_SERVICE"),
            _deploy_function(function_arn, "logs_of"),
        )


def _deploy_function(arn: str, key: str) -> events.CfnRule.TargetProperty:
    """Return the target that is called with the endpoint's name under `key`."""
    return events.CfnRule.TargetProperty(
        id="deploy",
        arn=arn,
        input_transformer=events.CfnRule.InputTransformerProperty(
            input_paths_map={"endpoint": "$.detail.EndpointName"}, input_template=f'{{"{key}": <endpoint>}}'
        ),
    )


def endpoints_in_service(environment: str) -> dict[str, Any]:
    """Return the pattern of the events that an environment's endpoint has come into service."""
    return endpoint_events(environment, "IN_SERVICE")


def endpoint_events(environment: str, *statuses: str) -> dict[str, Any]:
    """Return the pattern of the events that an environment's endpoint has one of `statuses`."""
    return {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Endpoint State Change"],
        "detail": {"EndpointName": [{"prefix": f"{environment}-"}], "EndpointStatus": [*statuses]},
    }
