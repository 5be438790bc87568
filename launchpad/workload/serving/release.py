"""How an update shifts traffic to the new instances."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from launchpad.config_files.yaml_source import FieldError, Settings
from launchpad.requests.release import LEAST_PERCENT, shift_minutes

LONGEST_SHIFT_MINUTES = 420
"""An update may take 8 hours (`MaximumExecutionTimeoutInSeconds`), one of them for starting the instances."""
Traffic = Literal["all-at-once", "canary", "linear", "rolling"]


class Release(Settings):
    """How an update shifts traffic; an alarm of the endpoint meanwhile rolls it back."""

    traffic: Traffic = "all-at-once"
    """How traffic moves. With `rolling`, new instances replace the old ones in batches, so that few more than now are
    needed."""
    percent: Annotated[int, Field(ge=5, le=50)] = 10
    """The percentage of the instances that get traffic at first (canary), or at each step (linear, from 10, and
    rolling)."""
    bake_minutes: Annotated[int, Field(ge=0, le=60)] = 10
    """The minutes to wait after each step."""

    @property
    def in_steps(self) -> bool:
        """Whether some instances get traffic before the others."""
        return self.traffic != "all-at-once"

    @property
    def shift_minutes(self) -> int:
        """The total baking time of an update, over all its steps."""
        return shift_minutes(self.traffic, self.percent, self.bake_minutes)

    @model_validator(mode="after")
    def _steps(self) -> Self:
        if not self.in_steps and "percent" in self.model_fields_set:
            raise FieldError(("percent",), "has no effect with `traffic: all-at-once`: remove it")
        if self.percent < (least := LEAST_PERCENT.get(self.traffic, 0)):
            raise FieldError(("percent",), f"must be at least {least} with `traffic: {self.traffic}`")
        if self.shift_minutes > LONGEST_SHIFT_MINUTES:
            raise FieldError(
                ("bake_minutes",),
                f"an update would take {self.shift_minutes} minutes, SageMaker allows {LONGEST_SHIFT_MINUTES}:"
                " write fewer minutes or a higher percent",
            )
        return self
