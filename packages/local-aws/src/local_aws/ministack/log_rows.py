"""The rows of CloudWatch Logs: one per log group, one per stream, and one per some hundred events of it.

So an event that is put costs a small row, however much the group holds.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from ministack.core.responses import AccountRegionScopedDict, request_scope

from local_aws.files.keeper import Row

EVENTS = 200
"""Events of a row."""
GROUP, STREAM, CHUNK = "log_groups", "streams", "events"
REBUILT = "log_records"
"""The store that has every event a second time."""

Text = Callable[[Any], str]


def log_rows(groups: AccountRegionScopedDict, text: Text) -> Iterator[tuple[str, Row]]:
    """The rows of all log groups."""
    for group_key, group in list(groups._data.items()):
        yield repr((GROUP, group_key)), Row.of(text({**group, "streams": {}}))
        for name, stream in list(group["streams"].items()):
            events = stream["events"]
            yield repr((STREAM, group_key, name)), Row.of(text({**stream, "events": []}))
            for start in range(0, len(events), EVENTS):
                chunk = events[start : start + EVENTS]
                mark = (len(chunk), _mark(chunk[0]), _mark(chunk[-1]))
                yield repr((CHUNK, group_key, name, start)), Row(mark, partial(text, chunk))


def _mark(event: dict[str, Any]) -> Any:
    """What tells an event from others; a function's own have no id."""
    return event.get("eventId") or (event["timestamp"], event["message"])


def is_log_row(row: str) -> bool:
    """Whether `log_rows` wrote the row."""
    return ast.literal_eval(row)[0] in (GROUP, STREAM, CHUNK)


def log_groups(rows: dict[str, Any]) -> AccountRegionScopedDict:
    """The log groups of such rows, whose values are read already."""
    groups = AccountRegionScopedDict()
    by_kind: dict[str, list[tuple[Any, Any]]] = {GROUP: [], STREAM: [], CHUNK: []}
    for row, value in rows.items():
        kind, *key = ast.literal_eval(row)
        by_kind[kind].append((tuple(key), value))
    by_kind[CHUNK].sort(key=lambda chunk: chunk[0])
    for (group_key,), group in by_kind[GROUP]:
        groups._data[group_key] = group
    for (group_key, name), stream in by_kind[STREAM]:
        groups._data[group_key]["streams"][name] = stream
    for (group_key, name, _), events in by_kind[CHUNK]:
        groups._data[group_key]["streams"][name]["events"].extend(events)
    return groups


def rebuild_records(logs: Any) -> None:
    """Fill ministack's index of events by their pointer."""
    for (account, region, group), content in list(logs._log_groups._data.items()):
        with request_scope(account, region):
            for stream, events in content["streams"].items():
                for event in (each for each in events["events"] if "eventId" in each):
                    pointer = event["eventId"]
                    logs._log_records[pointer] = logs._build_log_record(
                        ptr=pointer,
                        timestamp_ms=event["timestamp"],
                        message=event["message"],
                        log_group=group,
                        log_stream=stream,
                    )
