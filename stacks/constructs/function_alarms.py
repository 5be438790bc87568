"""The alarms of one function: it failed, or an event went to the dead-letter queue."""

from __future__ import annotations

from aws_cdk import aws_cloudwatch as cloudwatch

from stacks.base.platform_stack import PlatformStack
from stacks.constructs.job_function import JobFunction
from stacks.constructs.threshold_alarm import threshold_alarm


def function_alarms(scope: PlatformStack, function: JobFunction, topic_arn: str) -> list[cloudwatch.CfnAlarm]:
    """Create alarms on the function's errors and dead letters, which notify `topic_arn`."""
    name = function.node.id
    return [
        threshold_alarm(
            scope,
            f"{name}Errors",
            description=f"The {name.lower()} function fails; its log says why. An event is tried three times in all.",
            runbook="function-errors",
            namespace="AWS/Lambda",
            metric="Errors",
            dimensions={"FunctionName": function.function_name},
            statistic="Sum",
            topic_arn=topic_arn,
        ),
        threshold_alarm(
            scope,
            f"{name}DeadLetters",
            description=f"The {name.lower()} function gave up an event, which lies in its queue for two weeks.",
            runbook="dead-letters",
            namespace="AWS/SQS",
            metric="ApproximateNumberOfMessagesVisible",
            dimensions={"QueueName": function.queue_name},
            statistic="Maximum",
            topic_arn=topic_arn,
        ),
    ]
