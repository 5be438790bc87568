"""One run of the server: prepare the process, answer until a signal comes, take every child along.

What surprises: ministack reads its settings from the environment when it is imported, so the environment is set first.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from local_aws.cli import announce
from local_aws.plain_log import PlainFormatter
from local_aws.processes import Guard, end_children
from local_aws.runtimes.base import RuntimeUnavailableError
from local_aws.settings import HOST, Settings

log = logging.getLogger("local_aws")

CLOSE_SECONDS = 6.0
"""How long jobs and model servers get to end by themselves when the server stops."""


def serve(settings: Settings, listener: socket.socket, ready_file: Path | None) -> int:
    """Answer on ``listener`` until SIGINT or SIGTERM, then end every child and remove what this run wrote."""
    guard = Guard.start(settings)
    try:
        _log_to_file(settings)
        _prepare_environment(settings)
        asyncio.run(_run(settings, listener, ready_file))
    finally:
        if ready_file:
            ready_file.unlink(missing_ok=True)
        guard.finish()
    return 0


async def _run(settings: Settings, listener: socket.socket, ready_file: Path | None) -> None:
    from local_aws.backend import Backend
    from local_aws.ministack_hooks import application, stop_lambda_workers

    asked, closed = asyncio.Event(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    try:
        backend = Backend.create(settings)
    except (ImportError, AttributeError) as error:
        remedy = "Write process, docker, or MODULE:FACTORY of a runtime that can be imported."
        raise SystemExit(f"local_aws: --runtime {settings.runtime} can't be loaded ({error}). {remedy}") from error
    except RuntimeUnavailableError as error:
        raise SystemExit(f"local_aws: --runtime {settings.runtime} can't be used. {error}") from error
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_hypercorn(application(backend), listener, closed))
        tasks.create_task(_say_ready(settings, ready_file))
        await asked.wait()
        # The server answers to the last, for jobs that end still send their logs and artefacts.
        await _close(backend.close)
        await asyncio.to_thread(stop_lambda_workers)
        closed.set()


async def _close(close: Callable[[], None]) -> None:
    """Close the backend; what holds it up for too long, such as the making of an image's environment, is killed."""
    closing = threading.Thread(target=close, daemon=True)
    closing.start()
    await asyncio.to_thread(closing.join, CLOSE_SECONDS)
    if closing.is_alive():
        await asyncio.to_thread(end_children)
        await asyncio.to_thread(closing.join, CLOSE_SECONDS)


async def _hypercorn(application: object, listener: socket.socket, stopping: asyncio.Event) -> None:
    from hypercorn.asyncio import serve as answer
    from hypercorn.config import Config

    config = Config()
    config.bind = [f"fd://{listener.detach()}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 1
    config.accesslog = None
    config.errorlog = logging.getLogger("hypercorn.error")
    await answer(application, config, shutdown_trigger=stopping.wait)


async def _say_ready(settings: Settings, ready_file: Path | None) -> None:
    """Once the health address answers over the network, tell it on stdout and in the ready file."""
    while not await _healthy(settings.port):
        await asyncio.sleep(0.02)
    if ready_file:
        _write_ready_file(settings, ready_file)
    sys.stdout.write(announce(settings) + "\n")
    sys.stdout.flush()
    log.info("ready on %s", settings.endpoint_url)


async def _healthy(port: int) -> bool:
    try:
        reader, writer = await asyncio.open_connection(HOST, port)
    except OSError:
        return False
    writer.write(b"GET /_ministack/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    status = await reader.readline()
    writer.close()
    return b" 200 " in status


def _write_ready_file(settings: Settings, ready_file: Path) -> None:
    """Written beside and renamed, so that a reader never sees half of it."""
    content = {
        "pid": os.getpid(),
        "endpoint_url": settings.endpoint_url,
        "region": settings.region,
        "account": settings.account,
        "log": str(settings.log),
        "state": str(settings.state),
        "environment": settings.client_environment(),
    }
    ready_file.parent.mkdir(parents=True, exist_ok=True)
    draft = ready_file.with_name(f".{ready_file.name}.{os.getpid()}")
    draft.write_text(json.dumps(content, indent=2) + "\n")
    draft.replace(ready_file)


def _log_to_file(settings: Settings) -> None:
    handlers: list[logging.Handler] = [logging.FileHandler(settings.log, encoding="utf-8")]
    if settings.verbose:
        handlers.append(logging.StreamHandler())
    for handler in handlers:
        handler.setFormatter(PlainFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=handlers, force=True)


def _prepare_environment(settings: Settings) -> None:
    """Everything that ministack and the children inherit: loopback only, this run's folders, no real credentials."""
    temporary = settings.state / "tmp"
    temporary.mkdir(exist_ok=True)
    tempfile.tempdir = str(temporary)
    for name in [name for name in os.environ if name.startswith(("AWS_", "LOCALSTACK_"))]:
        del os.environ[name]
    os.environ.update(settings.client_environment())
    os.environ.update(_ministack_environment(settings, temporary))


def _ministack_environment(settings: Settings, temporary: Path) -> dict[str, str]:
    return {
        "BIND_HOST": HOST,
        "SFTP_HOST": HOST,
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "GATEWAY_PORT": str(settings.port),
        "MINISTACK_ACCOUNT_ID": settings.account,
        "MINISTACK_REGION": settings.region,
        "S3_DATA_DIR": str(settings.state / "s3"),
        "S3_PERSIST": "0",
        "STATE_DIR": str(settings.state / "ministack"),
        "PERSIST_STATE": "0",
        "TMPDIR": str(temporary),
        "LAMBDA_EXECUTOR": "local",
        "AUTH": str(settings.iam).lower(),
        "LOG_LEVEL": "INFO",
        # A real account, the instance metadata service and Docker are all out of reach of the server and its children.
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "DOCKER_HOST": f"unix://{settings.state}/no-docker.sock",
        "LOCAL_AWS_DOCKER_HOST": os.environ.get("DOCKER_HOST", ""),  # for the runtime alone
        "NO_PROXY": ",".join(filter(None, (os.environ.get("NO_PROXY"), HOST, "localhost"))),
        "no_proxy": ",".join(filter(None, (os.environ.get("no_proxy"), HOST, "localhost"))),
    }
