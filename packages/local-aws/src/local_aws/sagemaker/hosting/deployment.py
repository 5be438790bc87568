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
from local_aws.sagemaker.hosting.capture_settings import CaptureTarget, capture_settings
from local_aws.sagemaker.hosting.model_instance import ModelInstance
from local_aws.sagemaker.hosting.variants import Variant, stop_all

LONGEST_ASYNC_SECONDS = 3665.0
"""A little more than an asynchronous request may take."""


class Deployment:
    """All variants of one endpoint configuration."""

    def __init__(
        self, context: Context, endpoint: Record, settings: Mapping[str, Any], variants: Iterable[Mapping[str, Any]]
    ) -> None:
        self.settings = settings
        """The endpoint configuration, as it was when the deployment began: it may be deleted meanwhile."""
        self.scope = endpoint.scope
        self.stopping = threading.Event()
        self.variants = [Variant(context, endpoint, variant, self.stopping) for variant in variants]
        shadows = settings.get("ShadowProductionVariants", ())
        self.shadows = [Variant(context, endpoint, shadow, self.stopping) for shadow in shadows]
        """Variants that get copies of requests."""
        for variant, shadow in zip(self.variants, self.shadows, strict=False):
            variant.shadow = shadow
        self._capture(endpoint)
        self._pause = context.clock.seconds(healing.PING_SECONDS)
        is_async = "AsyncInferenceConfig" in settings
        self._busy_seconds = LONGEST_ASYNC_SECONDS if is_async else healing.BUSY_SECONDS
        self._watcher: threading.Thread | None = None

    @property
    def is_captured(self) -> bool:
        """Whether requests are captured."""
        return any(variant.capture for variant in self.variants)

    @property
    def config(self) -> str:
        """The name of the endpoint configuration."""
        return str(self.settings["EndpointConfigName"])

    def start(self) -> None:
        """Start every variant at its desired count; return when all respond.

        Raises `CapacityError` or `StartError`, with nothing left running.
        """
        try:
            for variant in self.variants:
                variant.scale(variant.desired)
            self.start_shadows()
        except BaseException:
            self.stop()
            raise

    def start_shadows(self) -> None:
        """Start the variants that get copies, and ping all instances from now on."""
        for shadow in self.shadows:
            shadow.scale(shadow.desired)
        if self._watcher is None:
            for shadow in self.shadows:
                if not shadow.count:  # a rolling deployment scales its production variant only
                    shadow.scale(shadow.desired)
            run = partial(healing.watch, self, self._pause, self._busy_seconds)
            self._watcher = threading.Thread(target=run, name=f"pings {self.config}", daemon=True)
            self._watcher.start()

    def watched(self) -> list[tuple[ModelInstance, Callable[[], None]]]:
        """See `healing.Fleet`."""
        variants = [variant for variant in self._all() if not variant.pool]
        return [(each, partial(variant.replace, each)) for variant in variants for each in variant.instances]

    def candidates(self, name: str | None) -> list[Variant]:
        """The variants that a request may reach: the named one, or all that have a weight."""
        return [variant for variant in self.variants if (variant.weight > 0 if name is None else variant.name == name)]

    def busy(self) -> list[ModelInstance]:
        """The instances that may have requests whose responses a client waits for."""
        return [instance for variant in self.variants for instance in variant.instances]

    def stop(self) -> None:
        """End every instance now."""
        self.stopping.set()
        for variant in self._all():
            if variant.pool:
                variant.pool.close()
        stop_all([instance for variant in self._all() for instance in variant.running()])

    def _capture(self, endpoint: Record) -> None:
        """Capture the requests of all variants, shadows included, if the configuration says so."""
        settings = capture_settings(self.settings)
        if settings is None:
            return
        for variant in self._all():
            role = partial(_role, self.settings.get("ExecutionRoleArn"), variant)
            variant.capture = CaptureTarget(settings, endpoint.scope, endpoint.name, variant.name, role)

    def _all(self) -> list[Variant]:
        return [*self.variants, *self.shadows]


def _role(of_config: str | None, variant: Variant) -> str:
    """The role that captured requests are written with; a variant's model is known once it runs."""
    return of_config or variant.role_arn
