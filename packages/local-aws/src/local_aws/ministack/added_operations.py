"""Operations that ministack's services lack: a service answers these itself, and all others as before."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

Operation = Callable[[dict[str, Any]], Any]
"""Takes the request, and returns ministack's response."""


def add_operations(service: Any, operations: Mapping[str, Operation]) -> None:
    """Let a service of the JSON protocol, ministack's module, answer operations by their name."""
    inner = service.handle_request

    async def handle_request(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Any:
        operation = operations.get(headers.get("x-amz-target", "").rpartition(".")[2])
        if operation is None:
            return await inner(method, path, headers, body, query)
        return operation(json.loads(body or b"{}"))

    service.handle_request = handle_request
