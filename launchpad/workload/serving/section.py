"""The whole `serving` section."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator

from launchpad.config_files.yaml_source import refuse
from launchpad.workload.image import Image
from launchpad.workload.serving.instance import ServingInstance
from launchpad.workload.serving.modes import Asynchronous, Mode, Serverless
from launchpad.workload.serving.release import Release
from launchpad.workload.serving.rules import mistakes
from launchpad.workload.serving.scaling import OpeningHours, Scaling
from launchpad.workload.types import Name, ServingEnvironment, Source


class Serving(Source):
    """One endpoint."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True, serialize_by_alias=True)
    """`async` is a keyword of Python."""

    image: Image | None = None
    """The endpoint's image, instead of the workload's."""
    mode: Mode = "realtime"
    """`realtime` answers at once on instances; `serverless` starts with a request; `async` queues requests."""
    instance: ServingInstance | None = None
    """Required except with `mode: serverless`."""
    serverless: Serverless | None = None
    asynchronous: Asynchronous | None = Field(default=None, alias="async")
    environment: ServingEnvironment = Field(default_factory=dict)
    network_isolation: bool = True
    scaling: Scaling | None = None
    hours: OpeningHours | None = None
    """When an endpoint of `launchpad serve` exists; pinned endpoints always do."""
    idle_hours: Annotated[int, Field(ge=0, le=8760)] | None = None
    """An endpoint of `launchpad serve` is removed after so long without a request; 0 never. The environment's
    `idle_endpoint_hours` without it."""
    release: Release | None = None
    preprocessors: tuple[Name, ...] = Field(default=(), max_length=14)
    """Workloads whose models work on a request before this one, in this order (a serial inference pipeline)."""
    shared_endpoint: Name | None = None
    """The name of one endpoint for the models of all workloads that name it (a multi-model endpoint)."""

    @property
    def instance_types(self) -> tuple[str, ...]:
        """Every type that may be started, the preferred one first; none without instances."""
        return self.instance.choices if self.instance else ()

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        refuse(mistakes(self))
        return self
