"""Messages between the front and a worker: a JSON header and a body of bytes, each preceded by its length."""

from __future__ import annotations

import json
import struct
from typing import IO, Any, NamedTuple

LENGTHS = struct.Struct("!IQ")


class Message(NamedTuple):
    """A message on the socket, in either direction."""

    header: dict[str, Any]
    body: bytes = b""


def encode(message: Message) -> bytes:
    """Encode a message."""
    header = json.dumps(message.header).encode()
    return LENGTHS.pack(len(header), len(message.body)) + header + message.body


def read(stream: IO[bytes]) -> Message | None:
    """Read the next message, or return None at the end of the stream."""
    lengths = stream.read(LENGTHS.size)
    if len(lengths) < LENGTHS.size:
        return None
    header_length, body_length = LENGTHS.unpack(lengths)
    return Message(json.loads(stream.read(header_length)), stream.read(body_length))
