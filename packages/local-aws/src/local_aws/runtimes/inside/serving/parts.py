"""TorchServe's way to stream: a handler sends parts of its response, and returns the rest.

AWS's PyTorch image serves with TorchServe, whose scripts import ``send_intermediate_predict_response``. The servers of
AWS's other images can't stream, so their scripts don't find it here either.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any

from local_aws.runtimes.inside.serving.context import Context
from local_aws.runtimes.inside.serving.wire import Message

MODULES = ("ts", "ts.protocol", "ts.protocol.otf_message_handler")


def install(send: Callable[[Message], None]) -> None:
    """Make TorchServe's function importable; each part that it gets is passed to ``send``."""

    def send_intermediate_predict_response(
        ret: Sequence[Any],
        req_ids: Mapping[int, str],  # noqa: ARG001 (TorchServe's signature)
        message: str,  # noqa: ARG001
        code: int,
        context: Context | None = None,
    ) -> None:
        if context is not None:
            header = {"part": True, "status": code, "content_type": context.response_content_type}
            send(Message({**header, "headers": context.response_headers}, _bytes(ret[0])))

    for name in MODULES:
        sys.modules.setdefault(name, ModuleType(name))
    setattr(sys.modules[MODULES[-1]], "send_intermediate_predict_response", send_intermediate_predict_response)  # noqa: B010


def _bytes(part: Any) -> bytes:
    return bytes(part) if isinstance(part, bytes | bytearray) else str(part).encode()
