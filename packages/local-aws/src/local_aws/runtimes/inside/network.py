"""Holds a network namespace for the hosts of a job, and passes data between it and the machine's own network.

It reads one line of JSON: ``forward``, ports of the machine's 127.0.0.1 to serve in the namespace too, and
``upstream``, the proxy that the machine needs, if any. Without ``forward`` the outside is unreachable, without
``internet`` it is the forwarded ports. It responds with ``process``, whose namespaces are to be joined, and ``proxy``,
an address inside; and it ends when its stdin does.
Note: a socket belongs to the network in which it was created. So the first process listens on sockets that the
second has created inside, and connects with its own sockets.
"""

from __future__ import annotations

import array
import contextlib
import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from urllib.parse import urlsplit

from local_aws.runtimes.inside import namespaces

HEAD_BYTES = 64 * 1024
CONNECT_SECONDS = 30


def main() -> None:
    """Create the network, report it, and pass data on until stdin ends."""
    request = json.loads(sys.stdin.buffer.readline())
    near_end, far_end = socket.socketpair()
    ports = [*request.get("forward", ()), *([0] if request.get("internet") else [])]
    holder = os.fork()
    if holder == 0:
        near_end.close()
        _hold(far_end, ports)
    far_end.close()
    listeners = _received(near_end, len(ports))
    response = {"process": holder}
    for port, listener in zip(request.get("forward", ()), listeners, strict=False):
        accept(listener, forwarder("127.0.0.1", port))
    if request.get("internet"):
        proxy = listeners[-1]
        upstream = urlsplit(request["upstream"]) if request.get("upstream") else None
        accept(proxy, forwarder(str(upstream.hostname), upstream.port or 80) if upstream else http_proxy)
        login = f"{upstream.netloc.rpartition('@')[0]}@" if upstream and "@" in upstream.netloc else ""
        response["proxy"] = f"http://{login}127.0.0.1:{proxy.getsockname()[1]}"  # type: ignore[assignment]
    sys.stdout.write(json.dumps(response) + "\n")
    sys.stdout.flush()
    while os.read(0, 4096):
        pass
    os.kill(holder, signal.SIGKILL)


def _hold(far_end: socket.socket, ports: list[int]) -> None:
    """Run the second process: create the network and the sockets, pass these on, and wait."""
    namespaces.die_with_parent()
    namespaces.enter_network()
    listeners = [socket.create_server(("127.0.0.1", port)) for port in ports]
    descriptors = array.array("i", [listener.fileno() for listener in listeners])
    far_end.sendmsg([b"!"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptors)] if descriptors else [])
    for listener in listeners:
        listener.close()
    os.close(0)
    while True:
        signal.pause()


def _received(near_end: socket.socket, count: int) -> list[socket.socket]:
    message, descriptors, _, _ = socket.recv_fds(near_end, 1, count or 1)
    if not message:
        raise SystemExit("the network namespace could not be made")
    return [socket.socket(fileno=descriptor) for descriptor in descriptors]


def accept(listener: socket.socket, serve: Callable[[socket.socket], None]) -> None:
    """Serve each connection in a separate thread, until the listener is shut down."""

    def loop() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=_served, args=(serve, connection), daemon=True).start()

    threading.Thread(target=loop, daemon=True).start()


def _served(serve: Callable[[socket.socket], None], connection: socket.socket) -> None:
    with connection, contextlib.suppress(OSError, ValueError):
        serve(connection)


def forwarder(host: str, port: int) -> Callable[[socket.socket], None]:
    """A function that forwards a connection to an address in this process's own network."""

    def serve(connection: socket.socket) -> None:
        with socket.create_connection((host, port), CONNECT_SECONDS) as other:
            join(connection, other)

    return serve


def http_proxy(connection: socket.socket) -> None:
    """Serve one connection as an HTTP proxy: CONNECT, or one request with an absolute URL."""
    head = b""
    while b"\r\n\r\n" not in head and len(head) < HEAD_BYTES:
        part = connection.recv(HEAD_BYTES)
        if not part:
            return
        head += part
    request, _, rest = head.partition(b"\r\n")
    method, target, version = request.decode("latin-1").split(" ")
    tunnel = method == "CONNECT"
    address = urlsplit(f"//{target}" if tunnel else target)
    try:
        other = socket.create_connection((str(address.hostname), address.port or 80), CONNECT_SECONDS)
    except OSError as error:
        connection.sendall(f"HTTP/1.1 502 {error}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        return
    with other:
        if tunnel:
            connection.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
            other.sendall(head.partition(b"\r\n\r\n")[2])
        else:
            path = (address.path or "/") + (f"?{address.query}" if address.query else "")
            # Only one request per connection, because a second one might be for another host.
            other.sendall(f"{method} {path} {version}\r\nConnection: close\r\n".encode("latin-1") + rest)
        join(connection, other)


def join(first: socket.socket, second: socket.socket) -> None:
    """Pass on the data of both sides, until both have ended."""
    for side in (first, second):
        side.settimeout(None)
        if side.family != socket.AF_UNIX:  # otherwise a response in two parts would wait 40 ms for its second
            side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    back = threading.Thread(target=_pass_on, args=(second, first), daemon=True)
    back.start()
    _pass_on(first, second)
    back.join()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while part := source.recv(HEAD_BYTES):
            target.sendall(part)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
