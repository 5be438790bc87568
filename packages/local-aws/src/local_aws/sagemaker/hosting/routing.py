"""Where a request goes: one instance of one variant, chosen by weight and load."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from local_aws.api.store import Record
from local_aws.sagemaker.hosting.model_instance import ModelInstance
from local_aws.sagemaker.hosting.variants import Variant


@dataclass(frozen=True, slots=True)
class Route:
    """The target of one request. Call `done` once its response has been sent, or it has failed."""

    endpoint: Record
    config: str
    """The name of the endpoint configuration that the variant belongs to."""
    variant: Variant
    instance: ModelInstance
    done: Callable[[], None]
