"""The layers of images, on disk: `docker push` uploads and `docker pull` downloads them (OCI's distribution API).

Manifests and tags stay in the emulator, which would keep several copies of each layer in memory; an image with PyTorch
has gigabytes of them. As in ECR, each repository has separate layers, deleted with it.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from local_aws.ecr.names import RegistryNames
from local_aws.front.browsers import Application

_UPLOAD = re.compile(r"/v2/(?P<name>.+)/blobs/uploads/(?P<upload>[^/]*)")
_LAYER = re.compile(r"/v2/(?P<name>.+)/blobs/sha256:(?P<digest>[0-9a-f]{64})")
_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")
PART_BYTES = 1 << 20

Request = tuple[dict[str, Any], Any, Any]
"""An ASGI request: scope, receive, send."""


@dataclass
class _Upload:
    """An upload in progress."""

    path: Path
    size: int = 0
    digest: Any = field(default_factory=hashlib.sha256)
    parts: list[int] = field(default_factory=list)
    """Sizes of the parts that came by ECR's own operations."""

    def append(self, part: bytes) -> None:
        """Add what comes next."""
        with self.path.open("ab") as file:
            file.write(part)
        self.digest.update(part)
        self.size += len(part)


class NoUploadError(LookupError):
    """There is no such upload, or it has been completed."""


class Layers:
    """All repositories' layers, in one folder. ``exists`` returns whether a repository exists in an account."""

    def __init__(self, folder: Path, names: RegistryNames, exists: Callable[[str, str], bool]) -> None:
        self._folder, self._names, self._exists = folder, names, exists
        self._uploads: dict[tuple[str, str], _Upload] = {}
        """Uploads in progress, by repository and id."""
        for path in folder.glob("*"):
            if path.is_file():  # an upload that the last server had begun; layers are in their repository's folder
                path.unlink()

    def application(self, inner: Application) -> Application:
        """Wrap ``inner`` to serve the URLs of layers here."""

        async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
            match = scope["type"] == "http" and (_UPLOAD.fullmatch(scope["path"]) or _LAYER.fullmatch(scope["path"]))
            if not match:
                await inner(scope, receive, send)
                return
            request, (name, key) = (scope, receive, send), match.groups()
            if not self._exists(*self._names.parts(name)):
                message = f"The repository with name '{name}' does not exist in the local AWS's registry"
                await _refuse(request, 404, "NAME_UNKNOWN", message)
                return
            await (self._on_upload if match.re is _UPLOAD else self._on_layer)(request, name, key)

        return application

    def forget(self, repository: str) -> None:
        """Delete a repository's layers."""
        shutil.rmtree(self._place(repository), ignore_errors=True)

    def size(self, repository: str, digest: str) -> int | None:
        """Bytes of a layer; None if the repository does not have it."""
        found = _DIGEST.fullmatch(str(digest))
        path = self._place(repository) / found[1] if found else None
        return path.stat().st_size if path and path.is_file() else None

    def begin(self, repository: str) -> str:
        """Begin an upload to a repository; returns its id."""
        upload = str(uuid.uuid4())
        self._folder.mkdir(parents=True, exist_ok=True)
        self._uploads[repository, upload] = _Upload(self._folder / upload)
        self._uploads[repository, upload].path.touch()
        return upload

    def upload(self, repository: str, upload: str) -> _Upload:
        """A repository's upload by its id; raises `NoUploadError`."""
        if (repository, upload) not in self._uploads:
            raise NoUploadError(upload)
        return self._uploads[repository, upload]

    def finish(self, repository: str, upload: str, digest: str) -> None:
        """Make an upload a layer of a repository, by the digest that it has."""
        target = self._place(repository) / digest.removeprefix("sha256:")
        target.parent.mkdir(parents=True, exist_ok=True)
        self._uploads.pop((repository, upload)).path.replace(target)

    async def _on_upload(self, request: Request, name: str, upload: str) -> None:
        method, query = request[0]["method"], parse_qs(request[0]["query_string"].decode())
        if method == "POST" and not upload:
            await self._begin(request, name, query)
            return
        if (name, upload) not in self._uploads:
            await _refuse(request, 404, "BLOB_UPLOAD_UNKNOWN", "There is no such upload, or it has been completed")
            return
        if method == "DELETE":
            self._uploads.pop((name, upload)).path.unlink(missing_ok=True)
            await _answer(request, 204)
            return
        if method in ("PATCH", "PUT"):
            await self._append(request, self._uploads[name, upload])
        if method == "PUT":
            await self._complete(request, name, upload, query.get("digest", [""])[0])
            return
        await self._told(request, 204 if method == "GET" else 202, name, upload)

    async def _begin(self, request: Request, name: str, query: dict[str, list[str]]) -> None:
        """Start an upload, or finish at once if another repository has the layer or the request contains it."""
        digest = query.get("mount", [""])[0].removeprefix("sha256:")
        source = self._place(query.get("from", [""])[0]) / digest
        if re.fullmatch(r"[0-9a-f]{64}", digest) and source.is_file():
            target = self._place(name) / digest
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                os.link(source, target)
            await self._created(request, name, digest)
            return
        upload = self.begin(name)
        if "digest" in query:
            await self._append(request, self._uploads[name, upload])
            await self._complete(request, name, upload, query["digest"][0])
        else:
            await self._told(request, 202, name, upload)

    async def _append(self, request: Request, upload: _Upload) -> None:
        more = True
        while more:
            message = await request[1]()
            upload.append(message.get("body", b""))
            more = message.get("more_body", False)

    async def _complete(self, request: Request, name: str, upload: str, digest: str) -> None:
        finished = self._uploads[name, upload]
        actual = finished.digest.hexdigest()
        if digest != f"sha256:{actual}":
            self._uploads.pop((name, upload)).path.unlink()
            await _refuse(request, 400, "DIGEST_INVALID", f"The layer is sha256:{actual}, and not {digest}")
            return
        self.finish(name, upload, digest)
        await self._created(request, name, actual)

    async def _told(self, request: Request, status: int, name: str, upload: str) -> None:
        last = max(0, self._uploads[name, upload].size - 1)
        location = f"/v2/{name}/blobs/uploads/{upload}"
        await _answer(request, status, {"Location": location, "Range": f"0-{last}", "Docker-Upload-UUID": upload})

    async def _created(self, request: Request, name: str, digest: str) -> None:
        location = f"/v2/{name}/blobs/sha256:{digest}"
        await _answer(request, 201, {"Location": location, "Docker-Content-Digest": f"sha256:{digest}"})

    async def _on_layer(self, request: Request, name: str, digest: str) -> None:
        path = self._place(name) / digest
        if not path.is_file():
            await _refuse(request, 404, "BLOB_UNKNOWN", f"There is no layer sha256:{digest} in {name}")
            return
        headers = {"Content-Length": str(path.stat().st_size), "Docker-Content-Digest": f"sha256:{digest}"}
        headers["Content-Type"] = "application/octet-stream"
        if request[0]["method"] == "HEAD":
            await _answer(request, 200, headers)
            return
        await _start(request, 200, headers)
        with path.open("rb") as file:
            while part := await asyncio.to_thread(file.read, PART_BYTES):
                await request[2]({"type": "http.response.body", "body": part, "more_body": True})
        await request[2]({"type": "http.response.body", "body": b""})

    def _place(self, repository: str) -> Path:
        """A repository's folder, named by a hash, because the client's name must not become a path."""
        return self._folder / hashlib.sha256(self._names.shortest(repository).encode()).hexdigest()


async def _refuse(request: Request, status: int, code: str, message: str) -> None:
    body = json.dumps({"errors": [{"code": code, "message": message}]}).encode()
    await _answer(request, status, {"Content-Type": "application/json"}, body)


async def _answer(request: Request, status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> None:
    await _start(request, status, {"Content-Length": str(len(body)), **(headers or {})})
    await request[2]({"type": "http.response.body", "body": body})


async def _start(request: Request, status: int, headers: dict[str, str]) -> None:
    pairs: Iterator[tuple[bytes, bytes]] = (
        (name.lower().encode(), value.encode())
        for name, value in {"Docker-Distribution-API-Version": "registry/2.0", **headers}.items()
    )
    await request[2]({"type": "http.response.start", "status": status, "headers": list(pairs)})
