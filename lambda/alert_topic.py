"""The environment's alert topic, which belongs to a stack that is built on this function's."""

from __future__ import annotations

import functools
from dataclasses import replace

import boto3

from launchpad.requests import Environment


def with_alert_topic(environment: Environment) -> Environment:
    """Return the environment with its topic; without one while the stack that has it is not deployed."""
    return replace(environment, alert_topic_arn=_topic(environment.name))


@functools.cache
def _topic(environment: str) -> str:
    cloudformation = boto3.client("cloudformation")
    try:
        (stack,) = cloudformation.describe_stacks(StackName=f"launchpad-{environment}-observability")["Stacks"]
    except cloudformation.exceptions.ClientError as error:
        if "does not exist" not in str(error):
            raise
        return ""
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
    return str(outputs.get("AlertTopicArn", ""))
