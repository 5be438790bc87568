"""Endpoints."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from launchpad.config_files.instance_types import InstanceType
from launchpad.config_files.yaml_source import Settings
from launchpad.workload.image import Image
from launchpad.workload.types import InstanceCount, ServingEnvironment, Source


class ServingInstance(Settings):
    """The machines of an endpoint."""

    type: Annotated[str, InstanceType("ProductionVariantInstanceType")]
    """SageMaker's name, such as `ml.m5.large`."""
    count: InstanceCount = 1


class Serving(Source):
    """One real-time endpoint."""

    image: Image | None = None
    """In place of the workload's."""
    instance: ServingInstance
    environment: ServingEnvironment = Field(default_factory=dict)
    network_isolation: bool = True
