"""One model process: loads the model, then handles one request at a time, as in SageMaker's own images.

All code that decides what a handler sees is AWS's: this file only passes requests to `sagemaker_inference` and back.
Its arguments are the handler's file and class, and the model's folder where the server has several models.
Note: the front uses a socket, whose number is the last argument, so that everything that a user's code prints goes to
the log and can't be taken for a response.
"""

from __future__ import annotations

import json
import runpy
import signal
import socket
import sys
from typing import Any

from sagemaker_inference import content_types, environment
from sagemaker_inference.default_handler_service import DefaultHandlerService

from local_aws.runtimes.inside.serving import code, parts, wire
from local_aws.runtimes.inside.serving.context import Context
from local_aws.runtimes.inside.serving.transformer import StatusTransformer


def main() -> None:
    """Serve until the front closes the socket. A model that can't be loaded ends the process with its traceback."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the front drains first, then closes the socket
    handler_file, handler_class, *model_folders, descriptor = sys.argv[1:]
    handler = runpy.run_path(handler_file)[handler_class]()
    model_folder = model_folders[0] if model_folders else None
    sys.path.insert(0, code.folder(model_folder))
    context = Context(model_folder or environment.model_dir)
    service = DefaultHandlerService(StatusTransformer(handler))
    service.initialize(context)
    with socket.socket(fileno=int(descriptor)) as channel, channel.makefile("rb") as requests:
        if getattr(handler, "streams", False):
            parts.install(lambda part: channel.sendall(wire.encode(part)))
        channel.sendall(wire.encode(wire.Message({"loaded": True})))
        while (request := wire.read(requests)) is not None:
            channel.sendall(wire.encode(_answer(service, context, request)))


def _answer(service: DefaultHandlerService, context: Context, request: wire.Message) -> wire.Message:
    context.begin(request.header["headers"])
    if context.content_type in content_types.UTF8_TYPES:
        try:
            request.body.decode("utf-8")
        except UnicodeDecodeError as error:
            return wire.Message({"status": 400, "content_type": "text/plain"}, f"Not UTF-8: {error}".encode())
    result = service.handle([{"body": request.body}], context)[0]
    if hasattr(result, "get_data"):  # Flask's response, which scripts of AWS's examples return
        context.set_response_status(result.status_code)
        context.set_response_content_type(0, result.content_type)
        result = result.get_data()
    try:
        body = _to_bytes(result)
    except TypeError:
        context.set_response_status(500)
        body = f"output_fn returned {type(result).__name__}; return str, bytes or what JSON can hold".encode()
    if context.status >= 500:
        sys.stderr.write(body.decode(errors="replace").rstrip() + "\n")
    content_type = context.response_content_type
    return wire.Message(
        {"status": context.status, "content_type": content_type, "headers": context.response_headers}, body
    )


def _to_bytes(result: Any) -> bytes:
    if isinstance(result, bytes | bytearray):
        return bytes(result)
    return (result if isinstance(result, str) else json.dumps(result)).encode()
