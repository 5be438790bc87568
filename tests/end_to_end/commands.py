"""Runs the command line as processes that are forked from one which has imported all that commands import.

A short command spends most of its processor's time on importing boto3, pydantic and `launchpad`, and the tests run
hundreds. Each is a process as a user's is, with its arguments, environment, folder and streams. There is one such
process per checkout, because `launchpad.paths` reads LAUNCHPAD_ROOT. `Checkout.start`, tests/cli and tests/projects
start the command line as a user does.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from functools import cache, partial
from pathlib import Path
from typing import Any

PROGRAM = str(Path(sys.executable).with_name("launchpad"))
LEFT_OUT = ("launchpad.api", "launchpad.images.lock_images", "launchpad.templates")
"""What no command imports."""
SERVICES = ("cloudformation", "lambda", "logs", "s3", "sagemaker", "sagemaker-runtime", "stepfunctions", "sts")
"""Those that most commands call: their models, megabytes of JSON, are read once."""
COLUMNS = "200"
"""Rich reads it on import."""
LARGEST_REQUEST = 100_000
SECONDS = 600


def run(
    arguments: list[str], variables: dict[str, str], folder: Path, rows: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `launchpad` with these arguments, and `rows` on its standard input."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, tempfile.TemporaryFile() as typed, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        typed.write((rows or "").encode())
        typed.seek(0)
        request = {"arguments": arguments, "variables": variables, "folder": str(folder)}
        with theirs:
            streams = [each.fileno() for each in (theirs, typed, out, err)]
            socket.send_fds(_forking_process(variables["LAUNCHPAD_ROOT"])[1], [json.dumps(request).encode()], streams)
        process = _receive(ours)
        try:
            code = _receive(ours)
        except TimeoutError:
            os.kill(process, signal.SIGKILL)
            raise
        texts = [_text(each) for each in (out, err)]
    return subprocess.CompletedProcess([PROGRAM, *arguments], code, *texts)


def _receive(server: socket.socket) -> int:
    server.settimeout(SECONDS)
    message = server.recv(100)
    assert message, "the process that forks commands has ended"
    return int(message)


def _text(stream: Any) -> str:
    stream.seek(0)
    return str(stream.read().decode())


@cache
def _forking_process(root: str) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """Start the process that forks; it ends when the socket for requests is closed, as this process ends."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        command = [sys.executable, "-P", __file__, str(theirs.fileno())]
        variables = {**os.environ, "LAUNCHPAD_ROOT": root, "COLUMNS": COLUMNS}
        process = subprocess.Popen(command, env=variables, pass_fds=[theirs.fileno()])
    return process, ours


def main(requests: socket.socket) -> None:
    """Fork for each request; report the process, and how it ended, on the request's socket."""
    _import_all()
    gc.freeze()
    running: dict[int, tuple[int, socket.socket]] = {}
    while True:
        for ready in select.select([requests, *running], [], [])[0]:
            if ready is not requests:
                process, client = running.pop(ready)
                client.send(str(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])).encode())
                client.close()
                os.close(ready)
                continue
            request, descriptors, *_ = socket.recv_fds(requests, LARGEST_REQUEST, 4)
            if not request:
                return
            process = os.fork()
            if not process:
                for server in (requests, *(client for _, client in running.values())):
                    server.detach()
                _become(json.loads(request), descriptors[1:])
            client = socket.socket(fileno=descriptors[0])
            client.send(str(process).encode())
            running[os.pidfd_open(process)] = process, client
            for stream in descriptors[1:]:
                os.close(stream)


def _import_all() -> None:
    """Import `launchpad`, and what botocore does for the first client of a process and of each service."""
    package = importlib.import_module("launchpad")
    for module in pkgutil.walk_packages(package.__path__, "launchpad."):
        if not module.name.startswith(LEFT_OUT):
            importlib.import_module(module.name)
    loader = importlib.import_module("botocore.loaders").JSONFileLoader
    read = cache(partial(loader.load_file, loader()))
    loader.load_file = lambda _, path: read(path)
    for service in SERVICES:
        importlib.import_module("boto3").Session("none", "none", region_name="us-east-1").client(service)


def _become(request: dict[str, Any], streams: list[int]) -> None:
    """Become the command, in the forked process."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.closerange(3, 1024)
    os.environ.clear()
    os.environ.update(request["variables"])
    os.chdir(request["folder"])
    time.tzset()
    sys.argv = [PROGRAM, *request["arguments"]]
    importlib.import_module("launchpad.cli.main").app()
    sys.exit()


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
