"""The alarms on what an endpoint of the deploy function is asked: created when it settles, deleted with it.

A workload is monitored as the deployed catalogue says, whatever was served.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import boto3
from alert_topic import with_alert_topic
from platform_access import CATALOGUE, ENVIRONMENT

from launchpad.requests import monitoring_alarm_requests
from launchpad.requests.endpoint_alarms import alarm_name
from launchpad.requests.monitoring_alarms import DISK_USE, DRIFT, HEARTBEAT, QUALITY, monitoring_alarm_name


def watch_models(workload: str, endpoint: Mapping[str, Any]) -> None:
    """Create the alarms of a monitored workload's endpoint (DescribeEndpoint's response), and delete all others."""
    name = endpoint["EndpointName"]
    definition = CATALOGUE.get(workload) or {}
    cloudwatch = boto3.client("cloudwatch")
    requests: Mapping[str, Any] = {}
    if definition.get("monitoring"):
        variants = [variant["VariantName"] for variant in endpoint["ProductionVariants"]]
        requests = monitoring_alarm_requests(definition, with_alert_topic(ENVIRONMENT), name, variants)
    for request in requests.values():
        cloudwatch.put_metric_alarm(**request)
    kept = {request["AlarmName"] for request in requests.values()}
    if others := [alarm for alarm in alarm_names(endpoint) if alarm not in kept]:
        cloudwatch.delete_alarms(AlarmNames=others)


def alarm_names(endpoint: Mapping[str, Any]) -> list[str]:
    """Return the names of all alarms that `watch_models` may create for an endpoint."""
    name = endpoint["EndpointName"]
    disks = [
        alarm_name(ENVIRONMENT, name, variant["VariantName"], DISK_USE)
        for variant in endpoint.get("ProductionVariants", [])
    ]
    return [*(monitoring_alarm_name(ENVIRONMENT, name, kind) for kind in (DRIFT, QUALITY, HEARTBEAT)), *disks]
