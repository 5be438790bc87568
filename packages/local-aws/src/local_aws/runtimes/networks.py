"""A network for the hosts of one job: a separate loopback, on which algo-1, algo-2 and so on have their addresses.

So two jobs may use the same ports. Unless the job is isolated, the local AWS has its usual address there, and all else
is reached through an HTTP proxy; `inside/network.py` is the process that holds the network and passes data on.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from local_aws.runtimes.base import LogSink
from local_aws.runtimes.programs import RUN, SUPERVISOR_VARIABLES

INTERFACE = "lo"


class HostNetwork:
    """A `JobNetwork` in a network namespace."""

    def __init__(self, roots: Sequence[Path], *, network: bool, reach: Sequence[str], internet: bool = True) -> None:
        self._hosts = [f"algo-{number}" for number in range(1, len(roots) + 1)]
        self._holder = subprocess.Popen(
            [sys.executable, "-I", "-S", str(RUN), "network"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={name: value for name, value in os.environ.items() if name in SUPERVISOR_VARIABLES},
            start_new_session=True,
        )
        ports = [urlsplit(url).port for url in reach]
        request = {"forward": ports, "upstream": upstream(), "internet": internet} if network else {}
        response = self._ask(request)
        self.process_id = int(response["process"])
        self._proxy = response.get("proxy")
        for root in roots:
            change_resources(root, lambda resources: {**resources, "network_interface_name": INTERFACE})

    def variables(self) -> dict[str, str]:
        """The variables that a program needs to reach the outside."""
        if self._proxy is None:
            return {}
        exceptions = ",".join(["127.0.0.1", "localhost", *self._hosts])
        return {
            **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), self._proxy),
            **dict.fromkeys(("NO_PROXY", "no_proxy"), exceptions),
        }

    def close(self) -> None:
        """See `JobNetwork.close`."""
        with contextlib.suppress(OSError):
            if self._holder.stdin:
                self._holder.stdin.close()  # it ends because no command can reach it any more
        self._holder.wait()
        if self._holder.stdout:
            self._holder.stdout.close()

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self._holder.stdin and self._holder.stdout  # noqa: S101 (they were opened as pipes)
        self._holder.stdin.write(json.dumps(request).encode() + b"\n")
        self._holder.stdin.flush()
        line = self._holder.stdout.readline()
        if not line:
            self.close()
            raise RuntimeError("The network of the job's hosts could not be made; the server's log tells more.")
        return dict(json.loads(line))


def give_addresses(roots: Sequence[Path], number: int, log: LogSink) -> None:
    """Do without namespaces: put addresses of this machine in place of names in the hosts' resourceconfig.json.

    ``number`` is the job's, so that concurrent jobs have different addresses.
    """
    names = {
        f"algo-{host}": f"127.{1 + number // 250 % 250}.{number % 250}.{host}" for host in range(1, len(roots) + 1)
    }
    log(f"This machine gives no Linux namespaces: the job's hosts are called {', '.join(names.values())},")
    log("and share all ports with every other program here.")

    def renamed(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: renamed(item) for key, item in value.items()}
        return [renamed(item) for item in value] if isinstance(value, list) else names.get(value, value)

    for root in roots:
        change_resources(root, renamed)


def change_resources(root: Path, change: Any) -> None:
    """Rewrite a training host's resourceconfig.json."""
    path = root / "input/config/resourceconfig.json"
    path.write_text(json.dumps(change(json.loads(path.read_text(encoding="utf-8")))), encoding="utf-8")


def upstream() -> str | None:
    """The proxy that this machine itself needs, if any."""
    proxies = (os.environ.get(name) for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"))
    return next(filter(None, proxies), None)
