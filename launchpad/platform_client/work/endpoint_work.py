"""Endpoints as work. An endpoint is named after its workload, or as the workloads that share it name it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any

from botocore.exceptions import ClientError

from launchpad.platform_client import endpoints
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.served_model import endpoint_of
from launchpad.platform_client.work.piece import Work
from launchpad.platform_client.work.sagemaker_jobs import is_absent


def describe(connection: Connection, name: str) -> Work | None:
    """Describe the endpoint of this name; None if it doesn't exist."""
    try:
        description = connection.client("sagemaker").describe_endpoint(EndpointName=name)
    except ClientError as error:
        if not is_absent(connection, name, error):
            raise
        return None
    return _piece(connection, description)


def listed(connection: Connection, workload: str | None, limit: int) -> list[Work]:
    """The environment's newest endpoints, or the one that serves the workload."""
    if workload is not None:
        endpoint = describe(connection, endpoint_of(connection.name, workload))
        return [endpoint] if endpoint else []
    return [_piece(connection, summary) for summary in islice(endpoints.recent(connection), limit)]


def _piece(connection: Connection, endpoint: Mapping[str, Any]) -> Work:
    name = endpoint["EndpointName"]
    return Work(
        kind="endpoint",
        name=name,
        workload=name.removeprefix(f"{connection.name}-"),
        status=endpoint["EndpointStatus"],
        started=endpoint["CreationTime"],
        ended=None,
        key={"EndpointName": name},
        description=endpoint,
    )
