"""FilterLogEvents and the tokens of CloudWatch Logs, as its API reference has them.

Note: ministack's own FilterLogEvents has no pages, ignores logStreamNamePrefix, and lets conditions on JSON match all.
"""

from __future__ import annotations

import base64
import heapq
from typing import Any

from local_aws.ministack.log_patterns import compiled

MOST = 10_000
"""Events of a page."""
BAD_TOKEN = "The specified nextToken is invalid."  # noqa: S105 (a message)


class UnknownTokenError(ValueError):
    """A token that no operation gave."""


def refuse_unknown_tokens(logs: Any) -> None:
    """Let the Describe operations refuse such tokens, for which ministack begins anew."""
    handle = logs.handle_request

    async def checked(*arguments: Any, **keywords: Any) -> Any:
        try:
            return await handle(*arguments, **keywords)
        except UnknownTokenError:
            return logs.error_response_json("InvalidParameterException", BAD_TOKEN, 400)

    logs.handle_request, logs._decode_token = checked, _offset


def filter_events(logs: Any) -> None:
    """Replace FilterLogEvents, and let PutLogEvents refuse events that are out of order."""
    put_events = logs._put_log_events

    def put(request: dict[str, Any]) -> Any:
        times = [event["timestamp"] for event in request.get("logEvents", ())]
        if times != sorted(times):
            message = "Log events in a single PutLogEvents request must be in chronological order."
            return logs.error_response_json("InvalidParameterException", message, 400)
        return put_events(request)

    def filtered(request: dict[str, Any]) -> Any:
        group = logs._log_groups.get(logs._resolve_log_group_name(request))
        if group is None:
            return logs.error_response_json("ResourceNotFoundException", "The specified log group does not exist.", 400)
        names, prefix = request.get("logStreamNames") or (), request.get("logStreamNamePrefix", "")
        if any(name not in group["streams"] for name in names):
            return logs.error_response_json(
                "ResourceNotFoundException", "The specified log stream does not exist.", 400
            )
        try:
            if names and prefix:
                raise ValueError("logStreamNames and logStreamNamePrefix are mutually exclusive.")
            matches, skipped = compiled(request.get("filterPattern", "")), _offset(request.get("nextToken"))
        except UnknownTokenError:
            return logs.error_response_json("InvalidParameterException", BAD_TOKEN, 400)
        except ValueError as error:
            return logs.error_response_json("InvalidParameterException", str(error), 400)
        low, high = request.get("startTime", 0), request.get("endTime", float("inf"))
        with logs._log_events_lock:
            streams = [
                [{**event, "logStreamName": name} for event in stream["events"] if low <= event["timestamp"] <= high]
                for name, stream in sorted(group["streams"].items())
                if (name in names if names else name.startswith(prefix))
            ]
        end = skipped + min(request.get("limit", MOST), MOST)
        events = [event for event in _merged(streams) if matches(event["message"])]
        page = {"events": events[skipped:end], "searchedLogStreams": []}
        return logs.json_response({**page, "nextToken": logs._encode_token(end)} if end < len(events) else page)

    logs._put_log_events, logs._filter_log_events = put, filtered


def _merged(streams: list[list[dict[str, Any]]]) -> Any:
    return heapq.merge(*streams, key=lambda event: (event["timestamp"], event.get("ingestionTime", 0)))


def _offset(token: str | None) -> int:
    """The number that ministack's tokens hold. Raises `UnknownTokenError`."""
    if not token:
        return 0
    try:
        text = base64.b64decode(token, validate=True).decode("ascii")
    except ValueError:
        raise UnknownTokenError(token) from None
    if not text.isdigit():
        raise UnknownTokenError(token)
    return int(text)
