#!/usr/bin/env python3
"""The replacement for ssh that mpirun calls: ``mpi_agent.py HOST COMMAND...`` runs a shell command on another host.

The host listens for it (`mpi.MpiRunner`), in the job's own network, which no process outside the job can reach.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from typing import Any

PORT = 8022
PREFIX = "peer-"
"""Prefix of each host name: mpirun treats a host whose name resolves to a local address as itself."""
START_SECONDS = 900
"""How long a host may take to listen: it installs the script's requirements first."""


def main() -> None:
    """Exit with the command's exit code."""
    host, *words = sys.argv[1:]
    sys.exit(order(host.removeprefix(PREFIX), {"run": " ".join(words), "environment": sys.prefix}, START_SECONDS))


def order(host: str, command: dict[str, Any], patience: float) -> int:
    """Send a host a command, and return its exit code. Raises `OSError` if the host doesn't listen in time, or ends."""
    with _connected(host, time.monotonic() + patience) as connection, connection.makefile("rw") as channel:
        channel.write(json.dumps(command) + "\n")
        channel.flush()
        response = channel.readline()
    if not response:
        raise ConnectionResetError(f"{host} ended before the command did")
    return int(json.loads(response)["code"])


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
