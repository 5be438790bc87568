"""Lambda's limits that its model does not have, for functions of requests and of templates.

Sources: "Lambda quotas" and "Using Lambda environment variables" in the developer guide, and the API reference. The
words are those of users' reports; not confirmed are those for EphemeralStorage, which are in the common form.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from local_aws.api.errors import AwsError

Members = Mapping[str, Any]
MOST_SECONDS, MOST_MEGABYTES = 900, 10240
"""The limits of functions without a CapacityProviderConfig, so without managed instances."""
MOST_VARIABLES = 4096
"""Bytes of all variables together."""
RESERVED = frozenset(
    {
        *("_HANDLER", "_X_AMZN_TRACE_ID", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_REGION"),
        *("AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_NAME"),
        *("AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME"),
        *("AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_RUNTIME_API", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
        *("LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT"),
    }
)
UNUSABLE = (
    "Lambda was unable to configure your environment variables because the environment variables you have provided"
)
INVALID = "InvalidParameterValueException"


def check_function(members: Members) -> None:
    """Raise `AwsError` for a function that Lambda would not create."""
    if members.get("PackageType", "Zip") == "Zip" and not (members.get("Handler") and members.get("Runtime")):
        message = "Runtime and Handler are mandatory parameters for functions created with deployment packages."
        raise AwsError(INVALID, message)
    check_configuration(members)


def check_configuration(members: Members) -> None:
    """Raise `AwsError` for settings that Lambda would not take."""
    if not members.get("CapacityProviderConfig"):
        _check_at_most("timeout", members.get("Timeout"), MOST_SECONDS)
        if int(members.get("MemorySize") or 0) > MOST_MEGABYTES:
            words = "'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to "
            raise AwsError("ValidationException", f"{words}{MOST_MEGABYTES}")
        _check_at_most("ephemeralStorage.size", (members.get("EphemeralStorage") or {}).get("Size"), MOST_MEGABYTES)
    variables = (members.get("Environment") or {}).get("Variables") or {}
    if reserved := sorted(RESERVED & variables.keys()):
        raise AwsError(
            INVALID,
            f"{UNUSABLE} contains reserved keys that are currently not supported for modification. Reserved keys used "
            f"in this request: {', '.join(reserved)}",
        )
    measured = json.dumps(variables, separators=(",", ":"), ensure_ascii=False)
    if len(measured.encode()) > MOST_VARIABLES:
        raise AwsError(INVALID, f"{UNUSABLE} exceeded the 4KB limit. String measured: {measured}")


def _check_at_most(name: str, number: Any, limit: int) -> None:
    if int(number or 0) > limit:
        words = f"failed to satisfy constraint: Member must have value less than or equal to {limit}"
        raise AwsError("ValidationException", f"1 validation error detected: Value '{number}' at '{name}' {words}")


RULES: dict[tuple[str, str], Callable[[Members], None]] = {
    ("lambda", "CreateFunction"): check_function,
    ("lambda", "UpdateFunctionConfiguration"): check_configuration,
}
