"""Endpoints that a config pins, so that promotion to staging and prod is a pull request."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from launchpad.workload import Name, ServingInstance
from launchpad.yaml_source import Settings, pattern


class PinnedEndpoint(Settings):
    """One workload's endpoint, on one model: exactly one of `model_data` and `model_package`."""

    workload: Name
    """A folder under `workloads/` with a `serving` section."""
    model_data: Annotated[str, pattern(r"^s3://[^\s]+/model\.tar\.gz$", "write s3://.../model.tar.gz")] | None = None
    """An artefact with the scripts in it, as the deploy function writes them under `<workload>/models/`."""
    model_package: (
        Annotated[
            str,
            pattern(
                r"^arn:aws[a-z-]*:sagemaker:[a-z0-9-]+:\d{12}:model-package/\S+/\d+$",
                "write the ARN of a version of a model package",
            ),
        ]
        | None
    ) = None
    """A registered version of the workload's model package group."""
    instance: ServingInstance | None = None
    """In place of the workload's own."""
    minimum_instances: Annotated[int, Field(ge=1, le=100)] | None = None
    maximum_instances: Annotated[int, Field(ge=1, le=100)] | None = None
    """With both, the endpoint is scaled by invocations per instance."""

    @model_validator(mode="after")
    def _one_model(self) -> Self:
        if (self.model_data is None) == (self.model_package is None):
            raise ValueError("write exactly one of model_data and model_package")
        return self

    @model_validator(mode="after")
    def _both_bounds(self) -> Self:
        lowest, highest = self.minimum_instances, self.maximum_instances
        if (lowest is None) != (highest is None):
            raise ValueError("write both of minimum_instances and maximum_instances, or neither")
        if lowest is not None and highest is not None and highest < lowest:
            raise ValueError(f"maximum_instances ({highest}) must be at least minimum_instances ({lowest})")
        return self
