"""Names the exception that a function raised, as Lambda does: ministack calls every one `Runtime.HandlerError`.

Retry and Catch of a state machine, and callers of Invoke, tell errors apart by that name.
Source: "Lambda function errors in Python" (developer guide): errorMessage, errorType, requestId, stackTrace.
"""

from __future__ import annotations

import functools
import re
from itertools import takewhile
from typing import Any

from ministack.services import lambda_svc

_UNNAMED = "Runtime.HandlerError"
_TRACEBACK = "Traceback (most recent call last):\n"
_CLASS = re.compile(r"[^\s:]+")
_WORKER = '_worker.py", line '
"""A part of the frame of ministack's own program, which calls the handler."""


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
    """The body with what the traceback at the end of the log says; as it is where the log ends with none.

    Behind the frames, which are indented, come the class, the message, and the notes of the exception.
    """
    _, marker, traceback = log.rpartition(_TRACEBACK)
    indented = "".join(takewhile(lambda line: line.startswith(" "), traceback.splitlines(keepends=True)))
    raised = traceback.removeprefix(indented)
    kind, message = _CLASS.match(raised), str(body["errorMessage"])
    if not marker or not kind or not raised[kind.end() :].startswith(f": {message}" if message else ("\n", "")):
        return body
    frames = [f"  File {frame.rstrip()}\n" for frame in indented.split("  File ")[1:]]
    if frames and _WORKER in frames[0]:
        frames = frames[1:]
    return {**body, "errorType": kind[0].rpartition(".")[2], "stackTrace": frames}
