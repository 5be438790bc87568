"""A deployment: the running instances of every variant of one endpoint configuration.

An update starts a second deployment next to the first and swaps them; the first one ends after its last response. So no
request reaches a server that is shutting down.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from local_aws.api.store import Record
from local_aws.context import Context
from local_aws.sagemaker.hosting.model_instance import ModelInstance, Place
from local_aws.sagemaker.kinds import MODEL
from local_aws.sagemaker.model_packages import packaged
from local_aws.sagemaker.models import container_of
from local_aws.settings import cores

DEFAULT_STARTUP_SECONDS = 480.0
DRAIN_SECONDS = 65.0
"""A little more than the longest request may take."""
MAX_REQUESTS = 64
"""Concurrent requests per variant (AWS has no fixed number); a serverless variant has its MaxConcurrency."""


class Variant:
    """One production variant and its instances: as many processes as requested, but at most one per core."""

    def __init__(
        self, context: Context, endpoint: Record, settings: dict[str, Any], on_death: Callable[[str], None]
    ) -> None:
        self.name: str = settings["VariantName"]
        self.weight: float = settings["InitialVariantWeight"]
        self.count: int = settings.get("InitialInstanceCount", 1)
        self.settings = settings
        self.instances: list[ModelInstance] = []
        self._context = context
        self._on_death = on_death
        self._model = context.store.get(MODEL, endpoint.scope, settings["ModelName"])
        container = packaged(context.store, endpoint.scope, container_of(self._model.details))
        self.image: str = container["Image"]
        seconds = settings.get("ContainerStartupHealthCheckTimeoutInSeconds", DEFAULT_STARTUP_SECONDS)
        self._place = Place(endpoint, self.name, seconds, settings.get("VolumeSizeInGB"))
        self.most = min(MAX_REQUESTS, settings.get("ServerlessConfig", {}).get("MaxConcurrency", MAX_REQUESTS))
        self.in_flight = 0

    def scale(self, count: int) -> list[ModelInstance]:
        """Run instances for ``count``; block until the new ones respond. Returns the instances no longer needed."""
        target = min(count, cores())
        added = [self._instance() for _ in range(target - len(self.instances))]
        for instance in added:
            instance.start()
        try:
            for instance in added:
                instance.wait_ready()
        except BaseException:
            stop_all(added)
            raise
        instances = [*self.instances, *added]
        self.count, self.instances = count, instances[:target]
        return instances[target:]

    def summary(self) -> dict[str, Any]:
        """The variant as in DescribeEndpoint's ProductionVariants."""
        image = {"SpecifiedImage": self.image, "ResolvedImage": self.image, "ResolutionTime": time.time()}
        members = {"VariantName": self.name, "DeployedImages": [image]}
        weights = {"CurrentWeight": self.weight, "DesiredWeight": self.weight}
        if "ServerlessConfig" in self.settings:
            config = self.settings["ServerlessConfig"]
            return {**members, **weights, "CurrentServerlessConfig": config, "DesiredServerlessConfig": config}
        return {**members, **weights, "CurrentInstanceCount": self.count, "DesiredInstanceCount": self.count}

    def _instance(self) -> ModelInstance:
        return ModelInstance(self._context, self._place, self._model, lambda instance: self._on_death(instance.death()))


class RetiredError(Exception):
    """This deployment accepts no more requests: ask the endpoint for its current one."""


class OverloadedError(Exception):
    """The variant accepts no more requests at the moment."""


class Deployment:
    """All variants of one endpoint configuration."""

    def __init__(
        self,
        context: Context,
        endpoint: Record,
        variants: list[dict[str, Any]],
        on_death: Callable[[Deployment, str], None],
    ) -> None:
        self._idle = threading.Condition()
        self._retired = False
        self.variants = [
            Variant(context, endpoint, variant, lambda reason: on_death(self, reason)) for variant in variants
        ]

    def start(self) -> None:
        """Start every variant at its count; return when all respond. Raises `StartError`, with nothing left running."""
        try:
            for variant in self.variants:
                variant.scale(variant.count)
        except BaseException:
            self.stop()
            raise

    def admit(self, variant_name: str | None) -> tuple[Variant, ModelInstance, Callable[[], None]]:
        """Choose the named variant, or one by weight, and its least busy instance; call the function to leave it.

        Raises:
            LookupError: the variant does not exist.
            OverloadedError: it already has as many requests as it may have.
            RetiredError: another deployment has taken over.
        """
        with self._idle:
            if self._retired:
                raise RetiredError
            variant = self._choose(variant_name)
            if variant.in_flight >= variant.most or not variant.instances:
                raise OverloadedError
            instance = min(variant.instances, key=lambda instance: instance.in_flight)
            variant.in_flight += 1
            instance.in_flight += 1
        return variant, instance, partial(self._release, variant, instance)

    def _release(self, variant: Variant, instance: ModelInstance) -> None:
        with self._idle:
            variant.in_flight -= 1
            instance.in_flight -= 1
            self._idle.notify_all()

    def retire(self, instances: list[ModelInstance] | None = None) -> None:
        """End instances once their last request has its response; by default all, and then accept no more requests."""
        leaving = self._all() if instances is None else instances
        with self._idle:
            self._retired = self._retired or instances is None
            self._idle.wait_for(lambda: not any(instance.in_flight for instance in leaving), DRAIN_SECONDS)
        stop_all(leaving)

    def stop(self) -> None:
        """End every instance now."""
        stop_all(self._all())

    def _choose(self, name: str | None) -> Variant:
        candidates = [variant for variant in self.variants if name in (None, variant.name)]
        weights = [variant.weight for variant in candidates]
        if not candidates or (name is None and not any(weights)):
            raise LookupError(name)
        return candidates[0] if name else random.choices(candidates, weights)[0]  # noqa: S311 (traffic, not secrets)

    def _all(self) -> list[ModelInstance]:
        return [instance for variant in self.variants for instance in variant.instances]


def stop_all(instances: list[ModelInstance]) -> None:
    """End instances in parallel, so that it takes only as long as the slowest."""
    threads = [threading.Thread(target=instance.stop) for instance in instances]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
