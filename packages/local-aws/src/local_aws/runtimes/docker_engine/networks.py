"""Networks that containers share: only a loopback, and sockets in it that this process holds.

Note: a socket belongs to the network in which it was created, and can be passed to another process. A small container,
the holder, creates sockets in its network and passes them on. Through them this process reaches a model server that
has no network, and serves the local AWS, and all else through an HTTP proxy, in that network.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import docker.errors

from local_aws.runtimes.base import ImageNotFoundError
from local_aws.runtimes.docker_engine.engine import Engine, words
from local_aws.runtimes.inside.network import accept, forwarder, http_proxy, join
from local_aws.runtimes.networks import upstream

HOST_NAME = "container-network"
"""The kernel's host name of all containers in one network: Docker does not allow separate names."""
HOLDER_IMAGE = "python:3.11-slim-bookworm"
"""The holder's image if the job's own image has no Python."""
HOLDER = """
import array, os, socket
os.umask(0)
door = socket.socket(socket.AF_UNIX)
door.bind("/door/closed")
door.listen(128)
os.rename("/door/closed", "/door/socket")
while True:
    asking, _ = door.accept()
    made = socket.socket()
    handed = array.array("i", [made.fileno()])
    asking.sendmsg([b"!"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, handed)])
    made.close()
    asking.close()
"""
START_SECONDS = 30.0
LOOK_SECONDS = 0.01


class ContainerNetwork:
    """A `JobNetwork`. It is created when the first container joins, in whose image the holder runs.

    With ``network``, the URLs of ``reach``, on this machine's 127.0.0.1, are reachable in it.
    """

    def __init__(self, engine: Engine, *, network: bool, reach: Sequence[str], internet: bool = True) -> None:
        self._engine, self._network, self._internet = engine, network, internet
        self._ports = [urlsplit(url).port or 80 for url in reach]
        self._joining = threading.Lock()
        self._holder: str | None = None
        self._folder = Path(tempfile.mkdtemp(prefix="network-"))
        self._listeners: list[socket.socket] = []
        self._proxy: str | None = None

    def join(self, image: str) -> str:
        """A container's ``network_mode`` for Docker. Raises `ImageNotFoundError` if no holder can run."""
        with self._joining:
            if self._holder is None:
                self._holder = self._start_holder(image)
                self._await_door()
                if self._network:
                    self._lead_out()
        return f"container:{self._holder}"

    def variables(self) -> dict[str, str]:
        """The variables that a program needs to reach the outside."""
        if self._proxy is None:
            return {}
        return {
            **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), self._proxy),
            **dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost"),
        }

    def publish(self, port: int) -> str:
        """Forward a free port of this machine's 127.0.0.1 to a port of the network, and return the URL."""

        def serve(connection: socket.socket) -> None:
            with self._socket() as other:
                other.connect(("127.0.0.1", port))
                join(connection, other)

        listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self._listeners.append(listener)
        accept(listener, serve)
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    def close(self) -> None:
        """See `JobNetwork.close`."""
        for listener in self._listeners:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        if self._holder:
            self._engine.remove(self._holder)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _start_holder(self, image: str) -> str:
        self._folder.chmod(0o777)  # its parent is closed to others
        failures = []
        for candidate in (image, HOLDER_IMAGE):
            try:
                return self._try_holder(candidate)
            except docker.errors.APIError as error:
                failures.append(words(error))
        raise ImageNotFoundError(
            f"Neither the image nor {HOLDER_IMAGE} has a python3 to hold the container's network ({failures[-1]}): "
            f"pull {HOLDER_IMAGE}, or add python3 to the image."
        )

    def _try_holder(self, image: str) -> str:
        holder = self._engine.create(
            image,
            entrypoint=["python3", "-I", "-S", "-c", HOLDER],
            command=[],
            hostname=HOST_NAME,
            user=f"{os.getuid()}:{os.getgid()}",
            host={
                "network_mode": "none",
                "binds": [f"{self._folder}:/door"],
                "cap_drop": ["ALL"],
                "security_opt": ["no-new-privileges"],
                "read_only": True,
                "pids_limit": 16,
            },
        )
        try:
            self._engine.api.start(holder)
        except BaseException:
            self._engine.remove(holder)
            raise
        return holder

    def _await_door(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not (self._folder / "socket").exists():
            if time.monotonic() > deadline:
                raise RuntimeError(f"The container that holds the network did not answer within {START_SECONDS:.0f} s.")
            time.sleep(LOOK_SECONDS)

    def _lead_out(self) -> None:
        """Serve the ports of ``reach`` in the network, and with a way to the internet an HTTP proxy."""
        for port in self._ports:
            accept(self._listen(port), forwarder("127.0.0.1", port))
        if not self._internet:
            return
        proxied = self._listen(0)
        login, parent = "", urlsplit(upstream() or "")
        if parent.hostname:
            accept(proxied, forwarder(parent.hostname, parent.port or 80))
            login = f"{parent.netloc.rpartition('@')[0]}@" if "@" in parent.netloc else ""
        else:
            accept(proxied, http_proxy)
        self._proxy = f"http://{login}127.0.0.1:{proxied.getsockname()[1]}"

    def _listen(self, port: int) -> socket.socket:
        listener = self._socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
        self._listeners.append(listener)
        return listener

    def _socket(self) -> socket.socket:
        """A socket created in the network. The path is short, because the kernel refuses long ones."""
        folder = os.open(self._folder, os.O_PATH | os.O_DIRECTORY)
        try:
            with socket.socket(socket.AF_UNIX) as asking:
                asking.settimeout(START_SECONDS)
                asking.connect(f"/proc/self/fd/{folder}/socket")
                _, handed, _, _ = socket.recv_fds(asking, 1, 1)
        finally:
            os.close(folder)
        if not handed:  # the container has ended
            raise ConnectionRefusedError("the container's network is gone")
        return socket.socket(fileno=handed[0])
