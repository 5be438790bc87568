"""Turns every failure of a command into one message that says what to do. `--debug` shows the traceback instead."""

from __future__ import annotations

import os
import re
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    ProfileNotFound,
)
from botocore.parsers import ResponseParserError

from launchpad.cli import denials
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client import local_address
from template_diff.errors import TemplateError

EXPECTED: tuple[type[Exception], ...] = (
    LaunchpadError,
    TemplateError,
    ClientError,
    BotoCoreError,
    ResponseParserError,
    OSError,
)
"""Errors that the user can do something about; any other is a bug."""

_REMEDIES = {
    "ExpiredToken": "your credentials have expired: sign in again (such as `aws sso login`)",
    "ExpiredTokenException": "your credentials have expired: sign in again (such as `aws sso login`)",
    "InvalidClientTokenId": "these credentials are not valid: choose others (AWS_PROFILE=...)",
    "ResourceLimitExceeded": "ask AWS for a higher quota (Service Quotas), or use another instance type",
    "ThrottlingException": "AWS asks for fewer calls: wait a moment, then try again",
    "UnrecognizedClientException": "these credentials are not valid: choose others (AWS_PROFILE=...)",
}
"""What to do, by AWS error code."""
_LOST = (EndpointConnectionError, ConnectionClosedError, ConnectTimeoutError, HTTPClientError)


def explain(error: Exception) -> str:
    """The message for an error that the user can do something about."""
    if isinstance(error, ClientError):
        return _from_aws(error)
    if isinstance(error, NoCredentialsError):
        return "no AWS credentials were found; sign in (such as `aws sso login`) or choose a profile (AWS_PROFILE=...)"
    if isinstance(error, ProfileNotFound):
        return f"{error}; choose one of ~/.aws/config (AWS_PROFILE=...)"
    if isinstance(error, _LOST):
        return _lost(error)
    if isinstance(error, ResponseParserError):
        return f"AWS's answer can't be read: {' '.join(str(error).split())}"
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {os.strerror(error.errno) if error.errno else error}"
    return str(error)


def _from_aws(error: ClientError) -> str:
    response: Any = error.response
    code = response.get("Error", {}).get("Code", "")
    message = " ".join(response.get("Error", {}).get("Message", "").split())
    advice = denials.remedy(message, response=response) if code in denials.CODES else _REMEDIES.get(code)
    remedy = f"; {advice}" if advice else ""
    return f"AWS refused {error.operation_name}: {message} ({code}){remedy}"


def _lost(error: Exception) -> str:
    """The message for a refused or broken connection: on this machine, the local AWS has ended."""
    where = re.search(r"https?://[^/\"' ]+", str(error))
    url = where[0] if where else "AWS"
    if any(host in url for host in local_address.LOOPBACK):
        return local_address.gone(url)
    return f"{url} can't be reached: {error}; check the network, then try again"
