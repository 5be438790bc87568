"""One production variant of a fleet, and its instances."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Collection, Mapping
from typing import Any
from weakref import WeakSet

from local_aws.api.store import Record
from local_aws.context import Context
from local_aws.sagemaker.hosting import capacity, healing
from local_aws.sagemaker.hosting.capture_settings import CaptureTarget
from local_aws.sagemaker.hosting.model_instance import ModelInstance, Place, StartError
from local_aws.sagemaker.hosting.serverless_pool import STARTUP_SECONDS, Pool
from local_aws.sagemaker.kinds import MODEL
from local_aws.sagemaker.models import containers_of
from local_aws.settings import cores

log = logging.getLogger("local_aws.hosting")

DEFAULT_STARTUP_SECONDS = 480.0
DELETED = "The endpoint was deleted before its container was ready."
MAX_REQUESTS = 64
"""Concurrent requests per variant (AWS has no fixed number); a serverless variant has its MaxConcurrency."""


class Variant:
    """One production variant and its instances: as many processes as requested, but at most one per core."""

    def __init__(
        self, context: Context, endpoint: Record, settings: Mapping[str, Any], stopping: threading.Event
    ) -> None:
        self.name: str = settings["VariantName"]
        self.weight: float = settings["InitialVariantWeight"]
        self.desired: int = settings.get("InitialInstanceCount", 1)
        """The number of instances that the variant should have; `count` follows it."""
        self.count = 0
        """The number of instances that it has; here at most one process per core stands for them."""
        self.settings = settings
        self._is_random = settings.get("RoutingConfig", {}).get("RoutingStrategy") == "RANDOM"
        self.status: dict[str, Any] | None = None
        """VariantStatus, while something changes."""
        self.shadow: Variant | None = None
        """The variant that gets copies of this one's requests."""
        self.capture: CaptureTarget | None = None
        """Where its requests are captured."""
        self.in_flight = 0
        self._instances: list[ModelInstance] = []
        # Assigned, never changed in place, because requests choose from it at any time.
        self._context, self._endpoint, self._stopping = context, endpoint, stopping
        self._lock = threading.Lock()
        self._starting: list[ModelInstance] = []
        self._lost: WeakSet[ModelInstance] = WeakSet()
        self._deaths = healing.Deaths()
        self._processes = 0
        self._capacity: dict[str, Any] = {}
        self._use_model(settings["ModelName"])
        serverless = settings.get("ServerlessConfig")
        self.pool = Pool(context.clock, self._instance, serverless) if serverless else None
        """The containers of a serverless variant; None for one with instances."""

    @property
    def instances(self) -> list[ModelInstance]:
        """What serves requests at the moment."""
        return self.pool.instances if self.pool else self._instances

    @property
    def most(self) -> int:
        """How many requests it may have at a time."""
        return self.pool.most if self.pool else MAX_REQUESTS

    @property
    def role_arn(self) -> str:
        """The model's execution role."""
        return str(self._model.details.get("ExecutionRoleArn", ""))

    @property
    def instance_type(self) -> str | None:
        """The type that the instances have, once they are provisioned; None for a serverless variant."""
        return self._capacity.get("InstanceType")

    def pick(self) -> ModelInstance | None:
        """An instance for one more request; None if none responds at the moment.

        One of the least busy, or with RoutingStrategy RANDOM any.
        """
        if self.pool:
            return self.pool.pick()
        instances = self._instances
        if len(instances) < 2:
            return instances[0] if instances else None
        fewest = min(instance.in_flight for instance in instances)
        return random.choice([each for each in instances if self._is_random or each.in_flight == fewest])  # noqa: S311 (traffic)

    def scale(self, count: int) -> list[ModelInstance]:
        """Run instances for ``count``; block until the new ones respond. Returns the instances no longer needed.

        Raises `CapacityError` or `StartError`; the variant is then as it was.
        """
        if self.pool:
            self.pool.stand_up()
            return []
        target = min(count, cores())
        missing = target - len(self._instances)
        if missing > 0:
            self._provision()
        added = self._start(missing)
        if self._stopping.is_set():
            stop_all(added)
            raise StartError(DELETED)
        with self._lock:
            instances = [*self._instances, *added]
            self.count, self._processes, self._instances = count, target, instances[:target]
            dead_instances = [instance for instance in self._instances if instance in self._lost]
        for instance in dead_instances:
            self.replace(instance)
        return instances[target:]

    def replace(self, instance: ModelInstance) -> None:
        """Take an instance that ended, or should end, out of service at once, and start another in the background.

        A serverless variant starts another one for the next request.
        """
        if self.pool:
            self.pool.discard(instance)
            return
        with self._lock:
            self._lost.add(instance)  # it may have ended before `scale` has added it
            if instance not in self._instances:
                return
            self._instances = [other for other in self._instances if other is not instance]
        if not self._stopping.is_set():
            threading.Thread(target=self._replace, args=(instance,), name=f"heal {self.name}", daemon=True).start()

    def running(self) -> list[ModelInstance]:
        """All instances, including those that do not respond yet."""
        with self._lock:
            return [*self.instances, *self._starting]

    def report(self, status: str, message: str) -> None:
        """Set VariantStatus."""
        self.status = {"Status": status, "StatusMessage": message, "StartTime": time.time()}

    def summary(self) -> dict[str, Any]:
        """The variant as in DescribeEndpoint's ProductionVariants."""
        images = [container["Image"] for container in self.containers]
        deployed = [{"SpecifiedImage": uri, "ResolvedImage": uri, "ResolutionTime": time.time()} for uri in images]
        members: dict[str, Any] = {"VariantName": self.name, "DeployedImages": deployed}
        if self.status:
            members["VariantStatus"] = [self.status]
        members |= {"CurrentWeight": self.weight, "DesiredWeight": self.weight}
        if self.pool:
            config = self.pool.config
            return {**members, "CurrentServerlessConfig": config, "DesiredServerlessConfig": config}
        if "InstancePools" in self.settings:
            members["InstancePools"] = [
                {"InstanceType": kind, "CurrentInstanceCount": self.count if kind == self.instance_type else 0}
                for kind in (pool["InstanceType"] for pool in capacity.preferred(self.settings))
            ]
        return {**members, "CurrentInstanceCount": self.count, "DesiredInstanceCount": self.desired}

    def _use_model(self, name: str) -> None:
        scope, store = self._endpoint.scope, self._context.store
        self._model = store.get(MODEL, scope, name)
        self.containers = containers_of(store, self._model)

    def _provision(self) -> None:
        """Choose the pool, and with it the model, of the instances that are added."""
        self._capacity = capacity.provision(self.settings, self._context.settings.no_capacity, self._wait)
        self._use_model(self._capacity.get("ModelNameOverride", self.settings["ModelName"]))

    def _wait(self, seconds: float) -> None:
        self._context.clock.sleep(seconds, self._stopping)

    def _instance(self) -> ModelInstance:
        default = STARTUP_SECONDS if self.pool else DEFAULT_STARTUP_SECONDS
        seconds = self.settings.get("ContainerStartupHealthCheckTimeoutInSeconds", default)
        gigabytes = self.settings.get("VolumeSizeInGB")
        location = Place(self._endpoint, self.name, seconds, gigabytes, instance_type=self.instance_type)
        return ModelInstance(self._context, location, self._model, self.replace)

    def _start(self, count: int) -> list[ModelInstance]:
        """Start instances; return when all respond. Raises `StartError`, with none of them left running."""
        added = [self._instance() for _ in range(count)]
        with self._lock:
            if self._stopping.is_set():  # what is added from here on is ended by `Deployment.stop`
                raise StartError(DELETED)
            self._starting += added
        try:
            for instance in added:
                instance.start()
            for instance in added:
                instance.wait_ready()
        except BaseException:
            stop_all(added)
            raise
        finally:
            with self._lock:
                self._starting = [instance for instance in self._starting if instance not in added]
        return added

    def _replace(self, predecessor: ModelInstance) -> None:
        predecessor.stop()
        while not self._stopping.wait(self._deaths.next_delay()):
            try:
                (instance,) = self._start(1)
            except Exception as error:  # whatever the reason, the next try may succeed
                log.info("endpoint %s: a replacement failed: %s", self._endpoint.name, error)
                continue
            if self._take(instance):
                return
            instance.stop()
            if instance not in self._lost:
                return

    def _take(self, instance: ModelInstance) -> bool:
        """Put a replacement into service, if it is still needed."""
        with self._lock:
            needed = len(self._instances) < self._processes and not self._stopping.is_set()
            needed = needed and instance not in self._lost
            self._instances = [*self._instances, instance] if needed else self._instances
        return needed


def stop_all(instances: Collection[ModelInstance]) -> None:
    """End instances in parallel, so that it takes only as long as the slowest."""
    threads = [threading.Thread(target=instance.stop) for instance in instances]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
