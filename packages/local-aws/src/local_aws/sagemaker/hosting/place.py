"""Where a model runs: the endpoint and variant, or the transform job, with the limits of its instances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from local_aws.api.store import Record


@dataclass(frozen=True, slots=True)
class Place:
    """The endpoint and variant that an instance serves, and its limits."""

    endpoint: Record
    """The endpoint, or the transform job."""
    variant: str
    startup_seconds: float
    gigabytes: int | None = None
    """VolumeSizeInGB."""
    served: str | None = None
    """The name for errors, if it is not a production variant."""
    log_group: str | None = None
    log_stream: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables for the container in addition to the model's."""
    instance_type: str | None = None
    """What the variant or job asks for."""

    @property
    def title(self) -> str:
        """The name for errors."""
        return self.served or f"production variant {self.variant}"


class StartError(Exception):
    """The instance can't serve; the message is the endpoint's FailureReason."""
