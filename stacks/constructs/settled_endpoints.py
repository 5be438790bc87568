"""The rule that calls the deploy function once an endpoint has come into service: only then it can be scaled."""

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
            events.CfnRule.TargetProperty(
                id="deploy",
                arn=function_arn,
                input_transformer=events.CfnRule.InputTransformerProperty(
                    input_paths_map={"endpoint": "$.detail.EndpointName"},
                    input_template='{"settled": <endpoint>}',
                ),
            ),
        )


def endpoints_in_service(environment: str) -> dict[str, Any]:
    """Return the pattern of the events that an environment's endpoint has come into service."""
    return {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Endpoint State Change"],
        "detail": {"EndpointName": [{"prefix": f"{environment}-"}], "EndpointStatus": ["IN_SERVICE"]},
    }
