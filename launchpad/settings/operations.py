"""Operating the platform: who is notified, how much may be spent, how many instances are requested at once."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from launchpad.config_files.instance_types import InstanceType
from launchpad.config_files.yaml_source import Settings, pattern

Email = Annotated[str, pattern(r"^[^@\s]+@[^@\s]+\.[^@\s]+$", "write a mail address")]


class AlarmSettings(Settings):
    """Alarms about failed launches, endpoints' errors and latency."""

    email: Email | None = None
    """Subscribed to the environment's alarm topic; the address has to confirm once."""
    latency_milliseconds: Annotated[int, Field(ge=1, le=60_000)] = 1000
    """An endpoint's p99 model latency above it is an alarm."""
    server_errors: Annotated[int, Field(ge=1, le=100_000)] = 1
    """So many answers of an endpoint with a 5xx status in a minute are an alarm."""


class BudgetSettings(Settings):
    """What the environment may cost (AWS Budgets)."""

    monthly_usd: Annotated[int, Field(ge=1, le=10_000_000)]
    """In US dollars, of everything with the tag `launchpad:environment`."""
    thresholds_percent: Annotated[
        tuple[Annotated[int, Field(ge=1, le=200)], ...], Field(min_length=1, max_length=5)
    ] = (
        50,
        80,
        100,
    )
    """Of actual spend; the last is also watched as a forecast."""


AnyInstanceType = Annotated[
    str,
    InstanceType(
        "InstanceType",
        "TrainingInstanceType",
        "ProcessingInstanceType",
        "TransformInstanceType",
        "ProductionVariantInstanceType",
    ),
]


class InstanceLimits(Settings):
    """How many instances of each type may be in use at once, for `launchpad preflight` to compare with the quotas."""

    concurrent_jobs: Annotated[int, Field(ge=1, le=1000)] = 2
    """Runs of one workload that people start side by side."""
    types: dict[AnyInstanceType, Annotated[int, Field(ge=0, le=10_000)]] = Field(default_factory=dict)
    """The most of one type, 0 for none. A job or an endpoint that asks for more is refused at synth."""
