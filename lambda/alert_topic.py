"""The environment's alert topic, for endpoints that notify and for alarms.

The topic's stack comes after the functions', so they find it by the name of a parameter in Systems Manager. It is read
when it is first needed, because most calls need no topic.
"""

from __future__ import annotations

import dataclasses
import functools

import boto3

from launchpad.requests import Environment


def with_alert_topic(environment: Environment) -> Environment:
    """Return the environment with its alert topic; unchanged where the platform has no parameter for it."""
    if environment.alert_topic_arn or not environment.alert_topic_parameter:
        return environment
    return dataclasses.replace(environment, alert_topic_arn=_value(environment.alert_topic_parameter))


@functools.cache
def _value(parameter: str) -> str:
    return str(boto3.client("ssm").get_parameter(Name=parameter)["Parameter"]["Value"])
