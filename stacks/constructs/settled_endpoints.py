"""The rule that calls the deploy function once an endpoint has come into service: only then it can be scaled."""

from __future__ import annotations

from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from stacks.base.platform_stack import PlatformStack


class SettledEndpoints(Construct):
    """The rule for the environment's endpoints, and its permission to call the function."""

    def __init__(self, scope: PlatformStack, name: str, *, function_arn: str) -> None:
        super().__init__(scope, name)
        environment = scope.settings.name
        rule = events.CfnRule(
            self,
            "InService",
            description=f"Scales the {environment} environment's endpoints once they are in service",
            event_pattern={
                "source": ["aws.sagemaker"],
                "detail-type": ["SageMaker Endpoint State Change"],
                "detail": {"EndpointName": [{"prefix": f"{environment}-"}], "EndpointStatus": ["IN_SERVICE"]},
            },
            targets=[
                events.CfnRule.TargetProperty(
                    id="deploy",
                    arn=function_arn,
                    input_transformer=events.CfnRule.InputTransformerProperty(
                        input_paths_map={"endpoint": "$.detail.EndpointName"},
                        input_template='{"settled": <endpoint>}',
                    ),
                )
            ],
        )
        lambda_.CfnPermission(
            self,
            "RuleInvokes",
            action="lambda:InvokeFunction",
            function_name=function_arn,
            principal="events.amazonaws.com",
            source_arn=rule.attr_arn,
        )
