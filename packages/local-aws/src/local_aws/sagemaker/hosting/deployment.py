"""A deployment, or fleet: the running instances of every variant of one endpoint configuration.

An update starts a second fleet next to the first; `Traffic` shares the requests between them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from local_aws.api.store import Record
from local_aws.context import Context
from local_aws.sagemaker.hosting import healing
from local_aws.sagemaker.hosting.model_instance import ModelInstance
from local_aws.sagemaker.hosting.variants import Variant, stop_all

LONGEST_ASYNC_SECONDS = 3665.0
"""A little more than an asynchronous request may take."""


class Deployment:
    """All variants of one endpoint configuration."""

    def __init__(self, context: Context, endpoint: Record, config: str, variants: Iterable[Mapping[str, Any]]) -> None:
        self.config = config
        """The name of the endpoint configuration."""
        self.stopping = threading.Event()
        self.variants = [Variant(context, endpoint, variant, self.stopping) for variant in variants]
        self._pause = context.clock.seconds(healing.PING_SECONDS)
        is_async = "AsyncInferenceConfig" in endpoint.details
        self._busy_seconds = LONGEST_ASYNC_SECONDS if is_async else healing.BUSY_SECONDS
        self._watcher: threading.Thread | None = None

    def start(self) -> None:
        """Start every variant at its desired count; return when all respond.

        Raises `CapacityError` or `StartError`, with nothing left running.
        """
        try:
            for variant in self.variants:
                variant.scale(variant.desired)
        except BaseException:
            self.stop()
            raise
        self.watch()

    def watch(self) -> None:
        """Ping the instances from now on, and replace those that don't answer."""
        if self._watcher is None:
            run = partial(healing.watch, self, self._pause, self._busy_seconds)
            self._watcher = threading.Thread(target=run, name=f"pings {self.config}", daemon=True)
            self._watcher.start()

    def watched(self) -> list[tuple[ModelInstance, Callable[[], None]]]:
        """See `healing.Fleet`."""
        return [(each, partial(variant.replace, each)) for variant in self.variants for each in variant.instances]

    def candidates(self, name: str | None) -> list[Variant]:
        """The variants that a request may reach: the named one, or all that have a weight."""
        return [variant for variant in self.variants if (variant.weight > 0 if name is None else variant.name == name)]

    def instances(self) -> list[ModelInstance]:
        """All instances, including those that do not respond yet."""
        return [instance for variant in self.variants for instance in variant.running()]

    def stop(self) -> None:
        """End every instance now."""
        self.stopping.set()
        stop_all(self.instances())
