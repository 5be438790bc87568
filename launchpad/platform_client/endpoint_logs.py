"""Keeps the logs of pinned endpoints for as long as the config says now.

The deploy function sets key and retention of such a group when the endpoint comes into service. A changed
`log_retention_days` alone updates no endpoint, so the deploy sets it.
"""

from __future__ import annotations

from botocore.exceptions import ClientError

from launchpad.platform_client.connection import Connection
from launchpad.requests.names import endpoint_name

_DENIED = ("AccessDenied", "AccessDeniedException")
_ABSENT = "ResourceNotFoundException"
"""The endpoint isn't in service yet: the function sets what is created then."""


def keep_endpoint_logs(connection: Connection) -> str | None:
    """Set the retention of the group of each pinned endpoint; return what was left, because the caller may not.

    Raises:
        botocore.exceptions.ClientError: CloudWatch Logs refused it for another reason.
    """
    from launchpad.catalogue.pinned_endpoints import load_pins
    from launchpad.requests.shared_endpoints import as_served

    settings, logs = connection.settings, connection.client("logs")
    for pin in load_pins(settings) if settings.endpoints else ():
        group = f"/aws/sagemaker/Endpoints/{endpoint_name(settings.name, as_served(pin.definition)['name'])}"
        try:
            logs.put_retention_policy(logGroupName=group, retentionInDays=settings.log_retention_days)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in _DENIED:
                return f"{group} may be kept for other than {settings.log_retention_days} days: {error}"
            if code != _ABSENT:
                raise
    return None
