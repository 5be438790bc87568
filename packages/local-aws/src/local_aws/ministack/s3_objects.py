"""S3's objects on disk: their contents always, what is known of them in the state file of a server that keeps one.

ministack holds contents in memory, and its own setting for files (S3_PERSIST) still reads every object whole, forgets
locks and parts, and keeps a path per key. So its records stay in memory as they are, and their bodies become
`StoredBody`. Stores and buckets note the keys that change; each key's records are one row, written before the response.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import threading
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from ministack.core.responses import StreamingResponse, get_account_id

from local_aws.api.errors import Response
from local_aws.files.state_file import StateFile
from local_aws.files.stored_bodies import PIECE, Bodies, StoredBody
from local_aws.ministack.large_objects import Snapshots

log = logging.getLogger("local_aws.state")

Key = tuple[str, str, str]
"""Account, bucket and key of an object."""
ROOM = "s3/objects"
PER_VERSION = {
    "tags": "_object_tags",
    "acl": "_object_acl",
    "annotations": "_object_annotations",
    "retention": "_object_retention",
    "legal_hold": "_object_legal_hold",
}
"""ministack's stores of what an object's versions have, by (bucket, key, version)."""
MARKERS = ("_persist_object", "_persist_delete_marker", "_persist_version_state")
"""ministack's functions that are called when an object's record is complete."""


class ObjectStore:
    """Keeps the objects of ministack's S3. One per process."""

    def __init__(self, s3: Any, bodies: Bodies, file: StateFile | None) -> None:
        self._s3, self._bodies, self._file = s3, bodies, file
        self._changed: set[Key] = set()
        self.buckets_changed: Callable[[], Awaitable[None]] = _nothing
        """Called after each request that may have changed a bucket itself."""
        self._lock = threading.RLock()
        s3._buckets._data = _Buckets(self._note, s3._buckets._data)
        s3._object_versions._data = _PerKey(self._note, s3._object_versions._data)
        for store in PER_VERSION.values():
            getattr(s3, store)._data = _PerKey(self._note, getattr(s3, store)._data)
        for name in MARKERS:
            setattr(s3, name, lambda bucket, key, *_: self._note((get_account_id(), bucket, key)))
        s3.md5_hash = _hashing(s3.md5_hash)
        s3._get_object_data = _read_whole(s3._get_object_data)
        s3._resolve_object_checksums = lambda body, *rest, inner=s3._resolve_object_checksums: inner(
            _whole(body), *rest
        )

    def restore(self) -> None:
        """Read the objects of the last run, whose buckets exist already."""
        for row, text in (self._file.rows(ROOM) if self._file else {}).items():
            account, bucket, key = json.loads(row)
            if (account, bucket) in self._s3._buckets._data:
                self._put((account, bucket, key), json.loads(text, object_hook=self._decoded))
        self.save()
        self._bodies.remove_others()

    def wrap(self, inner: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap S3's handler, to write what a request has changed, and to send large contents in pieces."""

        async def handle_request(
            method: str, path: str, headers: dict[str, str], *rest: Any, **options: Any
        ) -> Response:
            status, response_headers, body = await inner(method, path, headers, *rest, **options)
            if method not in ("GET", "HEAD", "OPTIONS"):
                bucket, key = self._s3._parse_bucket_key(path, headers)
                if key:
                    self._note((get_account_id(), bucket, key))
                else:
                    await self.buckets_changed()
                self.save()
            if isinstance(body, StoredBody):
                body = _streamed(response_headers, body)
            return status, response_headers, body

        return handle_request

    def save(self) -> None:
        """Move contents to disk, and write the rows of what has changed."""
        with self._lock:
            changed, self._changed = self._changed, set()
            garbage = self._bodies.garbage()
            rows = {}
            for key in changed:
                try:
                    rows[json.dumps(key)] = self._row(key)
                except OSError as error:  # a full disk: the object stays in memory, until there is room
                    log.error("%s/%s can't be written to the disk: %s", *key[1:], error)
                    self._changed.add(key)
            if not self._file or self._file.write(ROOM, rows):
                self._bodies.remove_garbage(garbage)

    def stored(self, body: Any) -> Any:
        """A body as a file, if it is in memory."""
        return self._bodies.store([bytes(body)]) if isinstance(body, (bytes, bytearray)) and body else body

    def store(self, pieces: Iterable[bytes]) -> StoredBody:
        """A new body."""
        return self._bodies.store(pieces)

    def _note(self, key: Key) -> None:
        self._changed.add(key)

    def _row(self, key: Key) -> str | None:
        account, bucket, name = key
        record = self._s3._buckets._data.get((account, bucket))
        if record is None:
            return None
        current = record["objects"].get(name)
        versions = self._s3._object_versions._data.get((account, (bucket, name))) or []
        if current is None and not versions:
            return None
        self._externalize(current, versions)
        if self._file is None:
            return None
        content = {"object": current, "versions": versions}
        identifiers = {None, *(version["version_id"] for version in versions)}
        for field, store in PER_VERSION.items():
            data = getattr(self._s3, store)._data
            own = [
                (each, data[account, (bucket, name, each)])
                for each in identifiers
                if (account, (bucket, name, each)) in data
            ]
            content |= {field: own} if own else {}
        return json.dumps(content, default=_encoded)

    def _externalize(self, current: dict[str, Any] | None, versions: list[dict[str, Any]]) -> None:
        """Write bodies that are in memory to disk; the current object and its version share one."""
        bodies: dict[int, Any] = {}
        for record, member in [(current, "body"), *((version, "data") for version in versions)]:
            body = record.get(member) if record else None
            if record and isinstance(body, (bytes, bytearray)) and body:
                record[member] = bodies.setdefault(id(body), None) or self.stored(body)
                bodies[id(body)] = record[member]

    def _put(self, key: Key, content: dict[str, Any]) -> None:
        account, bucket, name = key
        if content["object"] is not None:
            self._s3._buckets._data[account, bucket]["objects"][name] = content["object"]
        if content["versions"]:
            self._s3._object_versions._data[account, (bucket, name)] = content["versions"]
        for field, store in PER_VERSION.items():
            for identifier, value in content.get(field, ()):
                getattr(self._s3, store)._data[account, (bucket, name, identifier)] = value

    def _decoded(self, value: dict[str, Any]) -> Any:
        if set(value) == {"__body__"}:
            return self._bodies.stored(*value["__body__"])
        return bytes.fromhex(value["__bytes__"]) if set(value) == {"__bytes__"} else value


async def _nothing() -> None:
    """Keep nothing: without a state file."""


def _encoded(value: Any) -> Any:
    if isinstance(value, StoredBody):
        return {"__body__": [value.file.name, value.start, len(value)]}
    if isinstance(value, (bytes, bytearray)):
        return {"__bytes__": value.hex()}
    raise TypeError(f"{type(value).__name__} in an object's record")


class _Objects(Snapshots):
    """The objects of one bucket, which notes the keys that are set and removed."""

    def __init__(self, note: Callable[[str], None], objects: dict[str, Any]) -> None:
        super().__init__(objects)
        self._note = note
        for key in objects:
            note(key)

    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__(key, value)
        self._note(key)

    def __delitem__(self, key: str) -> None:
        super().__delitem__(key)
        self._note(key)

    def pop(self, key: str, *default: Any) -> Any:
        self._note(key)
        return super().pop(key, *default)

    def update(self, *others: Any, **more: Any) -> None:
        for key, value in dict(*others, **more).items():
            self[key] = value


class _Buckets(dict[tuple[str, str], Any]):
    """All buckets, which notes the keys of a bucket that is added or removed."""

    def __init__(self, note: Callable[[Key], None], buckets: dict[tuple[str, str], Any]) -> None:
        super().__init__()
        self._note = note
        for scoped, record in buckets.items():
            self[scoped] = record

    def __setitem__(self, scoped: tuple[str, str], record: Any) -> None:
        if not isinstance(record["objects"], _Objects):
            record["objects"] = _Objects(lambda key: self._note((*scoped, key)), record["objects"])
        super().__setitem__(scoped, record)

    def setdefault(self, scoped: tuple[str, str], record: Any = None) -> Any:
        if scoped not in self:
            self[scoped] = record
        return self[scoped]

    def __delitem__(self, scoped: tuple[str, str]) -> None:
        self.pop(scoped)

    def pop(self, scoped: tuple[str, str], *default: Any) -> Any:
        for key in self[scoped]["objects"] if scoped in self else ():
            self._note((*scoped, key))
        return super().pop(scoped, *default)


class _PerKey(dict[tuple[str, tuple[Any, ...]], Any]):
    """What is known of objects, by account and (bucket, key, ...), which notes the keys that are set and removed."""

    def __init__(self, note: Callable[[Key], None], values: dict[tuple[str, tuple[Any, ...]], Any]) -> None:
        super().__init__(values)
        self._note = note

    def __setitem__(self, scoped: tuple[str, tuple[Any, ...]], value: Any) -> None:
        super().__setitem__(scoped, value)
        self._tell(scoped)

    def __delitem__(self, scoped: tuple[str, tuple[Any, ...]]) -> None:
        super().__delitem__(scoped)
        self._tell(scoped)

    def setdefault(self, scoped: tuple[str, tuple[Any, ...]], value: Any = None) -> Any:
        self._tell(scoped)
        return super().setdefault(scoped, value)

    def pop(self, scoped: tuple[str, tuple[Any, ...]], *default: Any) -> Any:
        self._tell(scoped)
        return super().pop(scoped, *default)

    def _tell(self, scoped: tuple[str, tuple[Any, ...]]) -> None:
        account, (bucket, key, *_) = scoped
        self._note((account, bucket, key))


def _whole(body: Any) -> Any:
    return bytes(body) if isinstance(body, StoredBody) else body


def _read_whole(inner: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *arguments, **options: _whole(inner(*arguments, **options))


def _hashing(inner: Callable[[Any], str]) -> Callable[[Any], str]:
    def md5_hash(body: Any) -> str:
        if not isinstance(body, StoredBody):
            return inner(body)
        digest = hashlib.md5(usedforsecurity=False)
        for piece in body.pieces():
            digest.update(piece)
        return digest.hexdigest()

    return md5_hash


def _streamed(headers: dict[str, Any], body: StoredBody) -> Any:
    """The body of a response: at once if it is small, otherwise read in threads, piece by piece."""
    if len(body) <= PIECE:
        return bytes(body)
    headers.setdefault("Content-Length", str(len(body)))

    async def run(send: Any, _receive: Any) -> None:
        for first in range(0, len(body), PIECE):
            piece = await asyncio.to_thread(body.read, first, PIECE)
            await send({"type": "http.response.body", "body": piece, "more_body": first + PIECE < len(body)})

    return StreamingResponse(run)
