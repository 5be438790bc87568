"""Working copies: workloads as they are in a caller's checkout, which the command line uploads to the data bucket.

The caller chose every byte, so nothing in them is believed. Names of objects are the hashes of their content. The
definition has the form that the deployed request builders know, uses images and inputs that the deployed workloads or
AWS's registries have, and names no role, bucket or key: those come from the environment. Scripts are published below
`code/<workload>/<hash>` as the deployed ones are, so they can't replace other scripts.
"""

from __future__ import annotations

import functools
import hashlib
import io
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from platform_access import ENVIRONMENT, HERE, s3

from launchpad.requests import Definition, RequestError
from launchpad.requests.context import CONTAINER_REFERENCE

FOLDER = "working-copies"
LARGEST = 64 << 20
"""Bytes of an object, and of a file in an archive: a function has 512 MB of memory."""
READING = ("prepare", "training", "evaluate", "transform")
"""The sections whose inputs may have a `uri`."""
_NAME = re.compile(r"(?=.{1,40}\Z)[a-z0-9](-?[a-z0-9])*")
"""The pattern of a workload's name (`launchpad/workload/types.py`), which is part of keys and of names of jobs."""
_DIGEST = re.compile(r"[0-9a-f]{64}")


def allowed() -> bool:
    """Return whether this environment takes working copies."""
    return os.environ.get("WORKING_COPIES") == "true"


@functools.cache
def rules() -> Mapping[str, Any]:
    """Return what was deployed with the functions: the renderer, and the images and inputs that are allowed."""
    content: Mapping[str, Any] = json.loads((HERE / "working_copies.json").read_text())
    return content


def load_working_copy(key: Any, workload: Any) -> Definition:
    """Return the definition that is stored under `key`, a working copy of `workload`.

    Raises:
        RequestError: the environment takes none, or this one is not what its key, the event or the rules say.
    """
    if not allowed():
        raise RequestError(
            f"environment {ENVIRONMENT.name!r} runs only what is deployed (working_copies in its config); deploy first"
        )
    digest = _digest_in(key, workload)
    content = json.loads(_verified(key, digest))
    if content["renderer"] != rules()["renderer"]:
        raise RequestError(
            "the working copy was packaged by another version of the platform's code than the deployed one"
            " (launchpad/workload, launchpad/catalogue); deploy, or check out the deployed commit"
        )
    definition: Definition = content["definition"]
    if definition["name"] != workload:
        raise RequestError(f"the working copy is of workload {definition['name']!r}, not of {workload!r}")
    _check(definition)
    return _waiting_for_approval(definition)


def load_archive(workload: str, digest: str) -> bytes:
    """Return the packaged scripts with this SHA-256.

    Raises:
        RequestError: they don't exist, have another content, or could unpack to other folders than their own.
    """
    key = f"{FOLDER}/{workload}/{digest}.tar.gz"
    archive = _verified(key, digest)
    _check_members(key, archive)
    return archive


def _digest_in(key: Any, workload: Any) -> str:
    if not isinstance(workload, str) or not _NAME.fullmatch(workload):
        raise RequestError(f"workload: {str(workload)[:60]!r} can't name a workload")
    match = re.fullmatch(rf"{FOLDER}/{re.escape(workload)}/({_DIGEST.pattern})\.json", str(key))
    if match is None:
        raise RequestError(f"working_copy: write {FOLDER}/{workload}/<SHA-256>.json, not {str(key)[:200]!r}")
    return match[1]


def _verified(key: str, digest: str) -> bytes:
    try:
        stored = s3().get_object(Bucket=ENVIRONMENT.data_bucket, Key=key)
    except s3().exceptions.NoSuchKey:
        raise RequestError(f"s3://{ENVIRONMENT.data_bucket}/{key} doesn't exist (any more); start it again") from None
    if stored["ContentLength"] > LARGEST:
        raise RequestError(f"s3://{ENVIRONMENT.data_bucket}/{key} has more than {LARGEST} bytes; make it smaller")
    body: bytes = stored["Body"].read()
    if hashlib.sha256(body).hexdigest() != digest:
        raise RequestError(
            f"s3://{ENVIRONMENT.data_bucket}/{key} has another content than its name says; delete it, then start again"
        )
    return body


def _waiting_for_approval(definition: Definition) -> Definition:
    """Have its models wait for an approver: who writes a working copy would otherwise approve their own model."""
    section = definition.get("pipeline")
    return {**definition, "pipeline": {**section, "approval": "PendingManualApproval"}} if section else definition


def _check(definition: Definition) -> None:
    for section, part in definition.items():
        if not isinstance(part, Mapping):
            continue
        if part.get("source") and not _DIGEST.fullmatch(str(part["source"])):
            raise RequestError(f"{section}.source: expected a SHA-256")
        for key in ("image", "rule_image"):
            _check_image(f"{section}.{key}", part.get(key))
        for uri in _uris(part) if section in READING else ():
            _check_input(section, uri)
        _check_services(section, part.get("aws_services") or ())


def _check_image(key: str, image: Any) -> None:
    """Refuse an image that neither the image lock nor a deployed workload names; `image_uri` checks containers."""
    if image and not str(image).startswith(CONTAINER_REFERENCE) and image not in rules()["images"]:
        raise RequestError(
            f"{key}: {str(image)[:200]} is neither one of AWS's images nor that of a deployed workload, so no role may"
            " pull it; deploy first"
        )


def _check_input(section: str, uri: str) -> None:
    if not any(uri.removeprefix("s3://").startswith(prefix) for prefix in rules()["inputs"]):
        raise RequestError(f"{section}: no role may read {uri[:200]!r} before it is deployed; deploy first")


def _check_services(section: str, services: Iterable[Any]) -> None:
    """Refuse services to which the network has no way; the rules have none where it may have one to the internet."""
    reached = rules()["services"]
    missing = sorted(str(service)[:200] for service in services if reached is not None and service not in reached)
    if missing:
        raise RequestError(
            f"{section}.aws_services: the network has no endpoint of {', '.join(missing)} before it is deployed; deploy"
            " first"
        )


def _uris(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping) and node.get("uri"):
        yield str(node["uri"])
    parts = node.values() if isinstance(node, Mapping) else node if isinstance(node, list) else ()
    for part in parts:
        yield from _uris(part)


def _check_members(key: str, archive: bytes) -> None:
    import tarfile  # here, because most cold starts need none

    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as members:
            for member in members:
                parts = member.name.split("/")
                if not member.isreg() or member.size > LARGEST or {"", ".", ".."} & set(parts):
                    raise RequestError(f"{key}: {member.name[:200]!r} is no plain file with a path inside the archive")
    except (tarfile.TarError, OSError, EOFError) as error:
        raise RequestError(f"{key} is no .tar.gz archive: {error}") from None
