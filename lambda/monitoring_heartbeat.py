"""Says once an hour how old the last report of each monitored endpoint is: an alarm watches it, and its absence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from models import described, sagemaker
from monitoring_reports import put_metrics
from monitoring_windows import monitor_job_name, prefix_of, report_times
from platform_access import CATALOGUE, ENVIRONMENT

from launchpad.requests import Definition
from launchpad.requests.shared_endpoints import served_name

HOUR = timedelta(hours=1)


def heartbeat() -> dict[str, Any]:
    """Publish the hours since the last report of each endpoint that exists; before the first, since it is monitored."""
    now = datetime.now(UTC)
    ages = {}
    for definition in CATALOGUE.values():
        if definition.get("monitoring") and definition["serving"]:
            endpoint = served_name(definition, ENVIRONMENT)
            description = described(sagemaker.describe_endpoint, EndpointName=endpoint)
            if description:
                last = max(_reports(definition, now), default=None) or _monitored_since(description)
                ages[endpoint] = (now - max(last, description["CreationTime"])) / HOUR
    for endpoint, hours in ages.items():
        put_metrics(endpoint, {"HoursSinceReport": hours})
    return {"endpoints": ages}


def _monitored_since(endpoint: Mapping[str, Any]) -> datetime:
    """When the configuration was created, of an endpoint without a report: it may be older than its monitoring."""
    config = sagemaker.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
    created: datetime = config["CreationTime"]
    return created


def _reports(definition: Definition, now: datetime) -> list[datetime]:
    prefix = prefix_of(monitor_job_name(definition, now, transforms=False))
    return report_times(definition["name"], prefix)
