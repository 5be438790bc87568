"""Resource usage of a program and its child processes, read from /proc; none if the machine has no /proc.

Note: all jobs share the processors, so 100 % is one core's full time, as in SageMaker's CPUUtilization.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

from local_aws.files.untrusted import JobTree
from local_aws.runtimes.inside.process_tree import descendants

PROCESSES = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
GIGABYTE = 1024**3
DISK_SAMPLES = 10
"""The size of /opt/ml is measured once per this many samples, where a job is sampled each second."""

Value = tuple[dict[str, str], float]
"""Type, Name and Dimension of a measurement, as SageMaker's profiler names them, and its value."""
Sample = tuple[float, list[Value]]
"""Seconds since 1970, and the values."""


class UsageMeter:
    """Measures a process and all below it, and the folder that is their /opt/ml."""

    def __init__(self, process_id: int, root: Path, volume_gigabytes: int, disk_samples: int = DISK_SAMPLES) -> None:
        self._top, self._root, self._volume = process_id, root, volume_gigabytes * GIGABYTE
        self._disk_samples = disk_samples
        self._ticks: dict[int, int] = {}
        self._moved: dict[int, tuple[int, int]] = {}
        self._last = (time.monotonic(), self._totals(), _network(process_id))
        self._taken, self._disk = 0, 0.0

    def count_from_start(self) -> None:
        """Let the first sample be of the time since the process began, rather than since this meter did."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            began = int(_read(self._top, "stat").rpartition(")")[2].split()[19]) / TICKS
            age = time.clock_gettime(time.CLOCK_BOOTTIME) - began
            self._last = (time.monotonic() - age, (0, 0, 0), (0, 0))

    def sample(self) -> Sample | None:
        """The usage since the last sample."""
        if not (PROCESSES / str(self._top)).exists():
            return None
        before, (ticks, read_bytes, written_bytes), (received_bytes, sent_bytes) = self._last
        family = [self._top, *descendants(self._top)]
        now, totals, traffic = time.monotonic(), self._totals(family), _network(family[-1])
        seconds = max(now - before, 0.001)
        self._last = (now, totals, traffic)
        return time.time(), [
            (_name("cpu", "total", "CPUUtilization"), 100 * (totals[0] - ticks) / TICKS / seconds),
            (_name("memory", "memory", "MemoryUtilization"), 100 * _resident(family) / _memory()),
            (_name("disk", "disk", "DiskUtilization"), self._disk_share()),
            (_name("disk", "read", "ReadThroughputInBytesPerSecond"), max(0, totals[1] - read_bytes) / seconds),
            (_name("disk", "write", "WriteThroughputInBytesPerSecond"), max(0, totals[2] - written_bytes) / seconds),
            (_name("network", "eth0", "ReceiveBytesPerSecond"), max(0, traffic[0] - received_bytes) / seconds),
            (_name("network", "eth0", "TransmitBytesPerSecond"), max(0, traffic[1] - sent_bytes) / seconds),
        ]

    def _totals(self, family: list[int] | None = None) -> tuple[int, int, int]:
        """Processor ticks, bytes read and bytes written by all processes seen so far."""
        for process in family if family is not None else [self._top, *descendants(self._top)]:
            with contextlib.suppress(OSError, ValueError):  # it has ended meanwhile
                fields = _read(process, "stat").rpartition(")")[2].split()
                self._ticks[process] = int(fields[11]) + int(fields[12])
                moved = dict(line.split(": ") for line in _read(process, "io").splitlines())
                self._moved[process] = (int(moved["read_bytes"]), int(moved["write_bytes"]))
        read, written = (sum(pair[index] for pair in self._moved.values()) for index in (0, 1))
        return sum(self._ticks.values()), read, written

    def _disk_share(self) -> float:
        """The percentage of the requested volume that /opt/ml fills."""
        if self._taken % self._disk_samples == 0:
            self._disk = 100 * _size(self._root) / self._volume
        self._taken += 1
        return self._disk


def _name(kind: str, name: str, dimension: str) -> dict[str, str]:
    return {"Type": kind, "Name": name, "Dimension": dimension}


def _read(process: int, name: str) -> str:
    return (PROCESSES / str(process) / name).read_text(errors="replace")


def _resident(family: list[int]) -> int:
    total = 0
    for process in family:
        with contextlib.suppress(OSError, ValueError, IndexError):
            total += int(_read(process, "statm").split()[1]) * PAGE
    return total


def _memory() -> int:
    with contextlib.suppress(ValueError, OSError):
        return os.sysconf("SC_PHYS_PAGES") * PAGE
    return GIGABYTE


def _network(process: int) -> tuple[int, int]:
    """Bytes received and sent in a process's network: its job's, or the whole machine's."""
    received = sent = 0
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in _read(process, "net/dev").splitlines()[2:]:
            fields = line.partition(":")[2].split()
            received, sent = received + int(fields[0]), sent + int(fields[8])
    return received, sent


def _size(folder: Path) -> int:
    with contextlib.suppress(OSError):
        return sum(entry.status.st_size for entry in JobTree(folder).entries() if not entry.is_folder)
    return 0
