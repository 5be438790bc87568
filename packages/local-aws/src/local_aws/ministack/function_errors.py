"""Names the exception that a function raised, as Lambda does: ministack calls every one `Runtime.HandlerError`.

Retry and Catch of a state machine, and callers of Invoke, tell errors apart by that name.
Source: "Lambda function errors in Python" (developer guide): errorMessage, errorType, requestId, stackTrace.
"""

from __future__ import annotations

import functools
from typing import Any

from ministack.services import lambda_svc

_UNNAMED = "Runtime.HandlerError"
_TRACEBACK = "Traceback (most recent call last):\n"


def name_raised_exceptions() -> None:
    """Have the answer of a failed function carry its exception's class and stack trace."""
    inner = lambda_svc._execute_function_warm

    @functools.wraps(inner)
    def execute(*arguments: Any) -> Any:
        response = inner(*arguments)
        body = response.get("body")
        if response.get("error") and isinstance(body, dict) and body.get("errorType") == _UNNAMED:
            response["body"] = _named(body, response.get("log") or "")
        return response

    lambda_svc._execute_function_warm = execute


def _named(body: dict[str, Any], log: str) -> dict[str, Any]:
    """The body with what the traceback at the end of the log says; as it is where the log ends with none."""
    _, marker, traceback = log.rstrip("\n").rpartition(_TRACEBACK)
    message = str(body["errorMessage"])
    raised = traceback.removesuffix(f": {message}") if message else traceback
    if not marker or (message and raised == traceback):
        return body
    frames, _, kind = raised.rpartition("\n")
    stack = [f"  File {frame.rstrip()}\n" for frame in frames.split("  File ")[1:]]
    return {**body, "errorType": kind.rpartition(".")[2], "stackTrace": stack}
