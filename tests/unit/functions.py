"""The Lambda functions' modules as they are in their asset, next to a catalogue."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from launchpad import paths
from launchpad.catalogue.packaging import source_files
from launchpad.catalogue.retention import FILE as RETENTION
from launchpad.requests import Environment
from launchpad.settings.retention import RetentionSettings

ENVIRONMENT: dict[str, Any] = {
    "name": "dev",
    "region": "eu-west-1",
    "data_bucket": "data-bucket",
    "model_bucket": "model-bucket",
    "kms_key_arn": "arn:aws:kms:eu-west-1:123456789012:key/1",
    "training_role_arn": "arn:aws:iam::123456789012:role/training",
    "serving_role_arn": "arn:aws:iam::123456789012:role/serving",
    "processing_role_arn": "arn:aws:iam::123456789012:role/processing",
}
NOTHING_IS_OLD: dict[str, Any] = {
    "settings": {**dict.fromkeys(RetentionSettings.model_fields, 0), "delete": False},
    "kept_images": 50,
    "pins": [],
    "unreadable": [],
}
CONTEXT = SimpleNamespace(function_name="the-function", aws_request_id="11111111-2222-3333-4444-555555555555")
"""What Lambda passes to a handler with an event, as far as the functions read it."""
Environment(**ENVIRONMENT)  # fails here, with a clear message, when a setting is missing


def objects_of(client: Any) -> dict[str, bytes]:
    """Answer an S3 client's writes, HeadObject and ListObjectsV2 from memory; return the objects by `bucket/key`.

    The ETag is the content, so that a test can say which content it has. A second call returns the same objects.
    """
    if hasattr(client, "objects_in_memory"):
        return client.objects_in_memory  # type: ignore[no-any-return]
    objects: dict[str, bytes] = {}
    client.objects_in_memory = objects

    def put(params: Mapping[str, Any], **_more: Any) -> tuple[Any, dict[str, Any]]:
        body = params["body"]
        return write(params, body if isinstance(body, bytes) else body.read())

    def copy(params: Mapping[str, Any], **_more: Any) -> tuple[Any, dict[str, Any]]:
        return write(params, objects[params["headers"]["x-amz-copy-source"]])

    def write(params: Mapping[str, Any], body: bytes) -> tuple[Any, dict[str, Any]]:
        name = params["auth_path"].lstrip("/")
        if params["headers"].get("If-None-Match") == "*" and name in objects:
            return _response(412, Error={"Code": "PreconditionFailed", "Message": "At least one condition failed"})
        objects[name] = body
        return _response(200, ETag='"1"')

    def head(params: Mapping[str, Any], **_more: Any) -> tuple[Any, dict[str, Any]]:
        body = objects.get(params["auth_path"].lstrip("/"))
        if body is None:
            return _response(404, Error={"Code": "404", "Message": "Not Found"})
        return _response(200, ContentLength=len(body), ETag='"1"')

    def list_all(params: Mapping[str, Any], **_more: Any) -> tuple[Any, dict[str, Any]]:
        bucket = params["auth_path"].strip("/")
        prefix = f"{bucket}/{params['query_string'].get('prefix', '')}"
        contents = [
            {"Key": name.removeprefix(f"{bucket}/"), "Size": len(body), "ETag": body.decode()}
            for name, body in objects.items()
            if name.startswith(prefix)
        ]
        listed = {"Contents": contents} if contents else {}  # S3 leaves out what is empty
        return _response(200, IsTruncated=False, KeyCount=len(contents), **listed)

    client.meta.events.register("before-call.s3.PutObject", put)
    client.meta.events.register("before-call.s3.CopyObject", copy)
    client.meta.events.register("before-call.s3.HeadObject", head)
    client.meta.events.register("before-call.s3.ListObjectsV2", list_all)
    return objects


def log_groups_of(client: Any) -> dict[str, dict[str, Any]]:
    """Answer a CloudWatch Logs client's changes of log groups from memory; return the groups by name.

    A group `busy` is being changed by another caller, and one `just_created` is created by another at the moment
    of the first call for it. A second call of this function returns the same groups.
    """
    if hasattr(client, "groups_in_memory"):
        return client.groups_in_memory  # type: ignore[no-any-return]
    groups: dict[str, dict[str, Any]] = {}
    client.groups_in_memory = groups

    def change(params: Mapping[str, Any], model: Any, **_more: Any) -> tuple[Any, dict[str, Any]]:
        request = json.loads(params["body"])
        name = request.pop("logGroupName")
        if model.name == "CreateLogGroup" and name in groups:
            if groups[name].pop("just_created", False):
                return _response(400, Error={"Code": "OperationAbortedException", "Message": "in conflict"})
            error = {"Code": "ResourceAlreadyExistsException", "Message": "The specified log group already exists"}
            return _response(400, Error=error)
        if model.name != "CreateLogGroup" and groups[name].get("busy"):
            return _response(400, Error={"Code": "OperationAbortedException", "Message": "in conflict"})
        groups.setdefault(name, {}).update(request)
        return _response(200)

    client.meta.events.register("before-call.cloudwatch-logs", change)
    return groups


def _response(status: int, **parsed: Any) -> tuple[Any, dict[str, Any]]:
    return SimpleNamespace(status_code=status), {**parsed, "ResponseMetadata": {"HTTPStatusCode": status}}


@contextmanager
def imported(
    folder: Path, patch: pytest.MonkeyPatch, module: str, catalogue: Mapping[str, Any]
) -> Iterator[ModuleType]:
    """`lambda/<module>.py`, with whatever it imports, from an asset in `folder`; forgotten at the end."""
    for name, path in source_files(paths.ROOT / "lambda").items():
        (folder / name).write_bytes(path.read_bytes())
    (folder / "catalogue.json").write_text(json.dumps(catalogue))
    if not (folder / RETENTION).exists():
        (folder / RETENTION).write_text(json.dumps(NOTHING_IS_OLD))
    patch.setenv("LAUNCHPAD_ENVIRONMENT", json.dumps(ENVIRONMENT))
    patch.setenv("LOG_RETENTION_DAYS", "90")
    patch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    patch.setenv("AWS_ACCESS_KEY_ID", "none")
    patch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    patch.syspath_prepend(str(folder))
    before = set(sys.modules)
    try:
        function = importlib.import_module(module)
        if "platform_access" in sys.modules:
            objects_of(sys.modules["platform_access"].s3())
        if "log_groups" in sys.modules:
            log_groups_of(sys.modules["log_groups"].logs())
        yield function
    finally:
        for name in set(sys.modules) - before:
            if str(folder) in str(getattr(sys.modules[name], "__file__", None)):
                del sys.modules[name]
