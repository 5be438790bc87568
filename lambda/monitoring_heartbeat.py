"""Says once an hour how old the last report of each monitored endpoint is: an alarm watches it, and its absence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from decision_log import decided
from models import described, sagemaker
from monitored_models import monitored_workloads
from monitoring_reports import put_metrics
from monitoring_windows import job_prefix, report_times
from platform_access import ENVIRONMENT

from launchpad.requests import Definition
from launchpad.requests.shared_endpoints import served_name

HOUR = timedelta(hours=1)


def heartbeat() -> dict[str, Any]:
    """Publish the hours since the last report of each endpoint that exists; before the first, since it is monitored.

    A closed endpoint has no age and no alarm; the function's log and its response name it.
    """
    ages, closed = {}, []
    for definition in monitored_workloads():
        endpoint = served_name(definition, ENVIRONMENT)
        if description := described(sagemaker.describe_endpoint, EndpointName=endpoint):
            ages[endpoint] = (datetime.now(UTC) - _last_report(definition, description)) / HOUR
        else:
            closed.append(endpoint)
            decided("passed over", f"{endpoint}: it is closed, so nothing is reported of it", endpoint=endpoint)
    for endpoint, hours in ages.items():
        put_metrics(endpoint, {"HoursSinceReport": hours})
    return {"endpoints": ages, "closed": closed}


def _last_report(definition: Definition, endpoint: Mapping[str, Any]) -> datetime:
    """When the last report was written; not before the endpoint was created."""
    reports = report_times(definition["name"], job_prefix(definition))
    last: datetime = max(reports) if reports else _monitored_since(endpoint)
    created: datetime = endpoint["CreationTime"]
    return max(last, created)


def _monitored_since(endpoint: Mapping[str, Any]) -> datetime:
    """When the configuration was created, of an endpoint without a report: it may be older than its monitoring."""
    config = sagemaker.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
    created: datetime = config["CreationTime"]
    return created
