"""Invokes the platform's functions. A function's refusal is reported in its own words, in one line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection

LONGEST_SECONDS = 900
"""The longest timeout of a Lambda function (Timeout in CreateFunction)."""
REFUSALS = ("RequestError", "BusyEndpointError")
"""Exceptions whose message is enough; others are reported with their type and log."""


def invoke(connection: Connection, function: str, event: Mapping[str, Any]) -> dict[str, Any]:
    """Invoke a function and wait for its response (Lambda Invoke, RequestResponse).

    Raises:
        LaunchpadError: the function raised; carries its message.
    """
    client = connection.client("lambda", read_timeout=LONGEST_SECONDS + 10)
    response = client.invoke(FunctionName=function, Payload=json.dumps(event).encode())
    payload = json.loads(response["Payload"].read() or b"null")
    if response.get("FunctionError"):
        raise LaunchpadError(_refusal(payload, client, function))
    result: dict[str, Any] = payload
    return result


def _refusal(payload: Any, client: Any, function: str) -> str:
    error = payload if isinstance(payload, dict) else {}
    message = " ".join(str(error.get("errorMessage") or payload).split())
    kind = str(error.get("errorType", "")).rpartition(".")[2]
    if kind in REFUSALS:
        return message
    return f"function {function} failed: {f'{kind}: ' if kind else ''}{message}{_log_of(client, function)}"


def _log_of(client: Any, function: str) -> str:
    """Where its log is; empty if that can't be determined, because the failure itself matters more."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        configuration = client.get_function_configuration(FunctionName=function)
    except (BotoCoreError, ClientError):
        return ""
    group = configuration.get("LoggingConfig", {}).get("LogGroup")
    return f" (its log: CloudWatch Logs, {group})" if group else ""
