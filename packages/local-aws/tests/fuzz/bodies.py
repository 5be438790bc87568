"""What can be wrong with the bytes of a request."""

from __future__ import annotations

from collections.abc import Callable

Bytes = bytes | Callable[[bytes], bytes]
WIRE: dict[str, Bytes] = {
    "no JSON": b"{not json",
    "half": lambda body: body[: len(body) // 2],
    "tail": lambda body: body + b"}",
    "twice": lambda body: body + body,
    "null": b"null",
    "list": b"[]",
    "number": b"1",
    "text": b'"x"',
    "equal keys": b'{"Zz": 1, "Zz": 2}',
    "UTF-16": lambda body: body.decode().encode("utf-16"),
    "no UTF-8": lambda body: body[:-1] + b', "\xff\xfe": 1}',
    "control": b'{"a\x01b": 1}',
    "lists": b"[" * 200_000,
    "objects": b'{"a":' * 500,
    "form": b"Action=ListModels&Version=2017-07-24",
    "XML": b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
}
"""Bodies, or changes to one, that AWS has to refuse."""
HARMLESS: dict[str, Bytes] = {
    "no body": b"",
    "byte order mark": lambda body: b"\xef\xbb\xbf" + body,
    "spaces": lambda body: b" " * 100_000 + body,
}
"""Bodies that it may accept."""


def changed(fault: str, body: bytes) -> bytes:
    """The body with one of these faults."""
    change = {**WIRE, **HARMLESS}[fault]
    return change if isinstance(change, bytes) else change(body)


TYPES = (
    None,
    "",
    "application/xml",
    "text/plain; charset=utf-16",
    "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded",
)
