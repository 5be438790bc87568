"""Processing jobs: scripts or containers that turn data into data, before training or after it."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from launchpad.config_files.instance_types import InstanceType
from launchpad.config_files.yaml_source import FieldError, Settings, pattern
from launchpad.workload.image import Image
from launchpad.workload.types import (
    InstanceCount,
    Minutes,
    Prefix,
    ProcessingEnvironment,
    S3Uri,
    Source,
    VolumeGb,
    line,
)

METRICS_OUTPUT = "metrics"
PortName = Annotated[
    str, pattern(r"^[A-Za-z0-9]([A-Za-z0-9_-]{0,62}[A-Za-z0-9])?$", "use letters, digits, inner hyphens")
]


class ProcessingInstance(Settings):
    """The machines of a processing job."""

    type: Annotated[str, InstanceType("ProcessingInstanceType")]
    count: InstanceCount = 1
    volume_gb: VolumeGb = 30


class ProcessingInput(Settings):
    """A folder under `/opt/ml/processing/input/` in the container: exactly one of `prefix`, `uri` and `model`."""

    prefix: Prefix | None = None
    """A folder in the environment's data bucket."""
    uri: S3Uri | None = None
    model: Literal[True] | None = None
    """The model that the run's training made; for the `evaluate` step of a pipeline."""
    sharded: bool = False

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        keys = [key for key in ("prefix", "uri", "model") if getattr(self, key)]
        if len(keys) != 1:
            raise ValueError(f"write exactly one of prefix, uri, model; found {keys or 'none'}")
        return self


class ProcessingOutput(Settings):
    """A folder under `/opt/ml/processing/output/` in the container, written to the data bucket."""

    prefix: Prefix
    continuous: bool = False
    """While the job runs, instead of at its end."""


class Processing(Source):
    """One processing job."""

    image: Image | None = None
    """The job's image, instead of the workload's."""
    instance: ProcessingInstance
    arguments: tuple[Annotated[str, line(256)], ...] = Field(default=(), max_length=90)
    inputs: dict[PortName, ProcessingInput] = Field(default_factory=dict, max_length=9)
    outputs: dict[PortName, ProcessingOutput] = Field(default_factory=dict, max_length=10)
    max_runtime_minutes: Annotated[Minutes, Field(le=9 * 24 * 60)] = 60
    environment: ProcessingEnvironment = Field(default_factory=dict)
    network_isolation: bool = True
    encrypt_traffic: bool = True

    @model_validator(mode="after")
    def _outputs_apart_from_inputs(self) -> Self:
        """Refuse to write where the job reads, because its next run would read its own results."""
        for name, output in self.outputs.items():
            for source, settings in self.inputs.items():
                if settings.prefix and f"{output.prefix}/".startswith(f"{settings.prefix}/"):
                    message = f"is within what inputs.{source} reads; write to a folder that no input has"
                    raise FieldError(("outputs", name, "prefix"), message)
        return self


class Evaluation(Processing):
    """A processing job after training.

    It writes the quality gate's numbers, `{"name": value}`, to `/opt/ml/processing/output/metrics/metrics.json`; the
    platform keeps that file next to the model, so the output name `metrics` is reserved for it.
    """

    @model_validator(mode="after")
    def _metrics_are_the_platforms(self) -> Self:
        if METRICS_OUTPUT in self.outputs:
            raise ValueError(f"outputs: {METRICS_OUTPUT!r} is the platform's own; choose another name")
        return self

    @model_validator(mode="after")
    def _has_something_to_judge(self) -> Self:
        if not self.inputs:
            raise ValueError("inputs: there is nothing to judge; write `inputs: {model: {model: true}, ...}`")
        return self
