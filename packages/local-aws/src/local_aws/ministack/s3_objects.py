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
from local_aws.files.state_file import OBJECTS, StateFile
from local_aws.files.stored_bodies import PIECE, Bodies, StoredBody
from local_aws.ministack.noted import Buckets, Key, PerKey
from local_aws.ministack.uploads import files_for_uploads

log = logging.getLogger("local_aws.state")

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
        self._lock, self._noting = threading.Lock(), threading.Lock()
        s3._buckets._data = Buckets(self._note, s3._buckets._data)
        s3._object_versions._data = PerKey(self._note, s3._object_versions._data)
        for store in PER_VERSION.values():
            getattr(s3, store)._data = PerKey(self._note, getattr(s3, store)._data)
        for name in MARKERS:
            setattr(s3, name, lambda bucket, key, *_: self._note((get_account_id(), bucket, key)))
        s3.md5_hash = _hashing(s3.md5_hash)
        s3._get_object_data = _read_whole(s3._get_object_data)
        self.files = files_for_uploads(s3, bodies)
        """Begins the file of a large upload."""

    def restore(self) -> None:
        """Read the objects of the last run, whose buckets exist already."""
        for row, text in (self._file.rows(OBJECTS) if self._file else {}).items():
            account, bucket, key = json.loads(row)
            if (account, bucket) in self._s3._buckets._data:
                self._put((account, bucket, key), json.loads(text))
            else:  # the server was killed before it wrote the bucket, whose creation no response had told of
                self._note((account, bucket, key))
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
                    self._move_to_disk((get_account_id(), bucket, key))  # without the lock, as it may be gigabytes
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
            garbage = self._bodies.garbage()  # first, so that the rows below no longer name it
            with self._noting:
                changed, self._changed = self._changed, set()
            rows = {json.dumps(key): self._row(key) for key in changed if self._move_to_disk(key)}
            if not self._file or self._file.write(OBJECTS, rows):
                self._bodies.remove_garbage(garbage)

    def remove(self) -> None:
        """Remove all contents, because the server ends and keeps nothing."""
        self._bodies.remove()

    def stored(self, body: Any) -> Any:
        """A body as a file, if it is in memory and the disk has room."""
        try:
            return self._stored(body)
        except OSError as error:
            log.error("a part of an upload can't be written to the disk: %s", error)
            return body

    def _stored(self, body: Any) -> Any:
        return self._bodies.store([bytes(body)]) if isinstance(body, (bytes, bytearray)) and body else body

    def store(self, pieces: Iterable[bytes]) -> StoredBody:
        """A new body."""
        return self._bodies.store(pieces)

    def _note(self, key: Key) -> None:
        with self._noting:
            self._changed.add(key)

    def _records(self, key: Key) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
        """The current object of a key, and its versions."""
        account, bucket, name = key
        record = self._s3._buckets._data.get((account, bucket))
        versions = self._s3._object_versions._data.get((account, (bucket, name)))
        return (record["objects"].get(name), versions or []) if record else (None, [])

    def _row(self, key: Key) -> str | None:
        account, bucket, name = key
        current, versions = self._records(key)
        if self._file is None or (current is None and not versions):
            return None
        content: dict[str, Any] = {"object": current, "versions": versions}
        identifiers = {None, *(version["version_id"] for version in versions)}
        for field, store in PER_VERSION.items():
            data = getattr(self._s3, store)._data
            values = {each: data.get((account, (bucket, name, each))) for each in identifiers}
            own = [(each, value) for each, value in values.items() if value is not None]
            content |= {field: own} if own else {}
        return json.dumps(content, default=_encoded)

    def _move_to_disk(self, key: Key) -> bool:
        """Write bodies from memory to files; the current object and its version share one. False without room."""
        current, versions = self._records(key)
        bodies: dict[int, Any] = {}
        for record, member in [(current, "body"), *((version, "data") for version in versions)]:
            body = record.get(member) if record else None
            if record and isinstance(body, (bytes, bytearray)) and body:
                try:
                    stored = bodies.get(id(body)) or self._stored(body)
                except OSError as error:  # a full disk: the object stays in memory, until there is room
                    log.error("%s/%s is in memory only, as the disk can't take it: %s", *key[1:], error)
                    self._note(key)
                    return False
                with self._noting:  # a thread that was faster may have written the row with its file
                    if record[member] is body:
                        record[member] = stored
                bodies[id(body)] = record[member]
        return True

    def _put(self, key: Key, content: dict[str, Any]) -> None:
        account, bucket, name = key
        if content["object"] is not None:
            self._s3._buckets._data[account, bucket]["objects"][name] = self._decoded(content["object"], "body")
        if content["versions"]:
            versions = [self._decoded(version, "data") for version in content["versions"]]
            self._s3._object_versions._data[account, (bucket, name)] = versions
        for field, store in PER_VERSION.items():
            for identifier, value in content.get(field, ()):
                getattr(self._s3, store)._data[account, (bucket, name, identifier)] = value

    def _decoded(self, record: dict[str, Any], member: str) -> dict[str, Any]:
        """A record with its body. Its other members are as the client wrote them, whatever their names."""
        match record.get(member):
            case {"__body__": reference}:
                return {**record, member: self._bodies.stored(*reference)}
            case {"__bytes__": text}:
                return {**record, member: bytes.fromhex(text)}
        return record


async def _nothing() -> None:
    """Keep nothing: without a state file."""


def _encoded(value: Any) -> Any:
    if isinstance(value, StoredBody):
        return {"__body__": [value.file.name, value.start, len(value)]}
    if isinstance(value, (bytes, bytearray)):
        return {"__bytes__": value.hex()}
    raise TypeError(f"{type(value).__name__} in an object's record")


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
