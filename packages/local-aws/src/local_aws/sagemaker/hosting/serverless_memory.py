"""Holds a serverless container within MemorySizeInMB, in the way of `instance_limits`: by looking at its processes.

AWS documents no words for a container over its memory; the line in the log is ours.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from weakref import WeakKeyDictionary

from local_aws.runtimes.inside.process_tree import descendants
from local_aws.sagemaker.hosting.model_instance import ModelInstance
from local_aws.sagemaker.instance_limits import bytes_of

LOOK_SECONDS = 0.25
MEBIBYTE = 1024**2


class MemoryWatch:
    """Watches the containers of one variant, each in a thread that ends with the container."""

    def __init__(self, megabytes: int) -> None:
        self._megabytes = megabytes
        self._used: WeakKeyDictionary[ModelInstance, float] = WeakKeyDictionary()

    def watch(self, instance: ModelInstance) -> None:
        """Begin to watch a container that is starting."""
        threading.Thread(target=self._watch, args=(instance,), name="serverless memory", daemon=True).start()

    def utilization(self, instance: ModelInstance) -> float:
        """The share of its memory that a container used at the last look, in percent."""
        return self._used.get(instance, 0.0)

    def _watch(self, instance: ModelInstance) -> None:
        while not instance.has_ended:
            time.sleep(LOOK_SECONDS)
            for process_id, _ in instance.programs:
                sizes = {process: bytes_of(process) for process in (process_id, *descendants(process_id))}
                total = sum(sizes.values())
                self._used[instance] = 100 * total / (self._megabytes * MEBIBYTE)
                if total > self._megabytes * MEBIBYTE:
                    self._kill(instance, max(sizes, key=lambda process: sizes[process]), total)

    def _kill(self, instance: ModelInstance, process: int, total: int) -> None:
        used = total // MEBIBYTE
        instance.say(f"Out of memory: the container uses {used} MB, and MemorySizeInMB is {self._megabytes}.")
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(process, signal.SIGKILL)
