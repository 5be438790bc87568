"""Runs a model server: downloads the user's code, loads the model, serves, and drains on SIGTERM.

Its argument is JSON: ``listener`` (file descriptor of an open socket), ``python`` (of the workers), ``handler_file``
and ``handler_class``. Note: it runs in the image's own environment while its workers run in the job's clone, so that
the user's requirements can't change the server.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import uvicorn

from local_aws.runtimes.inside.serving.front import MEGABYTE, Front
from local_aws.runtimes.inside.serving.models import Models
from local_aws.runtimes.inside.serving.models_front import ModelsFront
from local_aws.runtimes.inside.serving.pool import Pool

RUN = Path(__file__).resolve().parents[1] / "run.py"
PAYLOAD_MEGABYTES = 25
"""SageMaker's limit for a request to an endpoint; SAGEMAKER_MAX_PAYLOAD_IN_MB of batch transform overrides it."""
ALGORITHM_BYTES = 6 * 1024 * 1024
"""What an algorithm of AWS's takes, unless the variable MAX_CONTENT_LENGTH says otherwise; MaxPayloadInMB does not."""

TIMEOUT_SECONDS = 60
"""How long a model may take for a response before its process is replaced, as in AWS's images."""


def main() -> None:
    """Serve until SIGTERM, or exit with 1 if the model could not be loaded."""
    sys.exit(asyncio.run(_serve(json.loads(sys.argv[1]))))


class Server(uvicorn.Server):
    """uvicorn with other signal handling: uvicorn's ends a drained server as if SIGTERM had killed it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Drain on SIGTERM: accept no new connections, and finish the current requests."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self.handle_exit, signal.SIGTERM, None)
        yield

    def give_up(self) -> None:
        """Stop without waiting for the current requests, because no worker is left to process them."""
        self.should_exit = self.force_exit = True


async def _serve(arguments: dict[str, Any]) -> int:
    program = [arguments["python"], "-P", str(RUN)]
    worker = [*program, "serving.worker", arguments["handler_file"], arguments["handler_class"]]
    if os.environ.get("SAGEMAKER_MULTI_MODEL", "").lower() == "true":
        return await _serve_several([*program, "serving.code"], worker, arguments["listener"])
    pool = _pool(worker)
    front = _front(pool)
    server = Server(uvicorn.Config(front, lifespan="off", log_level="warning", access_log=False))
    pool.on_exhausted = server.give_up
    loading = asyncio.create_task(_load([*program, "serving.code"], pool, front, server))
    await server.serve(sockets=[socket.socket(fileno=arguments["listener"])])
    failed = pool.exhausted or (loading.done() and not loading.result())
    loading.cancel()
    await pool.close()
    return 1 if failed else 0


def _front(pool: Pool) -> Front:
    if os.environ.get("LOCAL_AWS_ALGORITHM") and not os.environ.get("SAGEMAKER_PROGRAM"):
        return Front(pool, _setting("MAX_CONTENT_LENGTH", ALGORITHM_BYTES) // MEGABYTE, algorithm=True)
    return Front(pool, _setting("SAGEMAKER_MAX_PAYLOAD_IN_MB", PAYLOAD_MEGABYTES))


async def _serve_several(prepare: list[str], worker: list[str], listener: int) -> int:
    """Serve the models that are loaded while the server runs, each by its own processes."""
    preparation = await asyncio.create_subprocess_exec(*prepare)
    if await preparation.wait() != 0:
        return 1
    models = Models(lambda folder: _pool([*worker, folder]))
    front = ModelsFront(models, _setting("SAGEMAKER_MAX_PAYLOAD_IN_MB", PAYLOAD_MEGABYTES))
    server = Server(uvicorn.Config(front, lifespan="off", log_level="warning", access_log=False))
    await server.serve(sockets=[socket.socket(fileno=listener)])
    await models.close()
    return 0


def _pool(worker: list[str]) -> Pool:
    return Pool(
        worker,
        size=_setting("SAGEMAKER_MODEL_SERVER_WORKERS", 1),
        timeout=_setting("SAGEMAKER_MODEL_SERVER_TIMEOUT", TIMEOUT_SECONDS),
    )


def _setting(name: str, default: int) -> int:
    return int(os.environ.get(name) or default)


async def _load(prepare: list[str], pool: Pool, front: Front, server: Server) -> bool:
    """Download the code and load the model in a first process; then accept requests. Stops the server on failure."""
    preparation = await asyncio.create_subprocess_exec(*prepare)
    loaded = await preparation.wait() == 0 and await pool.start_worker()
    front.loaded = loaded
    server.should_exit = server.should_exit or not loaded
    return loaded
