"""Operating the platform: who is notified, how much may be spent, how many instances are requested at once."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from launchpad.config_files.instance_types import InstanceType
from launchpad.config_files.yaml_source import Settings, distinct, pattern

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
LONGEST_LOCAL_PART = 64


def _deliverable(address: str) -> str:
    if len(address.partition("@")[0]) > LONGEST_LOCAL_PART:
        raise ValueError(f"before the @ are at most {LONGEST_LOCAL_PART} characters; write a mail address")
    return address


Email = Annotated[
    str,
    pattern(
        rf"^{_ATOM}(\.{_ATOM})*@({_LABEL}\.)+[A-Za-z]([A-Za-z0-9-]*[A-Za-z0-9])$",
        "write a mail address, such as on-call@example.com",
        max_length=254,
    ),
    AfterValidator(_deliverable),
]
"""SNS says only "an email address": this is the form that SMTP delivers (RFC 5321, dot-string, 4.5.3.1)."""


class AlarmSettings(Settings):
    """Alarms about failed launches, endpoints' errors and latency: $0.10 a month each, some $2 together, with a
    dashboard of $3. The first ten alarms and three dashboards of an account are free."""

    email: Email | None = None
    """Subscribed to the environment's alarm topic; the address has to confirm once."""
    latency_milliseconds: Annotated[int, Field(ge=1, le=60_000)] = 1000
    """An endpoint's p99 model latency above it is an alarm."""
    server_errors: Annotated[int, Field(ge=1, le=100_000)] = 1
    """So many answers of an endpoint with a 5xx status in a minute are an alarm."""

    runbooks: (
        Annotated[
            str,
            pattern(r"^https://[^\s#?]+$", "write the address of a page, such as https://wiki.example.com/runbooks"),
        ]
        | None
    ) = None
    """The address of your copy of `docs/runbooks.md`, which the alarms name with the section. By default the page in
    the repository of the section `github`, or only its path: in a project, the page is in its submodule."""

    @property
    def thresholds(self) -> dict[str, int]:
        """The thresholds of an endpoint's alarms."""
        return {"latency_milliseconds": self.latency_milliseconds, "server_errors": self.server_errors}


class BudgetSettings(Settings):
    """What the environment may cost (AWS Budgets)."""

    monthly_usd: Annotated[int, Field(ge=1, le=10_000_000)]
    """The budget in US dollars a month, for everything with the tag `launchpad:environment`."""
    thresholds_percent: Annotated[
        tuple[Annotated[int, Field(ge=1, le=200)], ...], Field(min_length=1, max_length=5), AfterValidator(distinct)
    ] = (50, 80, 100)
    """Percentages of the actual spend; the last is also watched as a forecast. Each is a notification, of which a
    budget has ten at most, no two of them equal (CreateBudget, DuplicateRecordException)."""


class AnomalySettings(Settings):
    """Unusual spend of the environment (AWS Cost Anomaly Detection): only in an account that pays its own bill."""

    min_impact_usd: Annotated[int, Field(ge=1, le=10_000_000)]
    """An anomaly is a notification once it has cost so many US dollars more than AWS expected."""
    min_impact_percent: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """And so many percent more than AWS expected; without it, the dollars alone decide."""


class CostSettings(Settings):
    """What a change may add to the environment's cost before a pull request needs a person who accepts it."""

    max_monthly_increase_usd: Annotated[int, Field(ge=0, le=10_000_000)]
    """The US dollars of list price that may be added, counting what is charged whether it is used or not. Above it, or
    where a price isn't known, `launchpad diff` ends with exit code 10 or more."""


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
