"""RecordIO files, and the protobuf message Record that SageMaker's algorithms read and answer.

Sources: "Common Data Formats for Training" in the developer guide, which has the message's definition, and MXNet's
RecordIO: a magic number, a length, the record, and zeros up to a multiple of four bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

MAGIC = 0xCED7230A
LENGTH_BITS = 29
WHOLE, FIRST, MIDDLE, LAST = 0, 1, 2, 3
"""Which part of a record it is: one that contains the magic number is split there."""
TENSORS = (("Float32Tensor", "FLOAT", 2), ("Float64Tensor", "DOUBLE", 3), ("Int32Tensor", "INT32", 7))
"""Name of the message, type of its values, number of its field in Value."""
FEATURES = "values"
"""The key of a record's vector and of its label."""


class RecordError(ValueError):
    """Bytes that are no RecordIO, or whose records are no protobuf."""


def split(content: bytes) -> Iterator[bytes]:
    """The records of a RecordIO file. Raises `RecordError` with the position."""
    position, parts = 0, []
    while position < len(content):
        if len(content) - position < 8:
            raise RecordError(f"The RecordIO record at position {position} is incomplete")
        magic, header = struct.unpack_from("<II", content, position)
        if magic != MAGIC:
            raise RecordError(
                f"The header of the MXNet RecordIO record at position {position} in the dataset does not start with a "
                "valid magic number"
            )
        length, part = header & ((1 << LENGTH_BITS) - 1), header >> LENGTH_BITS
        body = content[position + 8 : position + 8 + length]
        if len(body) < length:
            raise RecordError(f"The RecordIO record at position {position} is incomplete")
        position += 8 + (length + 3) // 4 * 4
        parts.append(body)
        if part in (WHOLE, LAST):
            yield struct.pack("<I", MAGIC).join(parts)
            parts = []


def join(records: Iterable[bytes]) -> bytes:
    """A RecordIO file of the records."""
    padded = (struct.pack("<II", MAGIC, len(body)) + body + b"\0" * (-len(body) % 4) for body in records)
    return b"".join(padded)


def parse(content: bytes) -> list[Any]:
    """The protobuf records of a RecordIO file. Raises `RecordError`."""
    try:
        return [Record.FromString(body) for body in split(content)]
    except RecordError:
        raise
    except Exception as error:  # protobuf's DecodeError has no public module that all its versions share
        raise RecordError(f"A record is no protobuf Record: {error}") from error


def labelled(labels: Mapping[str, Sequence[float]]) -> bytes:
    """A serialized record without features, as algorithms answer."""
    record = Record()
    for name, values in labels.items():
        record.label[name].float32_tensor.values.extend(values)
    return bytes(record.SerializeToString())


def _record_class() -> Any:
    """The class of the message Record, made without protoc from the definition in AWS's documentation."""
    file = descriptor_pb2.FileDescriptorProto(name="record.proto", package="aialgs.data", syntax="proto2")
    for name, kind, _ in TENSORS:
        tensor = file.message_type.add(name=name)
        for number, (field, of) in enumerate((("values", kind), ("keys", "UINT64"), ("shape", "UINT64")), 1):
            added = tensor.field.add(name=field, number=number, type=f"TYPE_{of}", label="LABEL_REPEATED")
            added.options.packed = True
    content = file.message_type.add(name="Bytes")
    content.field.add(name="value", number=1, type="TYPE_BYTES", label="LABEL_REPEATED")
    content.field.add(name="content_type", number=2, type="TYPE_STRING", label="LABEL_OPTIONAL")
    value = file.message_type.add(name="Value")
    value.oneof_decl.add(name="value")
    fields = [(f"{name[:-6].lower()}_tensor", number, name) for name, _, number in TENSORS]
    for field, number, of in [*fields, ("bytes", 9, "Bytes")]:
        _message(value, field, number, of).oneof_index = 0
    record = file.message_type.add(name="Record")
    for number, field in enumerate(("features", "label"), 1):
        entry = record.nested_type.add(name=f"{field.capitalize()}Entry")
        entry.options.map_entry = True
        entry.field.add(name="key", number=1, type="TYPE_STRING", label="LABEL_OPTIONAL")
        _message(entry, "value", 2, "Value")
        _message(
            record, field, number, f"Record.{entry.name}"
        ).label = descriptor_pb2.FieldDescriptorProto.LABEL_REPEATED
    for number, field in enumerate(("uid", "metadata", "configuration"), 3):
        record.field.add(name=field, number=number, type="TYPE_STRING", label="LABEL_OPTIONAL")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("aialgs.data.Record"))


def _message(parent: Any, name: str, number: int, of: str) -> Any:
    options = {"type": "TYPE_MESSAGE", "label": "LABEL_OPTIONAL", "type_name": f".aialgs.data.{of}"}
    return parent.field.add(name=name, number=number, **options)


Record = _record_class()
