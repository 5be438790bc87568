"""Asks an endpoint in one of three ways: for one answer, for parts as they come, or through its queue."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from launchpad.cli.progress import LiveLine
from launchpad.cli.terminal import note
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client import async_invocations, invocations
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.invocations import Answer, Question
from launchpad.platform_client.platform import find_platform
from launchpad.platform_client.served_model import ServedModel
from launchpad.processes.interrupts import Interrupted


@dataclass(frozen=True)
class Asking:
    """How `launchpad predict` asks."""

    stream: bool = False
    asynchronous: bool = False
    variant: str | None = None
    inference_id: str | None = None

    def check(self, served: ServedModel, *, own_rows: bool, json: bool) -> None:
        """Refuse options that exclude each other or the endpoint's mode, before anything is sent.

        Raises:
            LaunchpadError: names the option, the reason and what to do.
        """
        queued = self.queued(served)
        if self.stream and queued:
            raise LaunchpadError("--stream: an asynchronous endpoint writes its answers to S3, it has no stream")
        if self.stream and not own_rows:
            raise LaunchpadError("--stream shows an answer as it comes, so it needs your rows: add --data FILE")
        if self.stream and json:
            raise LaunchpadError("--stream prints the parts unchanged, which is no JSON document: leave --json out")
        if self.stream and served.target:
            raise LaunchpadError(
                "--stream: InvokeEndpointWithResponseStream takes no TargetModel, so a shared endpoint has no stream"
            )
        if self.variant and queued:
            raise LaunchpadError("--variant: InvokeEndpointAsync takes no variant, the weights choose it")
        if self.asynchronous and served.mode != "async":
            raise LaunchpadError(
                f"--async: {served.endpoint} answers at once; write `mode: async` into the `serving` section to queue"
                " requests"
            )

    def queued(self, served: ServedModel) -> bool:
        """Whether the request goes through the queue: an asynchronous endpoint takes no others."""
        return self.asynchronous or served.mode == "async"


def question(body: bytes, kind: str, accept: str | None, asking: Asking, served: ServedModel) -> Question:
    """The request."""
    return Question(body, kind, accept, asking.variant, asking.inference_id, served.target or None)


def answer(connection: Connection, served: ServedModel, asked: Question, asking: Asking, workload: str) -> Answer:
    """Ask for one answer; through a queue it takes as long as the requests before, which is shown.

    Raises:
        LaunchpadError: the endpoint doesn't serve, or the model answered with an error.
        Interrupted: the user stopped waiting; the request goes on.
    """
    if not asking.queued(served):
        return invocations.predict(connection, served.endpoint, asked)
    bucket = find_platform(connection).model_bucket
    submitted = async_invocations.submit(connection, served.endpoint, asked, bucket, workload)
    note(f"request {submitted.inference_id} is queued; its answer will be {submitted.output}")
    with LiveLine(f"Answer of {served.endpoint}") as line:
        line.detail = "waiting in the queue"
        try:
            return async_invocations.wait_for_answer(connection, served.endpoint, submitted, lambda: None)
        except Interrupted as signal:
            raise Interrupted(signal.number, f"interrupted; the answer will be {submitted.output}") from None


def print_parts(connection: Connection, served: ServedModel, asked: Question) -> None:
    """Print an answer's parts unchanged as they come.

    Raises:
        LaunchpadError: as `answer`, also in the middle.
    """
    last = b""
    for part in invocations.stream(connection, served.endpoint, asked):
        sys.stdout.buffer.write(_shown(part))
        sys.stdout.flush()
        last = part or last
    if not last.endswith(b"\n"):
        sys.stdout.buffer.write(b"\n")
        sys.stdout.flush()


def _shown(part: bytes) -> bytes:
    """A part unchanged for a file or pipe; for a terminal without control sequences, which could change it.

    Note: a part may end within a character, so its bytes are filtered, not its text.
    """
    if not sys.stdout.isatty():
        return part
    return bytes(byte for byte in part if byte >= 0x20 or byte in b"\n\t")
