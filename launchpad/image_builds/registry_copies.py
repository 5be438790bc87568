"""Copies an image from one repository of Amazon ECR to another, byte for byte, over the registry's HTTP API.

Docker is not needed, and would not do: a pull and a push may compress layers anew, which gives another digest. Each
layer and the manifest are hashed on the way, so that the copy has the digest of the source or doesn't exist (OCI
distribution specification, which Amazon ECR implements).
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any
from urllib.parse import urljoin

from launchpad.images.manifests import RUNNABLE_MEDIA_TYPE
from launchpad.messages.errors import LaunchpadError

PIECE = 1 << 20
SECONDS = 120.0


@dataclass(frozen=True)
class Repository:
    """A repository, as the principal that `authorization` belongs to sees it."""

    registry: str
    """The registry's address, such as `https://111111111111.dkr.ecr.eu-west-1.amazonaws.com`."""
    name: str
    authorization: str

    def request(
        self, method: str, path: str, body: IO[bytes] | bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Any:
        """Send a request; `path` is below the repository, or an address that the registry returned.

        Raises:
            urllib.error.HTTPError: the registry refused it.
        """
        url = urljoin(f"{self.registry}/v2/{self.name}/", path)
        request = urllib.request.Request(url, body, dict(headers or {}), method=method)  # noqa: S310 -- https, or loopback
        # Amazon ECR redirects a layer's download to S3, which refuses a second kind of authorization.
        request.add_unredirected_header("Authorization", self.authorization)
        return urllib.request.urlopen(request, timeout=SECONDS)  # noqa: S310

    def has_layer(self, digest: str) -> bool:
        """Whether the repository has the layer."""
        try:
            with self.request("HEAD", f"blobs/{digest}"):
                return True
        except urllib.error.HTTPError as error:
            if error.code != 404:
                raise
            return False


def copy_image(source: Repository, target: Repository, tag: str) -> str:
    """Copy the image with this tag, layers first; return its digest, which is the same in both.

    Raises:
        LaunchpadError: it is no single image that SageMaker runs, or what arrived is not what was named.
        urllib.error.URLError: a registry refused a request, or doesn't answer.
    """
    with source.request("GET", f"manifests/{tag}", headers={"Accept": RUNNABLE_MEDIA_TYPE}) as response:
        manifest, media_type = response.read(), response.headers["Content-Type"]
    if media_type != RUNNABLE_MEDIA_TYPE:
        raise LaunchpadError(f"{source.name}:{tag} has a manifest of type {media_type}, which SageMaker doesn't run")
    digest = _digest(manifest)
    for layer in _layers(manifest):
        if not target.has_layer(layer):
            _copy_layer(source, target, layer)
    with target.request("PUT", f"manifests/{tag}", manifest, {"Content-Type": media_type}) as response:
        stored = response.headers["Docker-Content-Digest"]
    if stored != digest:
        raise LaunchpadError(f"{target.name}:{tag} has digest {stored}, and {source.name}:{tag} has {digest}")
    return digest


def _layers(manifest: bytes) -> Iterator[str]:
    """The digests of all that the manifest needs; the image's configuration is stored as a layer too."""
    content = json.loads(manifest)
    yield from dict.fromkeys(part["digest"] for part in (content["config"], *content["layers"]))


def _copy_layer(source: Repository, target: Repository, digest: str) -> None:
    with tempfile.TemporaryFile() as content:
        with source.request("GET", f"blobs/{digest}") as response:
            actual = _stored(response, content)
        if actual != digest:
            raise LaunchpadError(f"a layer of {source.name} arrived as {actual}, and is {digest}; try again")
        size = content.seek(0, 2)
        content.seek(0)
        with target.request("POST", "blobs/uploads/", b"") as response:
            upload = response.headers["Location"]
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        with target.request("PATCH", upload, content, headers) as response:
            upload = response.headers["Location"]
        separator = "&" if "?" in upload else "?"
        target.request("PUT", f"{upload}{separator}digest={digest}", b"").close()


def _stored(response: IO[bytes], content: IO[bytes]) -> str:
    """Write what arrives, and return its digest."""
    hashed = hashlib.sha256()
    while piece := response.read(PIECE):
        hashed.update(piece)
        content.write(piece)
    return f"sha256:{hashed.hexdigest()}"


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
