#!/usr/bin/env python3
"""What mpirun calls instead of ssh: ``mpi_agent.py HOST COMMAND...`` has another host of the job run a shell's command.

The host listens for it (`mpi.MpiRunner`), in the job's own network, which nobody else can reach.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from typing import Any

PORT = 8022
PREFIX = "peer-"
"""Before each host's name: mpirun takes a host whose name it can resolve to an address of its own for itself."""
START_SECONDS = 900
"""How long a host may take to listen: it installs the script's requirements first."""


def main() -> None:
    """Exit with the command's exit code."""
    host, *words = sys.argv[1:]
    sys.exit(order(host.removeprefix(PREFIX), {"run": " ".join(words), "environment": sys.prefix}, START_SECONDS))


def order(host: str, what: dict[str, Any], patience: float) -> int:
    """Tell a host what to do, and return its exit code. Raises `OSError` when it doesn't listen in time, or ends."""
    with _connected(host, time.monotonic() + patience) as connection, connection.makefile("rw") as channel:
        channel.write(json.dumps(what) + "\n")
        channel.flush()
        answer = channel.readline()
    if not answer:
        raise ConnectionResetError(f"{host} ended before the command did")
    return int(json.loads(answer)["code"])


def _connected(host: str, deadline: float) -> socket.socket:
    while True:
        try:
            return socket.create_connection((host, PORT))
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


if __name__ == "__main__":
    main()
