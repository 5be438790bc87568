"""Endpoints that are pinned in a config, so that promotion to staging and prod is a pull request."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from launchpad.config_files.arns import KeyArn, PackageArn
from launchpad.config_files.s3_uris import LONGEST_URI, URI, check_bucket
from launchpad.config_files.yaml_source import FieldError, Settings, pattern
from launchpad.workload import Name, ServingInstance

LONGEST_SHIFT_MINUTES = 420
"""An update may take 8 hours (`MaximumExecutionTimeoutInSeconds`), one of them for starting the instances."""


class PinnedEndpoint(Settings):
    """One workload's endpoint, on one model: exactly one of `model_data` and `model_package`."""

    workload: Name
    """A folder under `workloads/` with a `serving` section."""
    model_data: (
        Annotated[
            str,
            pattern(URI + r"/(\S+/)?model\.tar\.gz$", "write s3://BUCKET/.../model.tar.gz", max_length=LONGEST_URI),
            AfterValidator(check_bucket),
        ]
        | None
    ) = None
    """A model artifact that includes the scripts, as the deploy function writes it under `<workload>/models/`."""
    model_package: PackageArn | None = None
    """An approved version of this environment's own group for the workload. For another environment's, pin its
    artifact by `model_data`."""
    model_data_key: KeyArn | None = None
    """What encrypts `model_data` where that is not in this environment's own bucket. Bucket and key must let us in."""
    instance: ServingInstance | None = None
    """In place of the workload's own."""
    minimum_instances: Annotated[int, Field(ge=1, le=100)] | None = None
    """With `maximum_instances`, how few instances there may be."""
    maximum_instances: Annotated[int, Field(ge=1, le=100)] | None = None
    """With both, the endpoint is scaled by invocations per instance, and begins with the minimum. To change the type of
    its instances, deploy without both first: AWS refuses that for an endpoint that is scaled."""
    invocations_per_instance: Annotated[int, Field(ge=1, le=1_000_000)] = 600
    """In a minute: what scaling aims at. Measure what one instance stands, and write somewhat less."""
    traffic: Literal["canary", "linear", "all-at-once"] = "canary"
    """How an update shifts traffic to the new instances; all at once in any case where there is but one."""
    traffic_percent: Annotated[int, Field(ge=10, le=50)] = 10
    """Of the new instances: how many get traffic at first (canary), or at each step (linear)."""
    bake_minutes: Annotated[int, Field(ge=1, le=60)] = 10
    """After each step; an alarm meanwhile rolls the update back."""

    @property
    def scales(self) -> bool:
        """Whether the number of instances follows the load."""
        return self.maximum_instances is not None

    @property
    def model_objects(self) -> str | None:
        """The S3 objects that the endpoint reads, as `bucket/key`; None with a package, which names its own artifact.

        For an artifact of the deploy function it is the whole folder, because an instance that starts during an update
        may need the previous artifact.
        """
        if self.model_data is None:
            return None
        bucket, _, key = self.model_data.removeprefix("s3://").partition("/")
        folder = f"{self.workload}/models/"
        return f"{bucket}/{folder}*" if key.startswith(folder) else f"{bucket}/{key}"

    @property
    def shift_minutes(self) -> int:
        """The total baking time of an update, over all its steps."""
        steps = {"canary": 2, "linear": -(-100 // self.traffic_percent), "all-at-once": 1}
        return steps[self.traffic] * self.bake_minutes

    @model_validator(mode="after")
    def _one_model(self) -> Self:
        if (self.model_data is None) == (self.model_package is None):
            raise ValueError("write exactly one of model_data and model_package")
        if self.model_data_key and not self.model_data:
            raise FieldError(("model_data_key",), "has no effect without model_data: remove the line")
        return self

    @model_validator(mode="after")
    def _bounds(self) -> Self:
        lowest, highest = self.minimum_instances, self.maximum_instances
        if (lowest is None) != (highest is None):
            raise ValueError("write both of minimum_instances and maximum_instances, or neither")
        if lowest is not None and highest is not None and highest < lowest:
            raise ValueError(f"maximum_instances ({highest}) must be at least minimum_instances ({lowest})")
        return self

    @model_validator(mode="after")
    def _everything_has_an_effect(self) -> Self:
        if not self.scales and "invocations_per_instance" in self.model_fields_set:
            raise FieldError(
                ("invocations_per_instance",), "has no effect without minimum_instances and maximum_instances"
            )
        if self.scales and self.instance and "count" in self.instance.model_fields_set:
            raise FieldError(("instance", "count"), "has no effect beside minimum_instances: remove it")
        return self

    @model_validator(mode="after")
    def _shifts_within_hours(self) -> Self:
        if self.shift_minutes > LONGEST_SHIFT_MINUTES:
            raise FieldError(
                ("bake_minutes",),
                f"an update would take {self.shift_minutes} minutes, SageMaker allows {LONGEST_SHIFT_MINUTES}:"
                " write fewer minutes or a higher traffic_percent",
            )
        return self
