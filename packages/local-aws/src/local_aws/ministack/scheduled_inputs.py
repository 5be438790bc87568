"""The keywords in a schedule's `Input` that EventBridge Scheduler replaces when it calls the target.

Source: "Adding context attributes in EventBridge Scheduler" (user guide). ministack passes them on as they are. Its
schedules are called once, so the attempt is always the first.
"""

from __future__ import annotations

import functools
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

SOURCE = "aws.scheduler"


def fill_inputs() -> None:
    """Replace the keywords in the inputs of schedules; safe to call again."""
    from ministack.services import eventbridge  # here, because it loads the service

    inner = eventbridge._invoke_target
    if hasattr(inner, "fills_inputs"):
        return

    @functools.wraps(inner)
    def invoke(target: dict[str, Any], event: Any, rule: Any, view: Any = None) -> Any:
        if isinstance(event, dict) and event.get("Source") == SOURCE and target.get("Input"):
            target = {**target, "Input": filled(target["Input"], event)}
        return inner(target, event, rule, view)

    invoke.fills_inputs = True  # type: ignore[attr-defined]
    eventbridge._invoke_target = invoke


def filled(text: str, event: Mapping[str, Any]) -> str:
    """The input with the values of one call. Note: the time is when it is called, to the second."""
    values = {
        "schedule-arn": event["Resources"][0],
        "scheduled-time": datetime.fromtimestamp(event["Time"], UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "execution-id": uuid.uuid4().hex[:16],
        "attempt-number": "1",
    }
    for name, value in values.items():
        text = text.replace(f"<aws.scheduler.{name}>", value)
    return text
