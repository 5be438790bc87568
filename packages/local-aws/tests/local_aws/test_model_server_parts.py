"""The model server of the images passes on the parts that a TorchServe script sends before its response is complete."""

from __future__ import annotations

import asyncio
import sys
import textwrap
from types import ModuleType

from local_aws.runtimes.inside.serving import parts
from local_aws.runtimes.inside.serving.context import Context
from local_aws.runtimes.inside.serving.front import Front
from local_aws.runtimes.inside.serving.pool import ModelProcessError, Pool

WORKER = """
import socket, sys
from local_aws.runtimes.inside.serving.wire import Message, encode, read
channel = socket.socket(fileno=int(sys.argv[1]))
requests = channel.makefile("rb")
def send(header, body=b""):
    channel.sendall(encode(Message(header, body)))
send({"loaded": True})
header = {"status": 200, "content_type": "text/plain"}
while (request := read(requests)) is not None:
"""
STREAMING = """
    send({**header, "part": True}, b"first ")
    send({**header, "part": True}, b"second ")
    send(header, request.body)
"""
BREAKING = """
    send({**header, "part": True}, b"first ")
    sys.exit(3)
"""


def messages_of(body: str, tmp_path) -> list[dict]:
    """What the front sends in response to one request."""
    program = tmp_path / "worker.py"
    program.write_text(textwrap.dedent(WORKER) + body)
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"rest"}

    async def send(message):
        sent.append(message)

    async def run():
        pool = Pool([sys.executable, str(program)], size=1, timeout=10)
        front = Front(pool, 1)
        front.loaded = await pool.start_worker()
        try:
            await front({"method": "POST", "path": "/invocations", "headers": []}, receive, send)
        finally:
            while pool._starting:  # the worker that takes the place of one that ended
                await asyncio.sleep(0.01)
            await pool.close()

    try:
        asyncio.run(run())
    except ModelProcessError as error:
        sent.append({"type": "failure", "reason": str(error)})
    return sent


def test_parts_are_sent_as_parts_of_one_response(tmp_path):
    start, *bodies = messages_of(STREAMING, tmp_path)
    assert start["status"] == 200
    assert [(part["body"], part.get("more_body", False)) for part in bodies] == [
        (b"first ", True),
        (b"second ", True),
        (b"rest", False),
    ]


def test_a_worker_that_ends_between_parts_breaks_the_response_off(tmp_path):
    *sent, failure = messages_of(BREAKING, tmp_path)
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert failure["reason"] == "The model's process ended with exit code 3"


def test_torchserves_function_sends_a_part_for_its_context(monkeypatch):
    for name in parts.MODULES:
        monkeypatch.setitem(sys.modules, name, ModuleType(name))  # gone again after the test
    sent = []
    parts.install(sent.append)
    from ts.protocol.otf_message_handler import send_intermediate_predict_response

    context = Context("/opt/ml/model")
    context.set_response_content_type(0, "text/event-stream")
    send_intermediate_predict_response(["token"], context.request_ids, "Intermediate", 200, context)
    assert sent[0].body == b"token"
    assert sent[0].header["content_type"] == "text/event-stream"
