"""The worker processes of a model server: each holds the model, and handles one request at a time.

Note: a pool of size 8 has one process until two requests come at once, so that an idle endpoint needs the memory of
only one model.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from local_aws.runtimes.inside.serving import wire

OnPart = Callable[[wire.Message], Awaitable[None]]


class ModelProcessError(Exception):
    """A worker ended instead of responding; the message says how."""


@dataclass(eq=False)
class Worker:
    """A model process, and the socket to it."""

    process: asyncio.subprocess.Process
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def call(self, request: wire.Message, timeout: float, on_part: OnPart) -> wire.Message:
        """Send a request and return the response, or kill the worker if it or its next part takes too long.

        ``on_part`` gets the parts that a streaming handler sends first. Raises `ModelProcessError`.
        """
        try:
            async with asyncio.timeout(timeout):
                with contextlib.suppress(ConnectionError):  # reading shows how it ended
                    self.writer.write(wire.encode(request))
                    await self.writer.drain()
                message = await self.receive()
            while message.header.get("part"):
                await on_part(message)
                async with asyncio.timeout(timeout):
                    message = await self.receive()
            return message
        except TimeoutError:
            self.process.kill()
            await self.process.wait()
            raise ModelProcessError(
                f"The model did not answer within {timeout:g} s (SAGEMAKER_MODEL_SERVER_TIMEOUT)"
            ) from None

    async def receive(self) -> wire.Message:
        """Read one message. Raises `ModelProcessError` if the process has ended instead."""
        try:
            header_length, body_length = wire.LENGTHS.unpack(await self.reader.readexactly(wire.LENGTHS.size))
            header = json.loads(await self.reader.readexactly(header_length))
            return wire.Message(header, await self.reader.readexactly(body_length))
        except (asyncio.IncompleteReadError, ConnectionError):
            raise ModelProcessError(f"The model's process ended with {_describe(await self.process.wait())}") from None

    async def close(self) -> None:
        """Close the socket, which ends the process."""
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()
        await self.process.wait()


class Pool:
    """Passes each request to an idle worker, and starts another one, up to ``size``, if none is idle."""

    def __init__(self, command: list[str], *, size: int, timeout: float) -> None:
        self._command = command
        self._timeout = timeout
        self.size = size
        self.exhausted = False
        """No worker is left, and none could be started."""
        self.was_killed = False
        """The last worker that could not be started was killed, such as for a lack of memory."""
        self.on_exhausted: Callable[[], None] = lambda: None
        self._idle: asyncio.Queue[Worker] = asyncio.Queue()
        self._workers: set[Worker] = set()
        self._alive = 0
        self._starting: set[asyncio.Task[bool]] = set()

    @property
    def process_ids(self) -> list[int]:
        """The processes that have the model in memory."""
        return [worker.process.pid for worker in self._workers]

    async def start_worker(self) -> bool:
        """Add a worker once it has loaded the model; returns False, with the reason in the log, if it could not."""
        self._alive += 1
        worker = await self._spawn()
        try:
            await worker.receive()
        except ModelProcessError as error:
            self._alive -= 1
            self.was_killed = (worker.process.returncode or 0) < 0
            if self.was_killed:  # otherwise its own last lines say more
                sys.stderr.write(f"{error} while it loaded the model\n")
            return False
        self._workers.add(worker)
        self._idle.put_nowait(worker)
        return True

    async def answer(self, request: wire.Message, on_part: OnPart) -> wire.Message:
        """Wait for an idle worker and return its response. Raises `ModelProcessError` if the request ends it."""
        if self._idle.empty() and self._alive < self.size and not self._starting:
            self._start_in_background()
        worker = await self._idle.get()
        try:
            response = await worker.call(request, self._timeout, on_part)
        except ModelProcessError:
            self._workers.discard(worker)
            self._alive -= 1
            self._start_in_background()
            raise
        self._idle.put_nowait(worker)
        return response

    async def close(self) -> None:
        """End the idle workers; by then no request is in progress."""
        while not self._idle.empty():
            await self._idle.get_nowait().close()

    def _start_in_background(self) -> None:
        task = asyncio.create_task(self.start_worker())
        self._starting.add(task)
        task.add_done_callback(self._started)

    def _started(self, task: asyncio.Task[bool]) -> None:
        self._starting.discard(task)
        if self._alive == 0 and not self._starting:
            self.exhausted = True
            self.on_exhausted()

    async def _spawn(self) -> Worker:
        near_end, far_end = socket.socketpair()
        with far_end:
            arguments = [*self._command, str(far_end.fileno())]
            process = await asyncio.create_subprocess_exec(*arguments, pass_fds=(far_end.fileno(),))
        reader, writer = await asyncio.open_connection(sock=near_end)
        return Worker(process, reader, writer)


def _describe(exit_code: int) -> str:
    return f"signal {-exit_code}" if exit_code < 0 else f"exit code {exit_code}"
