"""The composition root of the local AWS: creates and closes the context and all services. No service imports it."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from threading import Semaphore
from typing import Any

from local_aws.api.rest_service import RestService
from local_aws.api.service import JsonService, Scope, service_model
from local_aws.api.store import Store
from local_aws.api.tables import Tabled
from local_aws.application_autoscaling.endpoints import minding_targets
from local_aws.application_autoscaling.service import ApplicationAutoScaling
from local_aws.clients import Clients
from local_aws.clock import Clock
from local_aws.cloudformation.client_resource import stopping
from local_aws.context import Context
from local_aws.emr.serverless import EmrServerless
from local_aws.emr.service import Emr
from local_aws.files.state_file import StateFile
from local_aws.heartbeat import Heartbeat
from local_aws.iam.service_needs import caller
from local_aws.json_apis import JSON_APIS
from local_aws.mlflow.links import Links
from local_aws.mlflow.servers import MlflowServers
from local_aws.protocols import Emulator
from local_aws.runtimes.base import Runtime
from local_aws.sagemaker.closed_services import ModelMonitor
from local_aws.sagemaker.experiments.component_metrics import ComponentMetrics
from local_aws.sagemaker.experiments.trial_components import TrialComponents
from local_aws.sagemaker.experiments.trials import Experiments, Trials
from local_aws.sagemaker.hosting.async_inference import AsyncInference
from local_aws.sagemaker.hosting.container_client import ContainerClient
from local_aws.sagemaker.hosting.endpoint_configs import EndpointConfigs
from local_aws.sagemaker.hosting.endpoints import Endpoints
from local_aws.sagemaker.hosting.invocations import Invocations
from local_aws.sagemaker.hosting.measurements import Fleet, Measurements
from local_aws.sagemaker.hosting.pipelines import Pipelines
from local_aws.sagemaker.hosting.real_time import RealTime
from local_aws.sagemaker.hosting.serverless import Serverless
from local_aws.sagemaker.mlflow_apps import MlflowApps
from local_aws.sagemaker.model_package_groups import ModelPackageGroups
from local_aws.sagemaker.model_packages import ModelPackages
from local_aws.sagemaker.models import Models
from local_aws.sagemaker.processing_jobs import ProcessingJobs
from local_aws.sagemaker.refusals import instead_of
from local_aws.sagemaker.request_rules import check_request
from local_aws.sagemaker.search import Search
from local_aws.sagemaker.tags import Tags
from local_aws.sagemaker.tracking_servers import TrackingServers
from local_aws.sagemaker.training_jobs import TrainingJobs
from local_aws.sagemaker.transform_jobs import TransformJobs
from local_aws.sagemaker.tuning_jobs import TuningJobs
from local_aws.sagemaker.workflows.executions import PipelineExecutions
from local_aws.sagemaker.workflows.pipelines import Pipelines as WorkflowPipelines
from local_aws.sagemaker.workspaces import Workspaces
from local_aws.settings import Settings

PARALLEL_METRICS = 4
EMR, EMR_SERVERLESS = "elasticmapreduce", "emr-serverless"
SCALING = "application-autoscaling"
METRICS = "sagemaker-metrics"
ABSENT_RUNTIMES = ("sagemaker-featurestore-runtime", "sagemaker-edge")
"""Their requests are signed for `sagemaker`, as those of the metrics' service are."""
JOBS_PER_SLOT = 2
"""Concurrent jobs: while some compute, others download data or upload results."""
RUNTIMES = {
    "process": "local_aws.runtimes.process:ProcessRuntime",
    "docker": "local_aws.runtimes.docker_engine.runtime:from_environment",
}
"""Runtimes by short name: the class or function that creates one from the cache folder."""


@dataclass
class Backend:
    """The context and all services on it; `create` builds one per server."""

    context: Context
    metrics: ThreadPoolExecutor
    """Sends the values of metric filters."""
    guards: dict[str, Callable[[Scope, str, Mapping[str, Any]], None]] = field(default_factory=dict)
    """Checks before a service's operations, if IAM is enforced (see `JsonService.guard`)."""
    tabled: dict[str, Tabled] = field(default_factory=dict)
    """The services that have been created so far of those that keep their state in tables, by name."""
    _json_apis: dict[str, JsonService] = field(default_factory=dict)

    @classmethod
    def create(cls, settings: Settings, emulator: Emulator, file: StateFile | None = None) -> Backend:
        """Create all parts; resources are kept in ``file``, if there is one."""
        metrics = ThreadPoolExecutor(PARALLEL_METRICS, thread_name_prefix="metric")
        return cls(_context(settings, emulator, file), metrics)

    def __post_init__(self) -> None:
        context = self.context
        self.training_jobs = TrainingJobs(context)
        self.tuning_jobs = TuningJobs(context, self.training_jobs)
        self.processing_jobs = ProcessingJobs(context)
        self.transform_jobs = TransformJobs(context)
        self.measurements = Measurements()
        self.measurements.scaled = self._is_scaled
        self.pipeline_executions = PipelineExecutions(context)
        self.endpoints = Endpoints(context, self.measurements)
        self.asynchronous = AsyncInference(context, self.endpoints, self.measurements)
        client = ContainerClient()
        serverless = Serverless(RealTime(client, self.measurements), self.measurements)
        self.runtime_api = Invocations(
            self.endpoints, client, [serverless, Pipelines(client, self.measurements)], self.asynchronous
        )
        self.mlflow, self.mlflow_links = MlflowServers(context), Links(context.settings, caller.get)
        self._resources = resources = (
            self.training_jobs,
            self.tuning_jobs,
            self.processing_jobs,
            self.transform_jobs,
            Models(context),
            EndpointConfigs(context),
            self.endpoints,
            ModelPackageGroups(context),
            ModelPackages(context),
            TrackingServers(context, self.mlflow, self.mlflow_links),
            MlflowApps(context, self.mlflow, self.mlflow_links),
            Workspaces(context),
            Tags(context),
            Search(context),
            Experiments(context),
            Trials(context),
            TrialComponents(context),
            WorkflowPipelines(context),
            self.pipeline_executions,
            ModelMonitor(),
        )
        operations = {name: run for resource in resources for name, run in resource.operations().items()}
        operations = minding_targets(operations, self._scaling, lambda: self.guards.get(SCALING))
        self.sagemaker = JsonService(service_model("sagemaker"), operations, rules=check_request, instead_of=instead_of)
        self.heartbeat = Heartbeat(context.clock, self._beat)

    @property
    def settings(self) -> Settings:
        """The settings of this run."""
        return self.context.settings

    def json_api(self, name: str) -> JsonService:
        """A service of `JSON_APIS`, created on first use."""
        if name not in self._json_apis:
            service = self.tabled[name] = JSON_APIS[name].create(self.context)
            if isinstance(service, ApplicationAutoScaling):
                service.connect(self.endpoints.update_weights_and_capacities)
            model = service_model(JSON_APIS[name].model)
            self._json_apis[name] = JsonService(model, service.operations(), self.guards.get(name))
        return self._json_apis[name]

    @cached_property
    def emr_serverless(self) -> RestService:
        """EMR Serverless, created on first use."""
        service = self.tabled[EMR_SERVERLESS] = EmrServerless(self.context)
        guard = self.guards.get(EMR_SERVERLESS)
        return RestService(JsonService(service_model(EMR_SERVERLESS), service.operations(), guard))

    @cached_property
    def component_metrics(self) -> RestService:
        """The metrics of trial components; their values are records of the store."""
        operations = ComponentMetrics(self.context).operations()
        return RestService(JsonService(service_model(METRICS), operations, self.guards.get(METRICS)), ABSENT_RUNTIMES)

    def alarmed(self, scope: Scope, policy: str, alarm: Mapping[str, Any], values: Sequence[float]) -> None:
        """Hand an alarm's action to the scaling policy that it names."""
        self._scaling().alarmed(scope, policy, alarm, values)

    def _scaling(self) -> ApplicationAutoScaling:
        self.json_api(SCALING)
        service = self.tabled[SCALING]
        assert isinstance(service, ApplicationAutoScaling)  # noqa: S101 (as JSON_APIS says)
        return service

    def _beat(self, start: float, end: float, minute: float | None) -> None:
        """Let time pass, in the heartbeat's thread; CloudWatch and the scaling do their part on the event loop."""
        emulator = self.context.emulator

        def publish(scope: Scope, namespace: str, data: list[dict[str, Any]]) -> None:
            emulator.later(lambda: emulator.put_metrics(scope, namespace, data))

        self.measurements.concurrency(start, end, publish)
        if minute is not None:
            self._measure_clusters()
            self.asynchronous.measure()
            self.measurements.flush(minute, publish)
        emulator.later(lambda: emulator.evaluate_alarms(minute=minute is not None))
        emulator.later(self._tick)

    def _measure_clusters(self) -> None:
        """Publish IsIdle of EMR's clusters, each minute of the clock; AWS does each five minutes."""
        service = self.tabled.get(EMR)  # this thread must not create the service
        if isinstance(service, Emr):
            for scope, cluster, idle in service.idleness():
                dimensions = {"JobFlowId": cluster}
                self.measurements.put(scope, "AWS/ElasticMapReduce", "IsIdle", float(idle), "None", dimensions)

    def cluster_tags(self) -> list[tuple[str, list[dict[str, str]]]]:
        """The tags of EMR's clusters, by ARN."""
        service = self.tabled.get(EMR)
        return list(service.cluster_tags()) if isinstance(service, Emr) else []

    def _tick(self) -> None:
        if SCALING in self.tabled:
            self._scaling().tick()

    def _is_scaled(self, fleet: Fleet) -> bool:
        service = self.tabled.get(SCALING)  # another thread's call must not create the service
        if not isinstance(service, ApplicationAutoScaling):
            return False
        targets = service.of_endpoint(fleet.scope, fleet.endpoint)
        return any(target["ResourceId"].endswith(f"/variant/{fleet.variant}") for target in targets)

    def load(self, name: str) -> None:
        """Create one of the services that are created on first use, in `tabled`."""
        if name in JSON_APIS:
            self.json_api(name)
        elif name == EMR_SERVERLESS:
            self.emr_serverless  # noqa: B018 (created when it is first read)

    def recover(self) -> None:
        """Read the resources of the last run; jobs end that were in progress, and endpoints serve again.

        Call it before the first request. Endpoints load their models once the server responds.
        """
        self.context.store.restore()
        for resource in self._resources:
            resource.recover()
        self.asynchronous.recover()

    def close(self) -> None:
        """End every job and model server; returns once they have ended."""
        stopping.set()
        self.heartbeat.close()
        self.context.jobs.shutdown(wait=False, cancel_futures=True)
        self.pipeline_executions.close()
        self.tuning_jobs.close()
        self.training_jobs.close()
        self.processing_jobs.close()
        self.transform_jobs.close()
        self.asynchronous.close()
        self.endpoints.close()
        self.mlflow.close()
        self.metrics.shutdown(wait=False)
        self.context.jobs.shutdown(wait=True)


def _context(settings: Settings, emulator: Emulator, file: StateFile | None) -> Context:
    return Context(
        settings=settings,
        runtime=_runtime(settings),
        clients=Clients(settings),
        emulator=emulator,
        jobs=ThreadPoolExecutor(JOBS_PER_SLOT * settings.parallel_jobs, thread_name_prefix="job"),
        slots=Semaphore(settings.parallel_jobs),
        store=Store(file),
        clock=Clock(settings.clock_speed),
    )


def _runtime(settings: Settings) -> Runtime:
    module, _, factory = RUNTIMES.get(settings.runtime, settings.runtime).partition(":")
    # The others run real images, which need no folder.
    options = {"images": settings.images, "protected": [settings.state]} if settings.runtime == "process" else {}
    runtime: Runtime = getattr(importlib.import_module(module), factory)(settings.cache, **options)
    return runtime
