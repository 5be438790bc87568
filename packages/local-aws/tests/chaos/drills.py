"""A server that a drill may kill, stop or starve, and what has to be gone afterwards."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.local_aws.conftest import PLAIN
from tests.local_aws.launcher import HERE, PYTHON, ROOT, START_SECONDS, LocalAws, stop

PATIENCE_SECONDS = 60
"""Far more than the server promises: a busy machine must not fail a drill."""


class Drill:
    """One server: its run's mark and its guard, noted while it lives."""

    def __init__(self, aws: LocalAws, errors: Path) -> None:
        self.aws, self.errors = aws, errors
        self.state = Path(aws.ready["state"])
        self.guard, self._mark = _guard_of(aws.process.pid)

    @property
    def log(self) -> Path:
        return Path(self.aws.ready["log"])

    def leftovers(self) -> dict[str, Any]:
        """What is left of the run, after as long as it takes to go; empty when all has gone."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (rest := self._rest()) and time.monotonic() < deadline:
            time.sleep(0.1)
        return rest

    def _rest(self) -> dict[str, Any]:
        pids = {pid for pid in _processes() if pid == self.guard or self._mark in _environment(pid)}
        mounts = [line for line in Path("/proc/self/mounts").read_text().splitlines() if str(self.state) in line]
        with socket.socket() as probe:
            listening = probe.connect_ex(("127.0.0.1", self.aws.port)) == 0
        rest = {"processes": _alive(pids), "mounts": mounts, "port": listening, "folder": self.state.exists()}
        return {name: value for name, value in rest.items() if value}


@contextmanager
def drill(*options: str, prefix: Sequence[str] = ()) -> Iterator[Drill]:
    """A separate server, started by ``prefix``; killed at the end where it still runs."""
    with tempfile.TemporaryDirectory() as folder:
        ready, errors = Path(folder) / "ready.json", Path(folder) / "stderr"
        process = start("--ready-file", str(ready), *options, prefix=prefix, errors=errors)
        try:
            deadline = time.monotonic() + START_SECONDS
            while not ready.exists():
                assert process.poll() is None and time.monotonic() < deadline, errors.read_text()[-2000:]
                time.sleep(0.02)
            yield Drill(LocalAws(process, json.loads(ready.read_text())), errors)
        finally:
            stop(process)


def start(*options: str, prefix: Sequence[str] = (), errors: Path) -> subprocess.Popen[str]:
    """Only start it."""
    runtime = () if "--runtime" in options else PLAIN
    return subprocess.Popen(
        [*prefix, str(PYTHON), "-m", "local_aws", "--port", "0", *runtime, *options],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{HERE}{os.pathsep}{Path(__file__).parent}"},
        stdout=subprocess.PIPE,
        stderr=errors.open("w"),
        text=True,
    )


def _guard_of(server: int) -> tuple[int, bytes]:
    for pid in _processes():
        words = _read(pid, "cmdline")
        if str(server).encode() in words and any(word.endswith(b"guard.py") for word in words):
            return pid, b"LOCAL_AWS_RUN=" + words[words.index(str(server).encode()) - 1]
    raise AssertionError("the server has no guard")


def _processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").glob("[0-9]*")]


def _environment(pid: int) -> list[bytes]:
    return _read(pid, "environ")


def _alive(pids: set[int]) -> list[bytes]:
    """Their command lines; a zombie's is empty."""
    return [command for pid in pids if (command := b" ".join(_read(pid, "cmdline")).strip())]


def _read(pid: int, name: str) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes().split(b"\0")
    except OSError:
        return []
