"""Writes what a request changed before its response, so that a killed server has lost nothing that it told."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from typing import Any

import ministack.app as gateway

from local_aws.api.errors import Response
from local_aws.files.keeper import Keeper
from local_aws.ministack.state import IN_THREADS, PREFIX

READS = re.compile(
    r"(Action=)?(Get|List|Describe|Head|Batch(Check|Describe|Get)|Search|Lookup|Filter|Simulate|Test)[A-Z]"
)
"""Operations that change nothing, in the header of the JSON protocols or in the body of the others."""


def keep_promptly(keeper: Keeper, others: Mapping[str, str]) -> None:
    """Write a service's changes before the response to the request that made them.

    ``others`` are the rooms of services that are not ministack's, by name.
    """
    rooms = {
        name: PREFIX + config.get("state_key", config["module"]) for name, config in gateway.SERVICE_REGISTRY.items()
    }
    rooms.update(others)
    for name, handler in list(gateway.SERVICE_HANDLERS.items()):
        if (room := rooms.get(name)) and name != "s3":
            gateway.SERVICE_HANDLERS[name] = _keeping(keeper, room, handler)


def _keeping(keeper: Keeper, room: str, inner: Any) -> Any:
    last: Any = None

    async def service(method: str, path: str, headers: dict[str, str], body: bytes, *rest: Any) -> Response:
        nonlocal last
        response: Response = await inner(method, path, headers, body, *rest)
        progress = _progress(room)
        if progress != last:
            await keeper.saved()
            last = progress
        elif _is_write(method, path, headers, body):
            await keeper.saved(room)
        else:
            keeper.touch()
        return response

    return service


def _is_write(method: str, path: str, headers: dict[str, str], body: bytes) -> bool:
    operation = headers.get("x-amz-target", "").rpartition(".")[2] or body[:64].decode("latin-1")
    return method not in ("GET", "HEAD") and not READS.match(operation) and not path.endswith("/invocations")


def _progress(room: str) -> Any:
    """The stacks or the executions that have come to an end: with them, every other service may have changed."""
    key = room.removeprefix(PREFIX)
    module = sys.modules.get(f"ministack.services.{key}") if key in IN_THREADS else None
    if module is None:
        return None
    store, status = IN_THREADS[key]
    statuses = [str(item.get(status)) for item in list(getattr(module, store)._data.values())]
    return [text for text in statuses if not text.endswith(("_IN_PROGRESS", "RUNNING"))]
