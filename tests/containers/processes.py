"""What the machine tells of a program's processes, by Linux's /proc: a container's are seen there too."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

PROC = Path("/proc")


def tree(process_id: int) -> Iterator[int]:
    """A process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for path in PROC.iterdir():
        if path.name.isdigit():
            with contextlib.suppress(OSError):
                parent = int(_status(path)["PPid"])
                children.setdefault(parent, []).append(int(path.name))
    waiting = [process_id]
    while waiting:
        process = waiting.pop()
        yield process
        waiting += children.get(process, [])


def users(process_id: int) -> dict[str, int]:
    """The effective user's number of each process of the tree, by its name."""
    users_by_process = {}
    for process in tree(process_id):
        with contextlib.suppress(OSError):
            status = _status(PROC / str(process))
            users_by_process[f"{status['Name']} ({process})"] = int(status["Uid"].split()[1])
    return users_by_process


def resident_bytes(process_id: int) -> int:
    """Memory that belongs to the tree; what its processes share is counted once."""
    total = 0
    for process in tree(process_id):
        with contextlib.suppress(OSError):
            for line in (PROC / str(process) / "smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
    return total


def _status(path: Path) -> dict[str, str]:
    lines = (path / "status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
