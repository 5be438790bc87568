"""The guard's program, which needs only the standard library: `python -I -S guard.py RUN SERVER_PID [FOLDER]`.

It reads standard input until the server's end of the pipe closes, kills every process with the run's mark (except the
server, which may still be exiting), and removes the run's folder if one is named.
"""

import os
import shutil
import signal
import sys
import time
from pathlib import Path

MARK = "LOCAL_AWS_RUN"


def main(run: str, server: int, folder: str) -> None:
    """Wait for the server's end, then clean up after it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    while os.read(0, 4096):
        pass
    end_marked(f"{MARK}={run}".encode(), {os.getpid(), server})
    remove(folder)


def remove(folder: str) -> None:
    """Delete a folder, if one is named; again if a thread of the server has written to it meanwhile."""
    for _ in range(5):
        if not folder or not Path(folder).exists():
            return
        shutil.rmtree(folder, ignore_errors=True)


def end_marked(mark: bytes, spared: set[int]) -> None:
    """SIGKILL every process with the mark, repeatedly until none is left (they may be forking)."""
    deadline = time.monotonic() + 5
    while (processes := marked(mark) - spared) and time.monotonic() < deadline:
        for process in processes:
            try:
                os.kill(process, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                continue
        time.sleep(0.02)


def marked(mark: bytes) -> set[int]:
    """Ids of the running processes with the mark in their environment; empty without /proc."""
    processes = set()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            # A zombie's environment reads as empty, so it is not included.
            if mark in (entry / "environ").read_bytes().split(b"\0"):
                processes.add(int(entry.name))
        except OSError:
            continue
    return processes


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
