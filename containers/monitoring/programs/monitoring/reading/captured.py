"""The files that an endpoint's data capture writes: a JSON object per line, each a request with its answer.

Note: the folder's hour is that of the first record, so only `inferenceTime` says whether a record is in the window.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from monitoring.reading.events import Payload, Problems, Reader, Record
from monitoring.reading.layout import UnreadableError

NO_JSON = "a line that is no JSON"
NO_UTF8 = "bytes that are no UTF-8"
NO_CAPTURE = "a line that is no captured request"


class Bounds(NamedTuple):
    """The time from `start` on and before `end`."""

    start: datetime
    end: datetime

    def holds(self, time: datetime | None) -> bool:
        """Whether a time is within; an unknown one is, because its file was chosen for the window."""
        return time is None or self.start <= time < self.end


def captured_records(folder: Path, reader: Reader, window: Bounds) -> Iterator[Record]:
    """The records of all files below a folder, in order, also those before and after the window.

    What can't be read is counted only for the window: what lies around it was another report's.
    """
    silent = Reader(reader.layout, reader.task)
    for path in sorted(folder.rglob("*.jsonl")):
        with path.open("rb") as lines:
            for line in filter(bytes.strip, lines):
                try:
                    event = parsed_line(line)
                    identity, time = _identity(event)
                    yield from _records(event, identity, time, reader if window.holds(time) else silent)
                except UnreadableError as error:
                    reader.problems.add(str(error))


def _records(event: Mapping[str, object], identity: str, time: datetime, reader: Reader) -> list[Record]:
    data = _member(event, "captureData")
    request = _payload(data, "endpointInput", reader.problems)
    response = _payload(data, "endpointOutput", reader.problems)
    return reader.records(identity, time, request, response)


def parsed_line(line: bytes) -> Mapping[str, object]:
    """A line of a captured file or of labels; UnreadableError if it is no JSON object."""
    try:
        event = json.loads(line.decode())
    except UnicodeDecodeError:
        raise UnreadableError(NO_UTF8) from None
    except (ValueError, RecursionError):
        raise UnreadableError(NO_JSON) from None
    if not isinstance(event, dict):
        raise UnreadableError(NO_JSON)
    return event


def _identity(event: Mapping[str, object]) -> tuple[str, datetime]:
    """The id by which labels are merged, and the time. As in Model Monitor, `inferenceId` goes before `eventId`."""
    metadata = _member(event, "eventMetadata")
    identity = metadata.get("inferenceId") or metadata.get("eventId")
    try:
        time = datetime.fromisoformat(str(metadata.get("inferenceTime")))
    except ValueError:
        raise UnreadableError("a captured request without inferenceTime") from None
    return str(identity or ""), time if time.tzinfo else time.replace(tzinfo=UTC)


def _member(event: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = event.get(name)
    if not isinstance(value, dict):
        raise UnreadableError(NO_CAPTURE)
    return value


def _payload(data: Mapping[str, object], side: str, problems: Problems) -> Payload | None:
    """The body of one side; None if it was not captured, or can't be decoded, which is counted."""
    part = data.get(side)
    if not isinstance(part, dict):
        return None
    body = part.get("data")
    if not isinstance(body, str):
        body = json.dumps(body)
    content_type = str(part.get("observedContentType") or "")
    if part.get("encoding") == "BASE64":
        try:
            body = base64.b64decode(body, validate=True).decode()
        except UnicodeDecodeError:
            problems.add(f"{NO_UTF8}, of content type {content_type.partition(';')[0]}")
            return None
        except ValueError:  # binascii.Error, or text that is not ASCII
            problems.add("base64 that can't be decoded")
            return None
    if not content_type:
        content_type = {"CSV": "text/csv", "JSON": "application/json"}.get(str(part.get("encoding")), "")
    return Payload(body, content_type)
