"""The local AWS as a program: its command line, and one of our own for as long as a command needs it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from launchpad import paths
from launchpad.cli.programs.processes import Program, wait_until
from launchpad.platform_client.connection import LOCAL_ACCOUNT
from launchpad.platform_client.local_address import LocalAddress
from launchpad.problems import LaunchpadError

PYTHON = paths.ROOT / ".venv-local-aws" / "bin" / "python"
CACHE = paths.LOCAL_AWS / "cache"
START_SECONDS = 60.0


def command(
    port: int, region: str, account: str | None, ready_file: Path, state: Path | None = None, *, iam: bool = True
) -> list[str]:
    """What runs the local AWS. `port` 0 takes a free one; without `state`, it keeps nothing; `iam` enforces rights.

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
    # What runs here with a role's own rights is what runs on AWS. It costs no time that can be measured.
    enforced = ["--iam"] if iam else []
    return [str(PYTHON), "-m", "local_aws", *enforced, *(str(part) for pair in options.items() for part in pair)]


@dataclass
class LocalAws:
    """One run of it, on a free port, with its files in `folder`."""

    program: Program
    folder: Path

    @classmethod
    def start(cls, folder: Path, region: str, account: str | None) -> LocalAws:
        """Start it; `address` waits until it answers."""
        folder.mkdir(parents=True, exist_ok=True)
        line = command(0, region, account, folder / "ready.json", folder / "state")
        with (folder / "output.log").open("w") as output:
            return cls(Program.start(line, os.environ, folder=paths.ROOT, output=output), folder)

    def address(self, seconds: float = START_SECONDS) -> LocalAddress:
        """Where it answers, as soon as it does.

        Raises:
            LaunchpadError: it ended or didn't answer in time; carries its last words.
        """
        ready = self.folder / "ready.json"
        wait_until(lambda: ready.exists() or self.program.exit_code is not None, seconds, interval=0.02)
        if not ready.exists():
            words = (self.folder / "output.log").read_text(errors="replace").strip().splitlines()[-10:]
            raise LaunchpadError("the local AWS didn't start:\n" + "\n".join(words))
        return LocalAddress.from_ready_file(ready)

    def stop(self) -> None:
        """End it with every job, model server and function that it runs."""
        self.program.end(grace_seconds=20)
