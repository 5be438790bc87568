"""One run of the server: prepare the process, serve until a signal arrives, end every child process.

Note: ministack reads its settings from the environment when it is imported, so the environment is set first.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import logging
import os
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from local_aws.cli import announce
from local_aws.files.state_file import StateFile, StateVersionError
from local_aws.persistence import Persistence
from local_aws.process.descriptors import Complaints, raise_limit
from local_aws.process.ending import Ending
from local_aws.process.processes import Guard, end_children
from local_aws.process.server_log import log_to_file
from local_aws.runtimes.base import RuntimeUnavailableError
from local_aws.settings import HOST, Settings

log = logging.getLogger("local_aws")

CLOSE_SECONDS = 6.0
"""How long jobs and model servers have to end when the server stops, before they are killed."""
KILLED_SECONDS = 1.0
"""How long a thread that waits for a child has to notice that the child was killed."""


def serve(settings: Settings, listener: socket.socket, ready_file: Path | None, file: StateFile | None) -> int:
    """Serve on ``listener`` until SIGINT or SIGTERM, then end every child and remove this run's files.

    With ``file``, it goes on where the server before it stopped.
    Threads may still run when it returns: end the process with `exit_now`.
    """
    guard = Guard.start(settings)

    def clean() -> None:
        if ready_file:
            with contextlib.suppress(OSError):
                ready_file.unlink(missing_ok=True)
        guard.finish()

    ending = Ending.watch(clean)
    try:
        _prepare(settings)
        # Never closed, because that would wait for every thread that still uses the loop.
        asyncio.Runner().run(_run(settings, listener, ready_file, ending, Persistence(file)))
    finally:
        clean()
    return 0


def _prepare(settings: Settings) -> None:
    raise_limit()
    try:
        log_to_file(settings)
        _prepare_environment(settings)
    except OSError as error:
        remedy = "Make room, or name another folder: --state FOLDER."
        raise SystemExit(f"local_aws: {error.filename} can't be written: {error.strerror}. {remedy}") from error


async def _run(
    settings: Settings, listener: socket.socket, ready_file: Path | None, ending: Ending, persistence: Persistence
) -> None:
    from local_aws.application import application
    from local_aws.backend import Backend
    from local_aws.front.http_server import serve as serve_http
    from local_aws.ministack.emulator import Ministack

    loop = asyncio.get_running_loop()
    loop.set_exception_handler(Complaints())
    asked, closed = asyncio.Event(), asyncio.Event()
    ending.call(lambda: loop.call_soon_threadsafe(asked.set))
    emulator = Ministack(settings, loop)
    try:
        backend = Backend.create(settings, emulator, persistence.file)
    except (ImportError, AttributeError) as error:
        remedy = "Write process, docker, or MODULE:FACTORY of a runtime that can be imported."
        raise SystemExit(f"local_aws: --runtime {settings.runtime} can't be loaded ({error}). {remedy}") from error
    except RuntimeUnavailableError as error:
        raise SystemExit(f"local_aws: --runtime {settings.runtime} can't be used. {error}") from error
    try:
        asgi = application(backend, emulator, persistence)
    except StateVersionError as error:
        raise SystemExit(f"local_aws: {error}") from error
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(serve_http(asgi, listener, closed))
        tasks.create_task(_say_ready(settings, ready_file))
        await asked.wait()
        # The server responds until the end, because ending jobs still send their logs and artifacts.
        await _finished(persistence.freeze, KILLED_SECONDS)
        await _close(backend.close)
        await _finished(emulator.stop_functions, KILLED_SECONDS)
        await _finished(persistence.close, KILLED_SECONDS)
        closed.set()


async def _close(close: Callable[[], None]) -> None:
    """Close the backend; kill children that delay it too long, such as the build of an image's environment."""
    if not await _finished(close, CLOSE_SECONDS):
        await _finished(end_children, CLOSE_SECONDS)
        await asyncio.sleep(KILLED_SECONDS)


async def _finished(work: Callable[[], None], seconds: float) -> bool:
    """Run it in a new thread, because the loop's pool may be busy; returns whether it ended in time."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    deadline = time.monotonic() + seconds
    while thread.is_alive() and time.monotonic() < deadline:
        await asyncio.sleep(0.01)
    return not thread.is_alive()


async def _say_ready(settings: Settings, ready_file: Path | None) -> None:
    """Once the health URL responds over the network, report it on stdout and in the ready file."""
    while not await _healthy(settings.port):
        await asyncio.sleep(0.02)
    gc.freeze()  # what exists by now stays: to search it for garbage again and again delays requests
    if ready_file:
        try:
            _write_ready_file(settings, ready_file)
        except OSError as error:
            raise SystemExit(f"local_aws: --ready-file {ready_file} can't be written: {error.strerror}.") from error
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


SDK_CONFIG = """\
SchemaVersion: "1.0"
SageMaker:
  PythonSDK:
    Modules:
      TelemetryOptOut: true
      Session:
        DefaultS3Bucket: sagemaker-{region}-{account}
"""
"""Names the bucket that the SageMaker Python SDK would ask STS for, at an address that no variable changes."""


def _write_ready_file(settings: Settings, ready_file: Path) -> None:
    """Write to a temporary name, then rename, so that a reader never sees a partial file."""
    content = {
        "pid": os.getpid(),
        "endpoint_url": settings.endpoint_url,
        "region": settings.region,
        "account": settings.account,
        "log": str(settings.log),
        "state": str(settings.state),
        "environment": settings.shell_environment(),
    }
    ready_file.parent.mkdir(parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=ready_file.parent, prefix=f".{ready_file.name}.")  # of mode 0600
    with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 (a descriptor has no path)
        file.write(json.dumps(content, indent=2) + "\n")
    Path(draft).replace(ready_file)


def _prepare_environment(settings: Settings) -> None:
    """Set what ministack and the children inherit: loopback only, this run's folders, no real credentials."""
    temporary = settings.state / "tmp"
    temporary.mkdir(exist_ok=True)
    _write_sdk_config(settings)
    tempfile.tempdir = str(temporary)
    for name in [name for name in os.environ if name.startswith(("AWS_", "LOCALSTACK_"))]:
        del os.environ[name]
    os.environ.update(settings.client_environment())
    os.environ.update(_ministack_environment(settings, temporary))


def _write_sdk_config(settings: Settings) -> None:
    """Name the account's default bucket for the SageMaker Python SDK, which asks for one if the disk is full."""
    try:
        settings.sdk_config.write_text(SDK_CONFIG.format(region=settings.region, account=settings.account), "utf-8")
    except OSError:
        settings.sdk_config.unlink(missing_ok=True)


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
        # The waits of Step Functions pass on the one clock; ministack's own variable still goes before it.
        "SFN_WAIT_SCALE": os.environ.get("SFN_WAIT_SCALE") or str(1 / settings.clock_speed),
        "AUTH": str(settings.iam).lower(),
        "LOG_LEVEL": "INFO",
        # A real account, the instance metadata service and Docker are unreachable for the server and its children.
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "DOCKER_HOST": f"unix://{settings.state}/no-docker.sock",
        "LOCAL_AWS_DOCKER_HOST": os.environ.get("DOCKER_HOST", ""),  # only for the runtime
        "NO_PROXY": ",".join(filter(None, (os.environ.get("NO_PROXY"), HOST, "localhost"))),
        "no_proxy": ",".join(filter(None, (os.environ.get("no_proxy"), HOST, "localhost"))),
    }
