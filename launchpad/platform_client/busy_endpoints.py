"""Tries a change again once an endpoint takes it: SageMaker changes and deletes none that is being changed.

An endpoint is being changed while it is updated, and while Application Auto Scaling adds or removes instances.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.functions import invoke
from launchpad.platform_client.ownership import is_gone

Answer = TypeVar("Answer")
MOVING = ("Creating", "Updating", "SystemUpdating", "RollingBack")
"""The values of EndpointStatus that are followed by another one."""
GONE = "gone"
"""The status of an endpoint that does not exist."""
LONGEST_MINUTES = 30.0
"""How long to wait: an update that shifts traffic in steps may take hours, and is better looked at."""
_IN_PROGRESS = re.compile(r'Cannot update in-progress endpoint "?(?:arn:[^"]*:endpoint/)?([A-Za-z0-9-]+)')
"""SageMaker's words with the endpoint's ARN, and the deploy function's with its name."""


def invoke_once_settled(
    connection: Connection, function: str, event: Mapping[str, Any], show: Callable[[str], object]
) -> Mapping[str, str]:
    """Invoke the deploy function; while the endpoint is being changed, pass its status to `show` and wait.

    Raises:
        LaunchpadError: the function refused, or the endpoint is being changed for too long.
    """
    return once_settled(connection, lambda: invoke(connection, function, event), show)


def once_settled(connection: Connection, change: Callable[[], Answer], show: Callable[[str], object]) -> Answer:
    """Call `change`; while the endpoint that it is about is being changed, pass its status to `show` and wait.

    Raises:
        ClientError, LaunchpadError: the change was refused for another reason.
        LaunchpadError: the endpoint is being changed for too long.
    """
    deadline = time.monotonic() + LONGEST_MINUTES * 60
    while True:
        try:
            return change()
        except (ClientError, LaunchpadError) as error:
            match = _IN_PROGRESS.search(str(error))
            if match is None:
                raise
        _wait(connection, match[1], deadline, show)


def _wait(connection: Connection, endpoint: str, deadline: float, show: Callable[[str], object]) -> None:
    """Return once the endpoint is in a status that is not followed by another one, or is gone."""
    while True:
        status = endpoint_status(connection, endpoint)
        if time.monotonic() > deadline:
            raise LaunchpadError(
                f"endpoint {endpoint} is still being changed ({status}) after {LONGEST_MINUTES:.0f} minutes, and takes"
                f" no other change; follow it with `launchpad status --env {connection.name}`, then try again"
            )
        # Also where it has just settled: a change that began after the look would be asked for without a pause.
        show(f"{'waits: ' if status in MOVING else ''}{endpoint} is {status}")
        time.sleep(connection.poll_seconds)
        if status not in MOVING:
            return


def endpoint_status(connection: Connection, endpoint: str) -> str:
    """EndpointStatus of an endpoint; `gone` for one that does not exist."""
    try:
        return str(connection.client("sagemaker").describe_endpoint(EndpointName=endpoint)["EndpointStatus"])
    except ClientError as error:
        if not is_gone(error):
            raise
        return GONE
