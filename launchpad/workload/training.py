"""One training job."""

from __future__ import annotations

import json
from itertools import combinations
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from launchpad.config_files.arns import PackageArn
from launchpad.config_files.instance_types import InstanceType
from launchpad.config_files.yaml_source import WHOLE, FieldError, Scalar, Settings, pattern
from launchpad.workload.channels import Channel
from launchpad.workload.image import Image
from launchpad.workload.types import (
    ChannelName,
    HyperparameterName,
    InstanceCount,
    MetricRegex,
    Minutes,
    S3Uri,
    Source,
    TrainingEnvironment,
    VolumeGb,
    line,
    name_of_job,
)

RESERVED_HYPERPARAMETERS = "sagemaker_"
"""SageMaker's toolkits keep hyperparameters with this prefix for themselves."""
LONGEST_HYPERPARAMETER = 2500
RESERVED_CHANNELS = ("code", "model")
"""The channels that bring the scripts and an earlier model."""

GroupName = Annotated[str, line(64)]
EntityName = Annotated[str, pattern(r"^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,119}$", "use letters, digits and inner hyphens")]


class InstanceGroup(Settings):
    """One kind of machine in a heterogeneous cluster."""

    name: GroupName
    type: Annotated[str, InstanceType("TrainingInstanceType")]
    count: InstanceCount = 1


class TrainingInstance(Settings):
    """The machines of a training job: all alike (`type`, `count`), or in `groups`."""

    type: Annotated[str, InstanceType("TrainingInstanceType")] | None = None
    """SageMaker's name, such as `ml.m5.large`."""
    count: InstanceCount = 1
    volume_gb: VolumeGb = 30
    groups: tuple[InstanceGroup, ...] = Field(default=(), max_length=5)

    @model_validator(mode="after")
    def _alike_or_groups(self) -> Self:
        if (self.type is None) == (not self.groups):
            raise ValueError("write exactly one of type (all machines alike) and groups (a heterogeneous cluster)")
        names = [group.name for group in self.groups]
        if len(names) != len(set(names)):
            raise ValueError("groups: each needs a name of its own")
        return self

    @property
    def types(self) -> list[str]:
        """The instance types that the job asks for."""
        return [self.type] if self.type else [group.type for group in self.groups]


class Metric(Settings):
    """A number that SageMaker reads from the job's log."""

    name: Annotated[str, line(255)]
    regex: MetricRegex | None = None
    """A regular expression with one group, the number. XGBoost's image and SageMaker's algorithms have their own, and
    AWS takes no others: leave it out there, and name the metric as the image does, such as `validation:auc`."""


class Spot(Settings):
    """Managed spot training: cheaper, but it may be interrupted, so its checkpoints are kept in S3."""

    max_wait_minutes: Minutes
    """The minutes for capacity and for the run together; at least `max_runtime_minutes`."""


class Mpi(Settings):
    """Processes that talk through MPI (`mpirun`)."""

    processes_per_host: Annotated[int, Field(ge=1, le=256)] = 1
    options: Annotated[str, StringConstraints(max_length=1000)] = ""
    """More arguments of `mpirun`."""


class Distribution(Settings):
    """How a script is started on several instances: exactly one of `torchrun` and `mpi`."""

    torchrun: bool = False
    mpi: Mpi | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.torchrun == (self.mpi is not None):
            raise ValueError("write exactly one of `torchrun: true` and `mpi: {...}`")
        return self


class EarlierModel(Settings):
    """Where incremental training begins: exactly one of the three."""

    model_data: S3Uri | None = None
    """A model artifact, `s3://.../model.tar.gz`."""
    training_job: Annotated[str, name_of_job(63)] | None = None
    """The model artifact of this job."""
    model_package: PackageArn | None = None
    """The model artifact of this version of a model package."""

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        keys = [key for key in ("model_data", "training_job", "model_package") if getattr(self, key)]
        if len(keys) != 1:
            raise ValueError(f"write exactly one of model_data, training_job, model_package; found {keys or 'none'}")
        return self


class Rule(Settings):
    """One rule of SageMaker Debugger, evaluated while the job runs. It uses processing quota, and costs.

    AWS closed it to new customers on 2026-07-30: the environment has to say `closed_services: true`.
    """

    name: Annotated[str, line(256)]
    parameters: dict[str, str] = Field(default_factory=dict, max_length=100)


class Profiler(Settings):
    """System metrics of each host, written to S3 while the job runs. AWS ends its support on 2027-06-30.

    It is part of SageMaker Debugger, which AWS closed to new customers on 2026-07-30: the environment has to say
    `closed_services: true`. `launchpad report JOB` needs it not; it reads CloudWatch.
    """

    interval_milliseconds: Annotated[Literal[100, 200, 500, 1000, 5000, 60000], WHOLE] = 500
    rules: tuple[Rule, ...] = Field(default=(), max_length=20)


class Experiment(Settings):
    """Where SageMaker Experiments files the job."""

    name: EntityName
    run: EntityName | None = None


class Training(Source):
    """One training job."""

    image: Image | None = None
    """The job's image, instead of the workload's."""
    instance: TrainingInstance
    channels: dict[ChannelName, Channel] = Field(min_length=1, max_length=18)
    hyperparameters: dict[HyperparameterName, Scalar] = Field(default_factory=dict, max_length=90)
    max_runtime_minutes: Minutes = 60
    metrics: tuple[Metric, ...] = Field(default=(), max_length=40)
    environment: TrainingEnvironment = Field(default_factory=dict)
    network_isolation: bool = True
    """No network in the container. `false` only where it is needed, as for installing requirements.txt."""
    encrypt_traffic: bool = True
    """Between the instances of one job."""
    spot: Spot | None = None
    checkpoints: bool = False
    """Keep `/opt/ml/checkpoints` in S3; always so with `spot`."""
    initial_model: EarlierModel | None = None
    """Incremental training: the earlier model arrives as the channel `model`."""
    distribution: Distribution | None = None
    profiler: Profiler | None = None
    debugger_rules: tuple[Rule, ...] = Field(default=(), max_length=20)
    tensorboard: bool = False
    """Keep `/opt/ml/output/tensorboard` in S3 while the job runs."""
    retries: Annotated[int, Field(ge=1, le=30)] | None = None
    """Start again after an internal server error."""
    keep_alive_minutes: Annotated[int, Field(ge=1, le=60)] | None = None
    """A warm pool: the next job with the same instances starts at once. It costs as long as it waits."""
    experiment: Experiment | None = None

    @field_validator("hyperparameters")
    @classmethod
    def _not_reserved(cls, value: dict[str, Any]) -> dict[str, Any]:
        reserved = [key for key in value if key.startswith(RESERVED_HYPERPARAMETERS)]
        if reserved:
            raise ValueError(f"{', '.join(reserved)}: names that begin with `sagemaker_` are SageMaker's own")
        return value

    @field_validator("hyperparameters")
    @classmethod
    def _short_enough(cls, value: dict[str, Any]) -> dict[str, Any]:
        """Values are sent as JSON, with at most as many characters as `HyperParameterValue` has."""
        for name, given in value.items():
            if (length := len(json.dumps(given))) > LONGEST_HYPERPARAMETER:
                message = f"a value has at most {LONGEST_HYPERPARAMETER} characters, not {length}; use a file"
                raise FieldError((name,), message)
        return value

    @field_validator("channels")
    @classmethod
    def _own_names(cls, value: dict[str, Channel]) -> dict[str, Channel]:
        for name in RESERVED_CHANNELS:
            if name in value:
                raise ValueError(f"{name!r} is the platform's own channel; choose another name")
        return value

    @field_validator("metrics")
    @classmethod
    def _one_metric_per_name(cls, value: tuple[Metric, ...]) -> tuple[Metric, ...]:
        names = [metric.name for metric in value]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"two metrics are called {twice!r}; give each a name, or write one regex for both")
        return value

    @model_validator(mode="after")
    def _channels_apart(self) -> Self:
        """Refuse channels inside one another, because they would feed the same objects twice."""
        folders = sorted((channel.prefix or channel.uri or "", name) for name, channel in self.channels.items())
        for (outer, first), (inner, second) in combinations(folders, 2):
            if inner == outer or inner.startswith(f"{outer.rstrip('/')}/"):
                raise ValueError(f"channels {first!r} and {second!r} overlap: {inner!r} is within {outer!r}")
        return self

    @model_validator(mode="after")
    def _wait_covers_run(self) -> Self:
        if self.spot and self.spot.max_wait_minutes < self.max_runtime_minutes:
            raise ValueError(
                f"spot.max_wait_minutes ({self.spot.max_wait_minutes}) must be at least"
                f" max_runtime_minutes ({self.max_runtime_minutes})"
            )
        if self.spot and self.keep_alive_minutes:
            raise ValueError("keep_alive_minutes: a warm pool can't be of spot instances; remove one of the two")
        return self

    @model_validator(mode="after")
    def _groups_are_there(self) -> Self:
        names = [group.name for group in self.instance.groups]
        for channel, settings in self.channels.items():
            unknown = [name for name in settings.instance_groups if name not in names]
            if unknown:
                raise ValueError(f"channels.{channel}.instance_groups: no group {unknown[0]!r} in instance.groups")
        return self
