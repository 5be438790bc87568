"""`launchpad local`: run the local AWS in the foreground."""

from __future__ import annotations

import json
import os
import shlex
import socket
from pathlib import Path
from typing import Annotated

import typer

from launchpad import paths
from launchpad.cli.programs import local_aws
from launchpad.cli.terminal import note
from launchpad.messages.errors import LaunchpadError, shown
from launchpad.platform_client.connection import LOCAL
from launchpad.platform_client.local_address import READY_FILE, answers

DEFAULT_PORT = 4566
STATE = paths.LOCAL_AWS / "state"


def local(
    port: Annotated[
        int, typer.Option(help="To listen on, of 127.0.0.1; 0 takes a free one.", min=0, max=65535)
    ] = DEFAULT_PORT,
    state: Annotated[
        Path, typer.Option(help="Folder that it goes on from, and keeps everything in.", file_okay=False)
    ] = STATE,
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin anew: delete what servers have written there.")] = False,
    iam: Annotated[
        bool, typer.Option("--iam", help="Enforce IAM: hold every role to its policies, as AWS does and the demo too.")
    ] = False,
) -> None:
    """Run the local AWS in the foreground, until Ctrl-C. The next run goes on where it stopped.

    It prints the variables with which any AWS client uses it.

    Example: launchpad local --port 0 --fresh
    """
    from launchpad.settings import load_environment

    running = _running()
    if running:
        raise LaunchpadError(f"the local AWS runs already, at {running}; stop it first (Ctrl-C in its terminal)")
    _refuse_taken(port)
    settings = load_environment(LOCAL)
    note("the local AWS; in another terminal, `launchpad deploy` deploys the platform to it.")
    again = "" if state.absolute() == STATE.absolute() else f" --state {shlex.quote(str(state))}"
    note(f"Ctrl-C ends it, and the next `launchpad local{again}` goes on from {shown(state)}.")
    command = local_aws.command(port, settings.region, settings.account, READY_FILE, state.absolute(), iam=iam)
    command += ["--fresh"] if fresh else []
    os.chdir(paths.PROJECT)
    os.execv(command[0], command)  # noqa: S606 -- replaces this process, so that none is between it and the terminal


def _refuse_taken(port: int) -> None:
    """Refuse a port on which another program listens, and name this command's option: `make local` takes none."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise LaunchpadError(
                f"port {port} can't be used ({error.strerror}); `launchpad local --port 0` takes a free one"
            ) from None


def _running() -> str | None:
    """The address of this checkout's local AWS, if it responds."""
    try:
        url = str(json.loads(READY_FILE.read_text("utf-8"))["endpoint_url"])
    except (OSError, ValueError, KeyError):
        return None
    return url if answers(url) else None
