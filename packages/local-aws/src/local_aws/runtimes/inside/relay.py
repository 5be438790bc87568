"""Runs a model server on a port, and relays to it from a socket that was opened elsewhere.

The socket works even if the server has no network, or one that no other process can reach. The server gets its port in
SAGEMAKER_BIND_TO_PORT, as in SageMaker. SIGTERM is for the server alone: the relay passes on its last responses, and
ends with its exit code. Standard library only.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys

CHUNK = 256 * 1024
"""Bytes that are passed on at a time."""
LAST_ANSWERS_SECONDS = 2.0
"""How long connections may continue after the server has ended: its data is already on the way."""


def main() -> None:
    """Run the command and relay to it until it ends."""
    options = json.loads(sys.argv[1])
    sys.exit(asyncio.run(_run(options["listener"], options["command"], options["port"])))


async def _run(listener: int, command: list[str], port: int | None) -> int:
    port = port or _free_port()
    program = await asyncio.create_subprocess_exec(
        *command, env={**os.environ, "SAGEMAKER_BIND_TO_PORT": str(port)}, stdin=asyncio.subprocess.DEVNULL
    )
    # The supervisor sends SIGTERM to the server itself, so it is ignored here.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, lambda: None)
    relay = _Relay(port)
    server = await asyncio.start_server(relay.connected, sock=socket.socket(fileno=listener))
    code = await program.wait()
    server.close()
    if relay.connections:
        await asyncio.wait(relay.connections, timeout=LAST_ANSWERS_SECONDS)
    return code if code >= 0 else 128 - code


class _Relay:
    """Connections from the outside, each with a connection to the server."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.connections: set[asyncio.Task[None]] = set()

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass bytes on in both directions until both have ended. Disconnect if the server does not listen yet."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 (asyncio runs this as a task)
        self.connections.add(task)
        try:
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            writer.close()
        else:
            await asyncio.gather(_pass_on(reader, inner_writer), _pass_on(inner_reader, writer))
        finally:
            self.connections.discard(task)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    with contextlib.suppress(OSError, RuntimeError):
        writer.close()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
