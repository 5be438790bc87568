"""A read-only folder whose files are downloaded on reading: the kernel's FUSE protocol on /dev/fuse.

It needs no library or helper program: the supervisor mounts inside the program's own namespaces and passes on the
descriptor, and this responds. Layouts are those of linux/fuse.h, version 7.31, which later kernels support.
"""

from __future__ import annotations

import errno
import logging
import os
import struct
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from stat import S_IFDIR, S_IFREG

from local_aws.runtimes.base import LazyFile

log = logging.getLogger("local_aws.fuse")

REQUEST_BYTES = 132 * 1024
"""Room for the longest request: the kernel refuses to write one to a buffer below its minimum."""
READ_PAGES = 256
"""Pages that the kernel may request at once: 1 MiB."""
PARALLEL_READS = 4
FOREVER = 3600 * 24
"""Seconds for which the kernel may cache a response: nothing changes here."""
ASYNC_READ, PARALLEL_LOOKUPS, MAX_PAGES = 1 << 0, 1 << 18, 1 << 22
KEEP_CACHE = 1 << 1
IN_HEADER, OUT_HEADER = struct.Struct("<IIQQIIII"), struct.Struct("<IiQ")
ATTRIBUTES = struct.Struct("<QQQQQQIIIIIIIIII")
READ_REQUEST = struct.Struct("<QQI")


@dataclass
class Node:
    """A file, or a folder."""

    number: int
    file: LazyFile | None = None
    children: dict[str, Node] = field(default_factory=dict)


class LazyFolder:
    """The tree of some files, served until it is unmounted."""

    def __init__(self, files: Sequence[LazyFile]) -> None:
        self._nodes = [Node(1)]
        for file in files:
            self._add(file)
        self._answers: dict[int, Callable[[Node, bytes], bytes | None]] = {
            1: self._lookup,
            3: lambda node, _: struct.pack("<QII", FOREVER, 0, 0) + self._attributes(node),
            14: lambda _node, _body: struct.pack("<QII", 0, KEEP_CACHE, 0),  # open
            17: lambda _node, _body: struct.pack("<QQQQQIIII24x", 0, 0, 0, len(self._nodes), 0, 4096, 255, 4096, 0),
            18: lambda _node, _body: b"",  # release
            25: lambda _node, _body: b"",  # flush
            26: self._start,
            27: lambda _node, _body: struct.pack("<QII", 0, 0, 0),  # open a folder
            28: self._list,
            29: lambda _node, _body: b"",  # release a folder
            38: lambda _node, _body: b"",  # destroy
        }
        """Handlers by operation number. `forget` (2, 42), `interrupt` (36): no response; `read` (15): see `serve`."""

    def serve(self, device: int) -> None:
        """Respond to the kernel on ``device`` until the folder is unmounted; closes it."""
        with ThreadPoolExecutor(PARALLEL_READS, thread_name_prefix="fuse") as readers:
            try:
                while request := self._next(device):
                    _, operation, unique, number, *_ = IN_HEADER.unpack_from(request)
                    body, node = request[IN_HEADER.size :], self._nodes[number - 1] if number else self._nodes[0]
                    if operation == 15:
                        readers.submit(self._answer, device, unique, self._read, node, body)
                    elif operation not in (2, 36, 42):
                        self._answer(device, unique, self._answers.get(operation, _unknown), node, body)
            finally:
                os.close(device)

    def _next(self, device: int) -> bytes:
        while True:
            try:
                return os.read(device, REQUEST_BYTES)
            except OSError as error:
                if error.errno == errno.ENODEV:  # unmounted
                    return b""
                if error.errno not in (errno.ENOENT, errno.EINTR, errno.EAGAIN):  # an interrupted request
                    raise

    def _answer(
        self, device: int, unique: int, operation: Callable[[Node, bytes], bytes | None], node: Node, body: bytes
    ) -> None:
        failure, content = 0, b""
        try:
            content = operation(node, body) or b""
        except OSError as error:
            failure = -(error.errno or errno.EIO)
        except Exception as error:  # the program sees an I/O error, and this log the cause
            log.warning("reading %s: %s", node.file.name if node.file else "a folder", error)
            failure = -errno.EIO
        header = OUT_HEADER.pack(OUT_HEADER.size + len(content), failure, unique)
        try:
            os.write(device, header + content)
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ENODEV):  # no program waits any more
                log.warning("the kernel refused an answer: %s", error)

    def _start(self, _node: Node, body: bytes) -> bytes:
        _, _, ahead, offered = struct.unpack_from("<IIII", body)
        flags = offered & (ASYNC_READ | PARALLEL_LOOKUPS | MAX_PAGES)
        return struct.pack("<IIIIHHIIHHI28x", 7, 31, ahead, flags, 16, 12, 4096, 1, READ_PAGES, 0, 0)

    def _lookup(self, node: Node, body: bytes) -> bytes:
        name = body.rstrip(b"\0").decode("utf-8", "surrogateescape")
        if name not in node.children:
            raise FileNotFoundError(errno.ENOENT, name)
        child = node.children[name]
        return struct.pack("<QQQQII", child.number, 0, FOREVER, FOREVER, 0, 0) + self._attributes(child)

    def _read(self, node: Node, body: bytes) -> bytes:
        _, start, length = READ_REQUEST.unpack_from(body)
        if node.file is None:
            raise IsADirectoryError(errno.EISDIR, "a folder")
        length = min(length, node.file.size - start)
        return node.file.read(start, length) if length > 0 else b""

    def _list(self, node: Node, body: bytes) -> bytes:
        _, start, room = READ_REQUEST.unpack_from(body)
        listing = b""
        for position, (name, child) in enumerate(list(node.children.items())[start:], start=start + 1):
            encoded = name.encode("utf-8", "surrogateescape")
            entry = struct.pack("<QQII", child.number, position, len(encoded), 8 if child.file else 4) + encoded
            entry += b"\0" * (-len(entry) % 8)
            if len(listing) + len(entry) > room:
                break
            listing += entry
        return listing

    def _attributes(self, node: Node) -> bytes:
        size = node.file.size if node.file else 0
        mode = S_IFREG | 0o444 if node.file else S_IFDIR | 0o555
        owner = (os.geteuid(), os.getegid())
        return ATTRIBUTES.pack(node.number, size, -(-size // 512), 0, 0, 0, 0, 0, 0, mode, 1, *owner, 0, 4096, 0)

    def _add(self, file: LazyFile) -> None:
        *folders, name = [part for part in file.name.split("/") if part not in ("", ".", "..")]
        parent = self._nodes[0]
        for folder in folders:
            parent = parent.children.get(folder) or self._append(parent, folder, None)
        self._append(parent, name, file)

    def _append(self, parent: Node, name: str, file: LazyFile | None) -> Node:
        node = Node(len(self._nodes) + 1, file)
        self._nodes.append(node)
        parent.children[name] = node
        return node


def _unknown(_node: Node, _body: bytes) -> bytes:
    raise OSError(errno.ENOSYS, "not part of a read-only folder")
