"""The composition root of the local AWS: creates and closes its store, runtime, clients and services."""

from __future__ import annotations

import importlib
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from threading import Semaphore
from typing import Any

from local_aws.api.rest_service import RestService
from local_aws.api.service import JsonService, Scope, service_model
from local_aws.api.store import Store
from local_aws.clients import Clients
from local_aws.emr.serverless import EmrServerless
from local_aws.files.storage import Location
from local_aws.json_apis import JSON_APIS
from local_aws.process.processes import mark
from local_aws.protocols import Emulator
from local_aws.runtimes.base import Runtime
from local_aws.sagemaker.endpoint_configs import EndpointConfigs
from local_aws.sagemaker.endpoints import Endpoints
from local_aws.sagemaker.invocations import Invocations
from local_aws.sagemaker.model_package_groups import ModelPackageGroups
from local_aws.sagemaker.model_packages import ModelPackages
from local_aws.sagemaker.models import Models
from local_aws.sagemaker.processing_jobs import processing_jobs
from local_aws.sagemaker.tags import Tags
from local_aws.sagemaker.tracking_servers import TrackingServers
from local_aws.sagemaker.training_jobs import TrainingJobs
from local_aws.sagemaker.transform_jobs import transform_jobs
from local_aws.sagemaker.tuning_jobs import TuningJobs
from local_aws.sagemaker.workspaces import Workspaces
from local_aws.settings import Settings

log = logging.getLogger("local_aws")


PARALLEL_METRICS = 4
SLOT_POLL_SECONDS = 0.1
JOBS_PER_SLOT = 2
"""Concurrent jobs: while some compute, others download data or upload results."""
RUNTIMES = {
    "process": "local_aws.runtimes.process:ProcessRuntime",
    "docker": "local_aws.runtimes.docker_engine.runtime:from_environment",
}
"""Runtimes by short name: the class or function that creates one from the cache folder."""


@dataclass
class Backend:
    """Everything that a service needs; `create` builds one per server."""

    settings: Settings
    runtime: Runtime
    clients: Clients
    emulator: Emulator
    jobs: ThreadPoolExecutor
    slots: Semaphore
    """One per program that may run at once. Jobs hold none before and after their program."""
    metrics: ThreadPoolExecutor
    """Sends the values of metric filters."""
    store: Store = field(default_factory=Store)
    guards: dict[str, Callable[[Scope, str, Mapping[str, Any]], None]] = field(default_factory=dict)
    """Checks before a service's operations, if IAM is enforced (see `JsonService.guard`)."""
    _json_apis: dict[str, JsonService] = field(default_factory=dict)

    @classmethod
    def create(cls, settings: Settings, emulator: Emulator) -> Backend:
        """Create all parts."""
        backend = cls(
            settings=settings,
            runtime=_runtime(settings),
            clients=Clients(settings),
            emulator=emulator,
            jobs=ThreadPoolExecutor(JOBS_PER_SLOT * settings.parallel_jobs, thread_name_prefix="job"),
            slots=Semaphore(settings.parallel_jobs),
            metrics=ThreadPoolExecutor(PARALLEL_METRICS, thread_name_prefix="metric"),
        )
        backend._connect()
        return backend

    def _connect(self) -> None:
        self.training_jobs = TrainingJobs(self)
        self.tuning_jobs = TuningJobs(self, self.training_jobs)
        self.processing_jobs = processing_jobs(self)
        self.transform_jobs = transform_jobs(self)
        self.endpoints = Endpoints(self)
        self.runtime_api = Invocations(self, self.endpoints)
        resources = (
            self.training_jobs,
            self.tuning_jobs,
            self.processing_jobs,
            self.transform_jobs,
            Models(self),
            EndpointConfigs(self),
            self.endpoints,
            ModelPackageGroups(self),
            ModelPackages(self),
            TrackingServers(self),
            Workspaces(self),
            Tags(self),
        )
        operations = {name: run for resource in resources for name, run in resource.operations().items()}
        self.sagemaker = JsonService(service_model("sagemaker"), operations)

    def json_api(self, name: str) -> JsonService:
        """A service of `JSON_APIS`, created on first use."""
        if name not in self._json_apis:
            self._json_apis[name] = replace(JSON_APIS[name].service(self), guard=self.guards.get(name))
        return self._json_apis[name]

    @cached_property
    def emr_serverless(self) -> RestService:
        """EMR Serverless, created on first use."""
        operations, guard = EmrServerless(self).operations(), self.guards.get("emr-serverless")
        return RestService(JsonService(service_model("emr-serverless"), operations, guard))

    def object_exists(self, scope: Scope, location: Location) -> bool:
        """Whether S3 has an object whose key begins with the location's; does not block."""
        return self.emulator.object_exists(scope, location.bucket, location.key)

    def client(self, service: str, scope: Scope, role_arn: str | None) -> Any:
        """A boto3 client that acts as ``role_arn``, or as the account itself; for threads only."""
        return self.clients.get(service, scope, self.emulator.role_credentials(scope, role_arn))

    @contextmanager
    def slot(self, check: Callable[[], None]) -> Iterator[float]:
        """Wait for a free place to run a program, and hold it; yields the seconds waited.

        ``check`` is called while waiting, and may raise.
        """
        begun = time.monotonic()
        while not self.slots.acquire(timeout=SLOT_POLL_SECONDS):
            check()
        try:
            yield time.monotonic() - begun
        finally:
            self.slots.release()

    def container_environment(self, scope: Scope, role_arn: str, *, network: bool) -> dict[str, str]:
        """The variables that SageMaker sets in every container; an isolated one gets no credentials and no endpoint."""
        region = {"AWS_REGION": scope.region, "AWS_DEFAULT_REGION": scope.region, **mark()}
        if not network:
            return region
        credentials = self.emulator.role_credentials(scope, role_arn).environment()
        return {**region, **credentials, "AWS_ENDPOINT_URL": self.settings.endpoint_url}

    def emit_event(self, scope: Scope, entry: dict[str, Any]) -> None:
        """Put an AWS service's event on the default bus; from any thread."""
        self.emulator.put_event(scope, entry)

    def close(self) -> None:
        """End every job and model server; returns once they have ended."""
        self.jobs.shutdown(wait=False, cancel_futures=True)
        self.tuning_jobs.close()
        self.training_jobs.close()
        self.processing_jobs.close()
        self.transform_jobs.close()
        self.endpoints.close()
        self.metrics.shutdown(wait=False)
        self.jobs.shutdown(wait=True)


def _runtime(settings: Settings) -> Runtime:
    module, _, factory = RUNTIMES.get(settings.runtime, settings.runtime).partition(":")
    # The others run real images, which need no folder.
    options = {"images": settings.images, "protected": [settings.state]} if settings.runtime == "process" else {}
    made: Runtime = getattr(importlib.import_module(module), factory)(settings.cache, **options)
    return made
