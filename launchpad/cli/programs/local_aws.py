"""The local AWS as a program: its command line, and a server that runs as long as a command needs it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from launchpad import paths
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import LOCAL_ACCOUNT
from launchpad.platform_client.local_address import LocalAddress
from launchpad.processes.programs import Program, wait_until

PYTHON = paths.ROOT / ".venv-local-aws" / "bin" / "python"
CACHE = paths.LOCAL_AWS / "cache"
START_SECONDS = 60.0


def command(
    port: int, region: str, account: str | None, ready_file: Path, state: Path | None = None, *, iam: bool = True
) -> list[str]:
    """The command that runs the local AWS, on a free port if `port` is 0; without `state` it keeps nothing.

    With `iam`, every call is checked against the caller's policies.

    Raises:
        LaunchpadError: it is not installed.
    """
    if not PYTHON.is_file():
        raise LaunchpadError("the local AWS is not installed; run `make setup`")
    options = {
        "--port": port,
        "--region": region,
        "--account": account or LOCAL_ACCOUNT,
        "--cache": CACHE,
        "--ready-file": ready_file,
        **({"--state": state} if state else {}),
        **({"--images": paths.CONTAINERS} if paths.CONTAINERS.is_dir() else {}),
    }
    # A role has the same permissions here as on AWS. This costs no measurable time.
    enforced = ["--iam"] if iam else []
    return [str(PYTHON), "-m", "local_aws", *enforced, *(str(part) for pair in options.items() for part in pair)]


@dataclass
class LocalAws:
    """One run of the local AWS on a free port, with its files in `folder`."""

    program: Program
    folder: Path

    @classmethod
    def start(
        cls, folder: Path, region: str, account: str | None, variables: Mapping[str, str] = os.environ
    ) -> LocalAws:
        """Start the server; `address` waits until it responds."""
        folder.mkdir(parents=True, exist_ok=True)
        line = [*command(0, region, account, folder / "ready.json", folder / "state"), "--per-run"]
        with (folder / "output.log").open("w") as output:
            return cls(Program.start(line, variables, folder=paths.ROOT, output=output), folder)

    def address(self, seconds: float = START_SECONDS) -> LocalAddress:
        """Wait until the server responds; return its address.

        Raises:
            LaunchpadError: it ended or didn't respond in time; carries its last lines.
        """
        ready = self.folder / "ready.json"
        wait_until(lambda: ready.exists() or self.program.exit_code is not None, seconds, interval=0.02)
        if not ready.exists():
            words = (self.folder / "output.log").read_text(errors="replace").strip().splitlines()[-10:]
            raise LaunchpadError("the local AWS didn't start:\n" + "\n".join(words))
        return LocalAddress.from_ready_file(ready)

    def stop(self) -> None:
        """End the server with every job, model server and function that it runs."""
        self.program.end(grace_seconds=20)
