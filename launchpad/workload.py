"""A workload: one model as a folder with a `workload.yaml`, the whole of what a data scientist writes.

This is the file's schema. What can be wrong is told here, before anything runs; what becomes of it is in
`launchpad.requests`.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, StringConstraints, field_validator, model_validator

from launchpad.aws_model import check_instance_type
from launchpad.yaml_source import Scalar, Settings, pattern

Name = Annotated[
    str, pattern(r"^[a-z0-9](-?[a-z0-9])*$", "use lower-case letters, digits and inner hyphens", max_length=40)
]
ChannelName = Annotated[
    str, pattern(r"^[A-Za-z0-9._-]{1,64}$", "use 1 to 64 letters, digits, dots, hyphens, underscores")
]
S3Uri = Annotated[str, pattern(r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/.*)?$", "write s3://bucket/key")]
ImageUri = Annotated[
    str,
    pattern(
        r"^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.[a-z.]+/[a-z0-9._/-]+(:[\w.-]+|@sha256:[0-9a-f]{64})$",
        "write ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME:TAG, for SageMaker pulls from Amazon ECR only",
    ),
]
VariableName = Annotated[str, pattern(r"^[a-zA-Z_][a-zA-Z0-9_]*$", "use letters, digits and underscores")]
HyperparameterName = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Minutes = Annotated[int, Field(ge=1, le=28 * 24 * 60)]

RESERVED_HYPERPARAMETERS = "sagemaker_"
"""SageMaker's toolkits keep hyperparameters with this prefix for themselves."""


def _relative_path(value: str) -> str:
    if value.startswith("/") or ".." in value.split("/"):
        raise ValueError(f"{value!r} must lie inside the workload's folder; write a relative path without `..`")
    return value


RelativePath = Annotated[str, StringConstraints(min_length=1), AfterValidator(_relative_path)]


class Image(Settings):
    """The container: exactly one of `framework`, `container`, `algorithm` and `uri`."""

    framework: str | None = None
    """An AWS framework image from the image lock: sklearn, pytorch, tensorflow, xgboost, huggingface."""
    container: str | None = None
    """A folder under `containers/`, built and kept in this environment's own registry."""
    algorithm: str | None = None
    """A SageMaker built-in algorithm from the image lock."""
    uri: ImageUri | None = None
    """Any other image in Amazon ECR, by its full URI."""
    version: str | None = None
    """Of the framework or algorithm; without it the newest in the lock."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        given = [key for key in ("framework", "container", "algorithm", "uri") if getattr(self, key)]
        if len(given) != 1:
            raise ValueError(f"write exactly one of framework, container, algorithm, uri; found {given or 'none'}")
        if self.version and given[0] in ("container", "uri"):
            raise ValueError(f"`version` belongs to a framework or an algorithm, not to a {given[0]}")
        return self


class TrainingInstance(Settings):
    """The machines of a training job."""

    type: Annotated[str, AfterValidator(lambda value: check_instance_type(value, "TrainingInstanceType"))]
    """SageMaker's name, such as `ml.m5.large`."""
    count: Annotated[int, Field(ge=1, le=100)] = 1
    volume_gb: Annotated[int, Field(ge=1, le=16384)] = 30


class ServingInstance(Settings):
    """The machines of an endpoint."""

    type: Annotated[str, AfterValidator(lambda value: check_instance_type(value, "ProductionVariantInstanceType"))]
    """SageMaker's name, such as `ml.m5.large`."""
    count: Annotated[int, Field(ge=1, le=100)] = 1


class Channel(Settings):
    """One input of a training job, a folder under `/opt/ml/input/data/` in the container."""

    prefix: (
        Annotated[
            str, pattern(r"^[^/](\S*[^/])?$", "write a folder such as a/b, with no slash at its ends and no blank")
        ]
        | None
    ) = None
    """A folder in the environment's data bucket, without slashes at its ends."""
    uri: S3Uri | None = None
    """A folder or object in any other bucket that the training role may read."""
    content_type: Annotated[str, StringConstraints(max_length=256)] | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.prefix is None) == (self.uri is None):
            raise ValueError("write exactly one of prefix (a folder in the data bucket) and uri (s3://...)")
        return self


class Metric(Settings):
    """A number that SageMaker reads from the job's log."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    regex: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    """With one group, the number."""

    @field_validator("regex")
    @classmethod
    def _has_a_group(cls, value: str) -> str:
        try:
            groups = re.compile(value).groups
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from None
        if groups != 1:
            raise ValueError(f"needs exactly one group around the number, such as `R2: ([0-9.]+)`; it has {groups}")
        return value


class Spot(Settings):
    """Managed spot training: cheaper, may be interrupted, hence checkpoints."""

    max_wait_minutes: Minutes
    """For capacity and for the run together; at least `max_runtime_minutes`."""


class Training(Settings):
    """One training job."""

    instance: TrainingInstance
    channels: dict[ChannelName, Channel] = Field(min_length=1, max_length=18)
    entry_point: RelativePath | None = None
    """The script in `source_dir`; none for a built-in algorithm or a container with its own `train`."""
    source_dir: RelativePath = "src"
    hyperparameters: dict[HyperparameterName, Scalar] = Field(default_factory=dict, max_length=90)
    max_runtime_minutes: Minutes = 60
    metrics: tuple[Metric, ...] = Field(default=(), max_length=40)
    environment: dict[VariableName, str] = Field(default_factory=dict, max_length=90)
    network_isolation: bool = True
    """No network in the container. `false` only where it is needed, as for installing requirements.txt."""
    spot: Spot | None = None

    @field_validator("hyperparameters")
    @classmethod
    def _not_reserved(cls, value: dict[str, Any]) -> dict[str, Any]:
        reserved = [key for key in value if key.startswith(RESERVED_HYPERPARAMETERS)]
        if reserved:
            raise ValueError(f"{', '.join(reserved)}: names that begin with `sagemaker_` are SageMaker's own")
        return value

    @model_validator(mode="after")
    def _wait_covers_run(self) -> Self:
        if self.spot and self.spot.max_wait_minutes < self.max_runtime_minutes:
            raise ValueError(
                f"spot.max_wait_minutes ({self.spot.max_wait_minutes}) must be at least"
                f" max_runtime_minutes ({self.max_runtime_minutes})"
            )
        return self


class Serving(Settings):
    """One real-time endpoint."""

    instance: ServingInstance
    entry_point: RelativePath | None = None
    """The script in `source_dir` with `model_fn`; none for a container with its own `serve`."""
    source_dir: RelativePath = "src"
    environment: dict[VariableName, str] = Field(default_factory=dict, max_length=90)
    network_isolation: bool = True


class QualityGate(Settings):
    """A model that misses it is never registered or deployed: one of `at_least` and `at_most`."""

    metric: str
    """The name of one of `training.metrics`."""
    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _one_bound(self) -> Self:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("write exactly one of at_least and at_most")
        return self


class Workload(Settings):
    """The whole of `workload.yaml`."""

    name: Name
    """Equal to the folder's name."""
    description: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    image: Image
    training: Training | None = None
    serving: Serving | None = None
    quality_gate: QualityGate | None = None

    @model_validator(mode="after")
    def _gate_has_its_metric(self) -> Self:
        names = [metric.name for metric in self.training.metrics] if self.training else []
        if self.quality_gate and self.quality_gate.metric not in names:
            raise ValueError(
                f"quality_gate.metric {self.quality_gate.metric!r} is not among training.metrics ({names or 'none'})"
            )
        return self

    @model_validator(mode="after")
    def _scripts_for_frameworks(self) -> Self:
        for section in ("training", "serving"):
            part = getattr(self, section)
            if part and self.image.framework and not part.entry_point:
                raise ValueError(f"{section}.entry_point is required with image.framework (script mode)")
        return self
