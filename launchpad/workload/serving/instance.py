"""The machines of an endpoint."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from launchpad.config_files.instance_types import InstanceType
from launchpad.config_files.yaml_source import FieldError, Settings
from launchpad.workload.types import InstanceCount

EndpointInstanceType = Annotated[str, InstanceType("ProductionVariantInstanceType")]


class ServingInstance(Settings):
    """The machines of an endpoint: exactly one of `type` and `types`."""

    type: EndpointInstanceType | None = None
    """SageMaker's name, such as `ml.m5.large`."""
    types: Annotated[tuple[EndpointInstanceType, ...], Field(min_length=2, max_length=5)] | None = None
    """Several types instead of `type`, the preferred one first: where AWS has no capacity of it, instances of the next
    ones are started. A quota of none is not a lack of capacity: ask for one of each type (`launchpad preflight`)."""
    count: InstanceCount = 1

    @property
    def choices(self) -> tuple[str, ...]:
        """Every type that may be started, the preferred one first."""
        return self.types or ((self.type,) if self.type else ())

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.type is None) == (self.types is None):
            raise ValueError("write exactly one of type and types")
        twice = sorted({name for name in self.types or () if (self.types or ()).count(name) > 1})
        if twice:
            raise FieldError(("types",), f"{', '.join(twice)} is listed twice; remove one")
        return self
