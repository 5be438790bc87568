"""What a tuning job costs at most and is expected to, before it starts, and what keeps it below a limit.

AWS has no limit of a tuning job's cost. Its number of jobs and its time are limited, so the most is all jobs for their
whole `max_runtime_minutes`, or as many as run at once for the whole tuning (`ResourceLimits.MaxRuntimeInSeconds`), from
which AWS may "deviate slightly", and a warm pool after each. Managed spot training is counted on demand, which it never
exceeds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Any

from launchpad.costs.environment_cost import Total
from launchpad.costs.price_list import PriceList
from launchpad.costs.wording import money
from launchpad.costs.workload_cost import most_jobs, tuning_cost, tuning_minutes
from launchpad.requests import Definition

FEWEST_JOBS = 3
"""The earlier jobs that an estimate needs."""
SHORTEST_TUNING = 2
"""The fewest minutes of `tuning.max_runtime_minutes`."""


@dataclass(frozen=True)
class TuningBudget:
    """A tuning job's cost before it starts."""

    most: Total
    how: str
    """What was counted."""
    jobs: int
    most_parallel: int
    minutes: int
    """The longest time of each job."""
    all_minutes: int
    """The longest time of all jobs together."""
    can_have_fewer: bool
    """Whether `max_jobs` may be lowered. A Grid has exactly one job for each combination."""
    warm_usd: float = 0.0
    """The part of `most` for warm pools: after each job the whole `keep_alive_minutes`, although the next one ends it.
    """

    def expected(self, seconds: Sequence[float]) -> float | None:
        """US dollars if the jobs take as long as earlier ones on the same instances; None after too few, or unknown."""
        if len(seconds) < FEWEST_JOBS or self.most.unknown:
            return None
        busy = self._usd_per_minute * min(self.all_minutes, self.jobs * mean(seconds) / 60)
        return busy + self.warm_usd * min(1.0, self.most_parallel / self.jobs)

    @property
    def _usd_per_minute(self) -> float:
        """The price of a minute of one job that runs."""
        return (self.most.usd - self.warm_usd) / self.all_minutes

    def refusal(self, limit_usd: float) -> str:
        """Why a limit is not kept, and what would; empty if it is."""
        if self.most.unknown:
            keys = ", ".join(self.most.unknown)
            return (
                f"a limit of {money(limit_usd)} can't be kept with unknown prices: {keys};"
                " `launchpad prices update` reads them, or remove the limit"
            )
        if self.most.usd <= limit_usd:
            return ""
        remedies = list(self._remedies(limit_usd))
        remedy = f"write {', or '.join(remedies)}" if remedies else "choose a cheaper instance type"
        if self.warm_usd and self.most.usd - self.warm_usd <= limit_usd:
            remedy += ", or remove `training.keep_alive_minutes`"
        return (
            f"the tuning costs at most {money(self.most.usd)} ({self.how}), which is above the limit of"
            f" {money(limit_usd)}; {remedy}"
        )

    def _remedies(self, limit_usd: float) -> Iterator[str]:
        """Each of them alone keeps the limit."""
        jobs = int(limit_usd / (self._usd_per_minute * self.minutes + self.warm_usd / self.jobs))
        if self.can_have_fewer and jobs:
            parallel = f" with `tuning.max_parallel_jobs: {jobs}`" if jobs < self.most_parallel else ""
            yield f"`tuning.max_jobs: {jobs}`{parallel}"
        job_minutes = (limit_usd - self.warm_usd) / self._usd_per_minute
        if job_minutes >= self.jobs:
            yield f"`training.max_runtime_minutes: {int(job_minutes / self.jobs)}`"
        if job_minutes / self.most_parallel >= SHORTEST_TUNING:
            yield f"`tuning.max_runtime_minutes: {int(job_minutes / self.most_parallel)}`"


def tuning_budget(name: str, tuning: Mapping[str, Any], training: Mapping[str, Any], prices: PriceList) -> TuningBudget:
    """The budget of a workload's `tuning` section over its `training` section."""
    cost = tuning_cost(name, tuning, training, prices)
    without_pools = tuning_cost(name, tuning, {**training, "keep_alive_minutes": None}, prices)
    return TuningBudget(
        cost.total,
        cost.how,
        most_jobs(tuning),
        tuning["max_parallel_jobs"],
        training["max_runtime_minutes"],
        tuning_minutes(tuning, training),
        tuning["strategy"] != "Grid",
        cost.total.usd - without_pools.total.usd,
    )


def over_limit(definition: Definition, prices: PriceList) -> str:
    """Why `tuning.max_cost_usd` is not kept; empty if it is, or if there is none."""
    tuning = definition.get("tuning")
    if not tuning or not tuning.get("max_cost_usd"):
        return ""
    return tuning_budget(definition["name"], tuning, definition["training"], prices).refusal(tuning["max_cost_usd"])
