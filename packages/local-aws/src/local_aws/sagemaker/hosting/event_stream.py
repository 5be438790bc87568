"""Amazon's event stream encoding (application/vnd.amazon.eventstream), in which a response stream is sent.

A message is: its length, the length of its headers, the CRC-32 of both, headers, payload, and the CRC-32 of all that.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping

CONTENT_TYPE = "application/vnd.amazon.eventstream"
STRING = 7
"""The type of a header's value."""


def payload_part(content: bytes) -> bytes:
    """The event of a part of the response."""
    headers = {
        ":event-type": "PayloadPart",
        ":content-type": "application/octet-stream",
        ":message-type": "event",
    }
    return _message(headers, content)


def exception(kind: str, members: Mapping[str, str]) -> bytes:
    """The event that ends a stream with an error, such as ModelStreamError."""
    headers = {":exception-type": kind, ":content-type": "application/json", ":message-type": "exception"}
    return _message(headers, json.dumps(members).encode())


def _message(headers: Mapping[str, str], payload: bytes) -> bytes:
    fields = b"".join(_header(name, value) for name, value in headers.items())
    prelude = struct.pack("!II", 16 + len(fields) + len(payload), len(fields))
    content = b"".join((prelude, struct.pack("!I", zlib.crc32(prelude)), fields, payload))
    return content + struct.pack("!I", zlib.crc32(content))


def _header(name: str, value: str) -> bytes:
    encoded, content = name.encode(), value.encode()
    return struct.pack("!B", len(encoded)) + encoded + struct.pack("!BH", STRING, len(content)) + content
