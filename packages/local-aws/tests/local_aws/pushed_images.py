"""Pushes images by ECR's own operations, without Docker."""

from __future__ import annotations

import hashlib
import json
from typing import Any

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


def upload_layer(ecr: Any, repository: str, content: bytes) -> str:
    """Upload a layer in one part; returns its digest."""
    upload = ecr.initiate_layer_upload(repositoryName=repository)["uploadId"]
    part = {"partFirstByte": 0, "partLastByte": len(content) - 1, "layerPartBlob": content}
    ecr.upload_layer_part(repositoryName=repository, uploadId=upload, **part)
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    completed = ecr.complete_layer_upload(repositoryName=repository, uploadId=upload, layerDigests=[digest])
    assert completed["layerDigest"] == digest
    return digest


def manifest_of(*digests: str, **members: Any) -> str:
    """The manifest of an image: its config, and its layers."""
    parts = [{"digest": digest, "size": 1, "mediaType": "application/octet-stream"} for digest in digests]
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": parts[0], "layers": parts[1:], **members}
    return json.dumps(manifest)


def push_image(ecr: Any, repository: str, tag: str) -> None:
    """Push an image of one layer."""
    config, layer = (upload_layer(ecr, repository, content) for content in (b"{}", b"the one layer"))
    ecr.put_image(repositoryName=repository, imageManifest=manifest_of(config, layer), imageTag=tag)
