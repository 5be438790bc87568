"""The containers of a serverless variant: they start with requests and end when they are idle.

As on AWS, creating the endpoint starts one container to see whether it can serve, and the first request is a cold start
all the same. Note: AWS documents no time after which an idle container ends, so `IDLE_SECONDS` is our choice; and here
no more containers run than there are cores, so that further concurrent requests share them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from local_aws.clock import Clock
from local_aws.sagemaker.hosting.model_instance import ModelInstance, StartError
from local_aws.sagemaker.hosting.serverless_memory import MemoryWatch
from local_aws.settings import cores

IDLE_SECONDS = 600.0
"""Seconds of the clock without a request after which a container ends."""
STARTUP_SECONDS = 180.0
"""How long a container may take until it passes a ping."""
STAND_UP = (
    "Unable to successfully stand up your model within the allotted 180 second timeout. Please ensure that "
    "downloading your model artifacts, starting your model container and passing the ping health checks can be "
    "completed within 180 seconds."
)


class Pool:
    """The containers of one serverless variant. Thread-safe."""

    def __init__(self, clock: Clock, create: Callable[[], ModelInstance], config: Mapping[str, Any]) -> None:
        self.instances: list[ModelInstance] = []
        self.config = dict(config)
        self._clock, self._create = clock, create
        self.memory = MemoryWatch(config["MemorySizeInMB"])
        self._used: dict[int, float] = {}
        self._lock = threading.RLock()
        self._timer: threading.Timer | None = None
        self._closed = False

    @property
    def most(self) -> int:
        """MaxConcurrency."""
        return int(self.config["MaxConcurrency"])

    @property
    def provisioned(self) -> int:
        """ProvisionedConcurrency; 0 without."""
        return int(self.config.get("ProvisionedConcurrency", 0))

    def stand_up(self) -> None:
        """Start a container to see whether it can serve, and keep as many as are provisioned. Raises `StartError`."""
        first = self._started()
        try:
            first.wait_ready()
        except StartError as error:
            self.discard(first)
            first.stop()
            raise StartError(f"{STAND_UP} ({error})") from error
        if not self._warm:
            self.discard(first)
            first.stop()
        self.resize({})

    def resize(self, config: Mapping[str, Any]) -> None:
        """Use another MaxConcurrency or ProvisionedConcurrency; blocks until what is provisioned responds."""
        self.config = {**self.config, **config}
        added = [self._started() for _ in range(self._warm - len(self.instances))]
        for instance in added:
            instance.wait_ready()
        with self._lock:
            self._watch(IDLE_SECONDS)

    def pick(self) -> ModelInstance:
        """An idle container, or a new one that is starting, or else the least busy."""
        with self._lock:
            free = [instance for instance in self.instances if not instance.in_flight]
            ready = [instance for instance in free if instance.is_ready]
            if ready:
                instance = ready[-1]
            elif len(self.instances) < min(self.most, cores()):
                instance = self._started()
            else:
                instance = min(self.instances, key=lambda instance: instance.in_flight)
            self._used[id(instance)] = time.monotonic()  # so that it doesn't end before the request has reached it
            return instance

    def used(self, instance: ModelInstance) -> None:
        """Note the end of a request: the container is idle from now on."""
        with self._lock:
            self._used[id(instance)] = time.monotonic()
            self._watch(IDLE_SECONDS)

    def discard(self, instance: ModelInstance) -> None:
        """Forget a container that has died or could not start: the next request starts another one."""
        with self._lock:
            self.instances = [each for each in self.instances if each is not instance]
            self._used.pop(id(instance), None)

    def close(self) -> None:
        """Start nothing more, because the variant ends."""
        with self._lock:
            self._closed = True
            if self._timer:
                self._timer.cancel()

    @property
    def _warm(self) -> int:
        return min(self.provisioned, cores())

    def _started(self) -> ModelInstance:
        instance = self._create()
        with self._lock:
            self.instances = [*self.instances, instance]
            self._used[id(instance)] = time.monotonic()
        instance.start()
        self.memory.watch(instance)
        return instance

    def _watch(self, seconds: float) -> None:
        """Look for idle containers later, with one timer at a time."""
        if self._timer is None and not self._closed:
            self._timer = self._clock.after(seconds, self._end_idle)

    def _end_idle(self) -> None:
        now = time.monotonic()
        with self._lock:
            self._timer = None
            limit = self._clock.seconds(IDLE_SECONDS)
            idle = [
                instance
                for instance in self.instances
                if not instance.in_flight and now - self._used.get(id(instance), now) >= limit
            ]
            leaving = idle[: max(len(self.instances) - self._warm, 0)]
            for instance in leaving:
                self.discard(instance)
            if len(self.instances) > self._warm:
                self._watch(IDLE_SECONDS / 4)
        for instance in leaving:
            instance.stop()
