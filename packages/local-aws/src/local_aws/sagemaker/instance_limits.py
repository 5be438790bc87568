"""Holds a job's program within its instance type's memory and processors (`--instance-limits`).

Every machine can do it without privileges: the program's processes are bound to as many processors, and their memory is
read several times a second. Like the kernel of a full instance, it kills the largest process of a program over the
limit. Note: memory that is taken and given back between two looks is not seen. A control group would see it, but needs
privileges that most users lack.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from pathlib import Path

from local_aws.runtimes.base import LogSink, Program
from local_aws.runtimes.inside.process_tree import descendants
from local_aws.sagemaker.instance_types import memory, processors

LOOK_SECONDS = 0.2
KILLED = 137
"""The exit code of a container that was out of memory."""
OUT_OF_MEMORY = (
    "Please use an instance type with more memory, or reduce the size of training data processed on an instance."
)
"""SageMaker's own words in such a FailureReason, as users quote them; they are not in its documentation."""


class LimitedProgram(Program):
    """A program within limits. Starts to watch at once."""

    def __init__(self, inner: Program, instance_type: str, bytes_allowed: int, log: LogSink) -> None:
        self._inner, self._type, self._allowed, self._log = inner, instance_type, bytes_allowed, log
        self.process_id = inner.process_id
        self.out_of_memory = False
        self._ended = threading.Event()
        threading.Thread(target=self._watch, name=f"limits of {inner.process_id}", daemon=True).start()

    def wait(self, timeout: float | None = None) -> int:
        """See `Program.wait`."""
        code = self._inner.wait(timeout)
        self._ended.set()
        return KILLED if self.out_of_memory else code

    def terminate(self, grace_seconds: float) -> int:
        """See `Program.terminate`."""
        return self._inner.terminate(grace_seconds)

    def _watch(self) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            sizes = {process: bytes_of(process) for process in (self.process_id, *descendants(self.process_id))}
            total = sum(sizes.values())
            if total > self._allowed:
                self._kill(max(sizes, key=lambda process: sizes[process]), total)

    def _kill(self, process: int, total: int) -> None:
        if not self.out_of_memory:
            used, allowed = total / 1024**3, self._allowed / 1024**3
            self._log(f"Out of memory: the program uses {used:.1f} GiB, and {self._type} has {allowed:g} GiB.")
        self.out_of_memory = True
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(process, signal.SIGKILL)


def limited(program: Program, instance_type: str, log: LogSink) -> Program:
    """The program within the limits of an instance type; the program itself for an unknown one."""
    allowed, count = memory(instance_type), processors(instance_type)
    if allowed is None or count is None:
        log(f"The local AWS does not know the memory of {instance_type}, so that nothing limits the program.")
        return program
    _bind(program.process_id, count)
    return LimitedProgram(program, instance_type, allowed, log)


def _bind(process: int, count: int) -> None:
    """Bind a program to some of the processors that it may use."""
    if hasattr(os, "sched_setaffinity"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            for each in (process, *descendants(process)):
                os.sched_setaffinity(each, sorted(os.sched_getaffinity(each))[:count])


def bytes_of(process: int) -> int:
    """Memory of a process: its own, and its share of what it has in common with others; 0 if it has ended."""
    with contextlib.suppress(OSError, ValueError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0
