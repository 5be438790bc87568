"""Finds the address of this checkout's local AWS, or raises one clear error if it isn't running."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from launchpad import paths
from launchpad.messages.errors import LaunchpadError, shown

READY_FILE = paths.LOCAL_AWS / "running.json"
"""The file that the local AWS of `launchpad local` writes when it is ready, and removes when it ends."""
VARIABLE = "AWS_ENDPOINT_URL"
SECRET = "AWS_SECRET_ACCESS_KEY"  # noqa: S105 (the name of a variable)
LOOPBACK = ("127.0.0.1", "localhost", "::1")
REMEDY = "start it in another terminal with `make local` (or `launchpad local`), then try again"


def gone(endpoint_url: str) -> str:
    """The message about a local AWS that has ended. `launchpad local` goes on where it stopped."""
    return f"the local AWS at {endpoint_url} has stopped answering; {REMEDY}"


@dataclass(frozen=True)
class LocalAddress:
    """The address of a running local AWS."""

    endpoint_url: str
    secret: str = field(repr=False)
    """The secret that signs requests, random for each state folder."""
    log: Path | None = None
    """The server's log, if it is known."""

    @classmethod
    def from_ready_file(cls, path: Path) -> LocalAddress:
        """Read the file that a local AWS writes when it is ready. Raises OSError, ValueError, KeyError or TypeError."""
        content = json.loads(path.read_text("utf-8"))
        secret = str(content["environment"][SECRET])
        return cls(_on_loopback(str(content["endpoint_url"])), secret, Path(content["log"]))


def local_address(variables: Mapping[str, str] = os.environ, ready_file: Path = READY_FILE) -> LocalAddress:
    """The local AWS that `AWS_ENDPOINT_URL` names, or else the one of this checkout.

    Raises:
        LaunchpadError: no local AWS is running, it doesn't respond, its secret is unknown, or the variable names
            another machine.
    """
    url = variables.get(VARIABLE)
    address = None if url else _from_file(ready_file)
    endpoint_url = address.endpoint_url if address else _on_loopback(str(url))
    if not answers(endpoint_url):
        source = f"{shown(ready_file)} names {endpoint_url}" if address else f"{VARIABLE} is {url}"
        raise LaunchpadError(f"the local AWS doesn't answer ({source}, where nothing listens); {REMEDY}")
    return address or _from_variables(endpoint_url, variables, ready_file)


def answers(endpoint_url: str) -> bool:
    """Whether a server listens at the address; False for an invalid one."""
    parts = urlsplit(endpoint_url)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 80), timeout=2).close()
    except (OSError, ValueError):
        return False
    return True


def is_local(endpoint_url: str) -> bool:
    """Whether the address is on this machine."""
    return urlsplit(endpoint_url).hostname in LOOPBACK


def is_gone(endpoint_url: str) -> bool:
    """Whether no server listens at the address any more; False for a server that is only slow."""
    parts = urlsplit(endpoint_url)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 80), timeout=2).close()
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    return False


def _from_variables(url: str, variables: Mapping[str, str], ready_file: Path) -> LocalAddress:
    """Take the secret from the ready file if it is of the same server, or else from the printed variables."""
    with suppress(OSError, ValueError, KeyError, TypeError, LaunchpadError):
        address = LocalAddress.from_ready_file(ready_file)
        if address.endpoint_url == url:
            return address
    secret = variables.get(SECRET)
    if not secret:
        raise LaunchpadError(
            f"{VARIABLE} is {url}, but {SECRET} is not set, with which requests to it are signed; paste all of the"
            f" `export` lines that the local AWS printed, or unset {VARIABLE}"
        )
    return LocalAddress(url, secret)


def _from_file(ready_file: Path) -> LocalAddress:
    try:
        return LocalAddress.from_ready_file(ready_file)
    except FileNotFoundError:
        raise LaunchpadError(f"the local AWS isn't running; {REMEDY}") from None
    except (ValueError, KeyError, TypeError):
        raise LaunchpadError(f"{shown(ready_file)}: can't be read; delete the file, and {REMEDY}") from None


def _on_loopback(endpoint_url: str) -> str:
    if urlsplit(endpoint_url).hostname not in LOOPBACK:
        raise LaunchpadError(
            f"environment local never leaves this machine, but the endpoint is {endpoint_url}; unset {VARIABLE},"
            " or name another environment with --env"
        )
    return endpoint_url
