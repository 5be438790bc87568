"""PutLogEvents, FilterLogEvents and the tokens of CloudWatch Logs, as its API reference has them.

Users' reports and published tests against AWS confirm the words for a batch, and how it rejects events by their times;
not which indices it gives for events that are both too old and expired.
Note: ministack's own FilterLogEvents has no pages, ignores logStreamNamePrefix, and lets conditions on JSON match all.
"""

from __future__ import annotations

import base64
import heapq
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from local_aws.api.log_batches import MOST_BYTES, event_bytes
from local_aws.ministack.log_patterns import compiled

MOST = 10_000
"""Events of a page."""
HOUR = 3600 * 1000
DAY = 24 * HOUR
OLDEST, NEWEST = 14 * DAY, 2 * HOUR
"""Milliseconds before and after now, between which CloudWatch Logs takes events."""
BAD_TOKEN = "The specified nextToken is invalid."  # noqa: S105 (a message)


Event = Mapping[str, Any]


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
    """Replace FilterLogEvents, and let PutLogEvents refuse batches and reject events as CloudWatch Logs does."""
    put_events = logs._put_log_events

    def put(request: dict[str, Any]) -> Any:
        events = request.get("logEvents", ())
        group = logs._log_groups.get(request.get("logGroupName")) or {}
        first, end, rejected = _in_time(events, group.get("retentionInDays"), int(time.time() * 1000))
        if message := _batch_problem(events, events[first:end]):
            return logs.error_response_json("InvalidParameterException", message, 400)
        status, headers, body = put_events({**request, "logEvents": events[first:end]})
        if status == 200 and rejected:
            body = json.dumps({**json.loads(body), "rejectedLogEventsInfo": rejected}).encode()
        return status, headers, body

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


def _batch_problem(events: Sequence[Event], taken: Sequence[Event]) -> str | None:
    """Why CloudWatch Logs takes none of a batch; only the events that it would take have to be of one day."""
    times = [event["timestamp"] for event in events]
    sizes = [event_bytes(event["message"]) for event in events]
    if max(sizes, default=0) > MOST_BYTES:
        return f"Log event too large: {max(sizes)} bytes exceeds limit of {MOST_BYTES}"
    if sum(sizes) > MOST_BYTES:
        return f"Upload too large: {sum(sizes)} bytes exceeds limit of {MOST_BYTES}"
    if times != sorted(times):
        return "Log events in a single PutLogEvents request must be in chronological order."
    if taken and taken[-1]["timestamp"] - taken[0]["timestamp"] > DAY:
        return "The batch of log events in a single PutLogEvents request cannot span more than 24 hours."
    return None


def _in_time(events: Sequence[Event], retention: int | None, now: int) -> tuple[int, int, dict[str, int]]:
    """Where the events begin and end that are neither too old nor too new, and what is said of the others."""
    old = sum(event["timestamp"] < now - OLDEST for event in events)
    expired = sum(event["timestamp"] < now - retention * DAY for event in events) if retention else 0
    end = len(events) - sum(event["timestamp"] > now + NEWEST for event in events)
    rejected = {
        **({"tooOldLogEventEndIndex": old} if old else {}),
        **({"expiredLogEventEndIndex": expired} if expired > old else {}),
        **({"tooNewLogEventStartIndex": end} if end < len(events) else {}),
    }
    return max(old, expired), end, rejected


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
