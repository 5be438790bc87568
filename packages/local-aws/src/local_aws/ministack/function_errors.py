"""Names the errors of functions as Lambda does: ministack calls exceptions `Runtime.HandlerError`, others RuntimeError.

Retry and Catch of a state machine, and callers of Invoke, tell errors apart by that name.
Source: "Lambda function errors in Python" (developer guide): errorMessage, errorType, requestId, stackTrace. The words
of a function that does not begin are those of Lambda's runtime (`_get_handler` of awslambdaric); users' reports confirm
those of an exit with a status and a large answer. Not confirmed: those of an exit with 0, and of a signal, which is
reported as a negative status. Only the last three are those of functions in other languages, too.
"""

from __future__ import annotations

import functools
import json
import re
from itertools import takewhile
from typing import Any

from ministack.core import lambda_runtime
from ministack.core.lambda_runtime import Worker
from ministack.services import lambda_svc

_UNNAMED = "Runtime.HandlerError"
_TRACEBACK = "Traceback (most recent call last):\n"
_CLASS = re.compile(r"[^\s:]+")
_WORKER = '_worker.py", line '
"""A part of the frame of ministack's own program, which calls the handler."""


_NOT_BEGUN = "Worker init failed: "
_BEGINNING = '{"status": "error", "error": str(e)}'
"""What ministack's program answers when the module or its handler can't be had: the message alone."""
_REPORT = """
def _failure(error, found):
    import json, traceback
    kind, frames = type(error).__name__, []
    if isinstance(error, ImportError):
        kind = "Runtime.ImportModuleError"
    elif isinstance(error, SyntaxError):
        kind = "Runtime.UserCodeSyntaxError"
        frames = ['  File "%s" Line %s\\n    %s' % (error.filename, error.lineno, error.text)]
    elif "mod" in found and "handler_fn" not in found and isinstance(error, AttributeError):
        kind = "Runtime.HandlerNotFound"
    else:
        traced = [tuple(frame) for frame in traceback.extract_tb(error.__traceback__)]
        frames = traceback.format_list(traced[1:])
    return json.dumps([kind, str(error), frames])
"""
"""Runs in the function's process, and is what Lambda's runtime does; the first frame is that of ministack's program."""
_WORDS = {
    "Runtime.ImportModuleError": "Unable to import module '{module}': {reason}",
    "Runtime.UserCodeSyntaxError": "Syntax error in module '{module}': {reason}",
    "Runtime.HandlerNotFound": "Handler '{handler}' missing on module '{module}'",
}
_DIED, _EXITED = "Worker process died", "Error: Runtime exited with"
LARGEST_ANSWER = 6_291_556
"""Bytes of an answer, as the error of a larger one says."""


def name_raised_exceptions() -> None:
    """Have the answer of a failed function carry its error's class, and an exception's stack trace."""
    _tell_exits()
    reporting = _BEGINNING.replace("str(e)", "_failure(e, locals())")
    program = lambda_runtime._PYTHON_WORKER_SCRIPT.replace(_BEGINNING, reporting)
    lambda_runtime._PYTHON_WORKER_SCRIPT = _REPORT + program
    inner = lambda_svc._execute_function_warm

    @functools.wraps(inner)
    def execute(*arguments: Any) -> Any:
        response = inner(*arguments)
        body = response.get("body")
        if not response.get("error"):
            return _within_limit(response)
        if isinstance(body, dict) and (failure := _failure(arguments[0], str(body.get("errorMessage")))):
            response["body"] = {**body, **failure}
        elif isinstance(body, dict) and body.get("errorType") == _UNNAMED:
            response["body"] = _named(body, response.get("log") or "")
        return response

    lambda_svc._execute_function_warm = execute


def _tell_exits() -> None:
    """Keep the process of each worker, which ministack drops, to tell how it ended."""
    spawn, invoke = Worker._spawn, Worker.invoke

    def spawning(worker: Any) -> None:
        spawn(worker)
        worker.last_process = worker._proc

    def invoking(worker: Any, event: Any, request_id: str, **context: Any) -> Any:
        response = invoke(worker, event, request_id, **context)
        if response.get("error") == _DIED:
            status = worker.last_process.wait()
            end = f"{_EXITED} error: exit status {status}" if status else f"{_EXITED}out providing a reason"
            response["error"] = f"RequestId: {request_id} {end}"
        return response

    Worker._spawn, Worker.invoke = spawning, invoking


def _within_limit(response: dict[str, Any]) -> dict[str, Any]:
    """The response, or the error of one that is too large."""
    if len(json.dumps(response.get("body"), default=str).encode()) <= LARGEST_ANSWER:
        return response
    message = f"Response payload size exceeded maximum allowed payload size ({LARGEST_ANSWER} bytes)."
    body = {"errorMessage": message, "errorType": "Function.ResponseSizeTooLarge"}
    return {**response, "body": body, "error": True}


def _failure(function: dict[str, Any], message: str) -> dict[str, Any] | None:
    """The error of a runtime that ended, or did not begin."""
    if message.startswith("RequestId: ") and _EXITED in message:
        return {"errorType": "Runtime.ExitError", "errorMessage": message}
    settings = function.get("config") or function
    if not str(settings.get("Runtime")).startswith("python"):
        return None
    name = str(settings.get("Handler"))
    module, dot, handler = name.rpartition(".")
    if not dot:
        words = f"Bad handler '{name}': not enough values to unpack (expected 2, got 1)"
        return {"errorType": "Runtime.MalformedHandlerName", "errorMessage": words, "stackTrace": []}
    if not message.startswith(_NOT_BEGUN):
        return None
    kind, reason, frames = json.loads(message.removeprefix(_NOT_BEGUN))
    words = _WORDS.get(kind, "{reason}").format(module=module, handler=handler, reason=reason)
    return {"errorType": kind, "errorMessage": words, "stackTrace": frames}


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
