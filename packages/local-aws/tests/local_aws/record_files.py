"""RecordIO files of protobuf records, written byte by byte: an independent reading of AWS's definition."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

FEATURES, LABEL, VALUE = 1, 2, 2
"""Numbers of the fields: of Record, and of a map's entry."""
TENSORS = {"f": 2, "d": 3}
"""Number of Value's field for tensors of 32-bit and of 64-bit floats."""


def record_file(rows: Iterable[Sequence[float]], labels: Sequence[float] | None = None, kind: str = "f") -> bytes:
    """A record per row."""
    bodies = []
    for index, row in enumerate(rows):
        body = _entry(FEATURES, row, kind)
        bodies.append(body + (_entry(LABEL, [labels[index]], kind) if labels is not None else b""))
    return b"".join(struct.pack("<II", 0xCED7230A, len(body)) + body + b"\0" * (-len(body) % 4) for body in bodies)


def records_of(content: bytes) -> list[bytes]:
    """The serialized records of a RecordIO file."""
    bodies = []
    while content:
        magic, length = struct.unpack_from("<II", content)
        assert magic == 0xCED7230A
        bodies.append(content[8 : 8 + length])
        content = content[8 + length + -length % 4 :]
    return bodies


def _entry(number: int, values: Sequence[float], kind: str) -> bytes:
    """An entry of the map ``features`` or ``label`` with the key ``values``."""
    tensor = _field(1, struct.pack(f"<{len(values)}{kind}", *values))
    return _field(number, _field(1, b"values") + _field(VALUE, _field(TENSORS[kind], tensor)))


def _field(number: int, content: bytes) -> bytes:
    """A length-delimited field; lengths of several bytes are base-128 numbers."""
    length, size = bytearray(), len(content)
    while size > 127:
        length.append(size & 127 | 128)
        size >>= 7
    return bytes([number << 3 | 2, *length, size]) + content
