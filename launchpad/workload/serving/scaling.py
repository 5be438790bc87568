"""How many instances an endpoint has, and when."""

from __future__ import annotations

import zoneinfo
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from launchpad.config_files.yaml_source import FieldError, Settings, for_editors, pattern
from launchpad.workload.schedule import check_schedule

DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
TARGETS = ("invocations_per_minute", "concurrency", "backlog", "utilization")
"""The keys that say what scaling aims at."""
MOST_CAPACITY = 200
"""The most provisioned concurrency; of instances 100 (`launchpad.workload.types.InstanceCount`)."""


def _cron(expression: str) -> str:
    check_schedule(f"cron({expression})")
    return expression


def _zone(name: str) -> str:
    known = zoneinfo.available_timezones()
    if known and name not in known:  # a machine without the database can't know
        raise ValueError(f"there is no time zone {name!r}; write one such as Europe/Berlin or UTC")
    return name


_DAY = f"({'|'.join(DAYS)})"


def _days(text: str) -> str:
    for item in text.split(","):
        first, _, last = item.partition("-")
        if last and DAYS.index(last) <= DAYS.index(first):
            raise ValueError(f"{item!r} runs backwards, because the week begins on Monday; write MON-FRI or SAT,SUN")
    return text


Timezone = Annotated[
    str, pattern(r"^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$", "write one such as Europe/Berlin"), AfterValidator(_zone)
]
Cron = Annotated[
    str,
    StringConstraints(min_length=1, max_length=250),
    AfterValidator(_cron),
    for_editors(r"^(?!cron|rate|at)\S+( +\S+){5}$", maxLength=250),
]
"""The six fields of a cron expression, as Application Auto Scaling takes them in `cron(...)`."""
Time = Annotated[str, pattern(r"^([01][0-9]|2[0-3]):[0-5][0-9]$", 'write a time such as "08:00"')]
Weekdays = Annotated[
    str,
    pattern(rf"^{_DAY}(-{_DAY})?(,{_DAY}(-{_DAY})?)*$", "write days such as MON-FRI or SAT,SUN"),
    AfterValidator(_days),
]
Capacity = Annotated[int, Field(ge=0, le=MOST_CAPACITY)]
Cooldown = Annotated[int, Field(ge=0, le=3600)]


class ScheduledScaling(Settings):
    """Other bounds from a time on."""

    cron: Cron
    """When: minutes, hours, day of month, month, day of week and year, such as `0 20 ? * MON-FRI *`."""
    timezone: Timezone = "UTC"
    minimum: Capacity | None = None
    maximum: Capacity | None = None

    @model_validator(mode="after")
    def _bounds(self) -> Self:
        if self.minimum is None and self.maximum is None:
            raise ValueError("write minimum, maximum or both: what is to change at this time")
        if self.minimum is not None and self.maximum is not None and self.maximum < self.minimum:
            raise FieldError(("maximum",), f"must be at least minimum ({self.minimum}), not {self.maximum}")
        return self


class Scaling(Settings):
    """How many instances there are: exactly one of the four targets."""

    minimum: Capacity = 1
    """0 only with `mode: async`: an endpoint that answers at once has one instance at least."""
    maximum: Annotated[int, Field(ge=1, le=MOST_CAPACITY)]
    invocations_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """The invocations of each instance in a minute that scaling aims at."""
    concurrency: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Requests at once of each instance, measured every 10 seconds: scaling answers sooner than by the minute."""
    backlog: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """Requests that wait, for each instance (`mode: async`)."""
    utilization: Annotated[float, Field(gt=0, le=1)] | None = None
    """The share of provisioned concurrency in use (`mode: serverless`), such as 0.7."""
    scale_out_cooldown: Cooldown = 60
    scale_in_cooldown: Cooldown = 300
    """How many seconds scaling waits after a step."""
    schedule: tuple[ScheduledScaling, ...] = Field(default=(), max_length=20)
    """Other bounds at times of the day or week."""

    @property
    def target(self) -> str:
        """The one of `TARGETS` that is written."""
        return next(key for key in TARGETS if getattr(self, key) is not None)

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        if sum(getattr(self, key) is not None for key in TARGETS) != 1:
            raise ValueError(f"write exactly one of {', '.join(TARGETS)}")
        if self.maximum < self.minimum:
            raise FieldError(("maximum",), f"must be at least minimum ({self.minimum}), not {self.maximum}")
        return self

    @model_validator(mode="after")
    def _each_time_once(self) -> Self:
        times = [(entry.cron, entry.timezone) for entry in self.schedule]
        for number, entry in enumerate(self.schedule):
            if times.index(times[number]) < number:
                raise FieldError(("schedule", number, "cron"), "is the time of an earlier entry: write one of both")
            low = self.minimum if entry.minimum is None else entry.minimum
            high = self.maximum if entry.maximum is None else entry.maximum
            if high < low:
                message = f"from then on the least ({low}) would be above the most ({high}); write both"
                raise FieldError(("schedule", number), message)
        return self


class OpeningHours(Settings):
    """When an endpoint exists; outside it is removed, and brought back with the model that it served."""

    open: Time
    close: Time
    """The closing time, on the same day."""
    days: Weekdays = "MON-FRI"
    timezone: Timezone = "UTC"

    @model_validator(mode="after")
    def _opens_first(self) -> Self:
        if self.close <= self.open:
            raise FieldError(("close",), f"must be later than open ({self.open}) on the same day, not {self.close}")
        return self
