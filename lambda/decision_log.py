"""One line of JSON per decision of a function, so that CloudWatch Logs Insights can search by its fields.

Only fields that are named in a call are logged, never an event or a request, because those may hold secrets.
Note: the functions' log format is Lambda's default, text, so the JSON is made here, with the standard library.
Powertools' Logger would make a cold start's imports longer than `benchmarks/cold_import.py` allows: 1.08 to 1.27 times
boto3's with a client, where the limit is 1.05.
"""

from __future__ import annotations

import functools
import json
import logging
import sys
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from launchpad.requests import RequestError

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]
LONGEST = 4_000
"""Characters that are kept of a field: callers choose some of them, and an event may have 6 MB."""
_invocation: ContextVar[dict[str, str]] = ContextVar("invocation")


class JsonFormatter(logging.Formatter):
    """Formats a record as its level, its message and its fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line of ASCII: JSON escapes line breaks and all that a terminal would interpret."""
        fields = {"level": record.levelname, "message": record.getMessage(), **record.__dict__["fields"]}
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)[-LONGEST:]  # its end says most
        return json.dumps({name: str(value)[:LONGEST] for name, value in fields.items()})


def logs_decisions(handler: Handler) -> Handler:
    """Log what `handler` refuses (WARNING) or fails at (ERROR), and give each line the invocation's fields."""

    @functools.wraps(handler)
    def logged(event: dict[str, Any], context: Any) -> dict[str, Any]:
        _invocation.set(_invocation_fields(event, context))
        try:
            return handler(event, context)
        except RequestError as error:
            _log(logging.WARNING, f"refused: {error}", action="refused", reason=str(error))
            raise
        except Exception as error:
            _log(logging.ERROR, f"failed: {error}", action="failed", reason=type(error).__name__)
            raise

    return logged


def decided(action: str, subject: str, **fields: str) -> None:
    """Log a decision (INFO): what was done, to what, and the fields to search by, such as `job` or `endpoint`."""
    _log(logging.INFO, f"{action} {subject}", action=action, **fields)


def _log(level: int, message: str, **fields: str) -> None:
    extra = {"fields": {**_invocation.get(), **fields}}
    _LOGGER.log(level, "%s", message, exc_info=level == logging.ERROR, extra=extra)


def _invocation_fields(event: Any, context: Any) -> dict[str, str]:
    names = ("workload", "step", "token", "working_copy") if isinstance(event, dict) else ()
    texts = {name: event[name] for name in names if isinstance(event.get(name), str)}
    return {"function": context.function_name, "request_id": context.aws_request_id, **texts}


_OUTPUT = logging.StreamHandler(sys.stdout)
_OUTPUT.setFormatter(JsonFormatter())
_LOGGER = logging.getLogger("launchpad.decisions")
_LOGGER.handlers = [_OUTPUT]
_LOGGER.propagate = False  # Lambda's root logger would print each line again, as text
_LOGGER.setLevel(logging.INFO)
