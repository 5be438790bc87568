"""What a workload's jobs cost at most: all instances for the whole `max_runtime_minutes`, on demand.

Note: managed spot training is counted at the on-demand price, which it never exceeds; what it saves is known after the
run. A transform job has no run time limit, so its price is by the hour.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from launchpad.costs.charge import HOURS
from launchpad.costs.endpoint_cost import endpoint_cost
from launchpad.costs.environment_cost import Total
from launchpad.costs.keys import PROCESSING, TRAIN, TRANSFORM, WARM_POOL, instance_key, volume_key
from launchpad.costs.price_list import PriceList
from launchpad.costs.work import Part, WorkCost, part, runs_a_month
from launchpad.requests import Definition
from launchpad.requests.storage import LOCAL_STORAGE

Machines = list[tuple[str, int]]


def workload_costs(definition: Definition, prices: PriceList, *, served: bool = True) -> list[WorkCost]:
    """Every job, the pipeline, the endpoint and the monitoring of a workload, those that it has.

    Where models are not deployed directly (`served`), the config pins endpoints, which are resources of the templates.
    """
    jobs = list(_jobs(definition, prices))
    costs = [cost for cost, _ in jobs]
    in_pipeline = [cost for cost, runs in jobs if runs]
    if definition.get("training"):
        costs.append(_pipeline(definition, in_pipeline))
    if served and definition.get("serving"):
        costs.append(endpoint_cost(definition, prices))
    if definition.get("monitoring"):
        costs.append(_monitoring(definition, prices))
    return costs


def _jobs(definition: Definition, prices: PriceList) -> Iterator[tuple[WorkCost, bool]]:
    """Each job, and whether a run of the pipeline has it."""
    name = definition["name"]
    if section := definition.get("prepare"):
        yield _processing(name, "prepare", section, prices), True
    if training := definition.get("training"):
        tuning = definition.get("tuning")
        yield _training(name, training, prices), not tuning
        if tuning:
            yield tuning_cost(name, tuning, training, prices), True
    if section := definition.get("evaluate"):
        yield _processing(name, "evaluate", section, prices), True
    if section := definition.get("monitoring"):
        yield _processing(name, "baseline", section, prices), True
    if section := definition.get("transform"):
        machines = [(section["instance"]["type"], section["instance"]["count"])]
        parts = _instances(TRANSFORM, machines, 1, prices)
        yield WorkCost(name, "transform", "hour", Total.of(parts), _shown(machines)), False


def _processing(name: str, what: str, section: Mapping[str, Any], prices: PriceList) -> WorkCost:
    instance, minutes = section["instance"], section["max_runtime_minutes"]
    machines = [(instance["type"], instance.get("count", 1))]
    parts = _job(PROCESSING, machines, minutes, instance["volume_gb"], prices)
    return WorkCost(name, what, "run", Total.of(parts), f"{_shown(machines)} for {minutes} min")


def _training(name: str, section: Mapping[str, Any], prices: PriceList) -> WorkCost:
    machines, minutes = _machines(section), section["max_runtime_minutes"]
    parts = list(_job(TRAIN, machines, minutes, section["instance"]["volume_gb"], prices))
    how = f"{_shown(machines)} for {minutes} min"
    if keep_alive := section.get("keep_alive_minutes"):
        parts += _instances(WARM_POOL, machines, keep_alive / 60, prices)
        how += f", then {keep_alive} min in a warm pool"
    if section.get("spot"):
        how += "; spot: usually less"
    return WorkCost(name, "run", "run", Total.of(parts), how)


def tuning_cost(name: str, tuning: Mapping[str, Any], training: Mapping[str, Any], prices: PriceList) -> WorkCost:
    """All jobs for their whole run time, or as many as run at once for the whole tuning, whichever is less."""
    jobs, minutes, limit = most_jobs(tuning), training["max_runtime_minutes"], tuning.get("max_runtime_minutes")
    job_minutes = tuning_minutes(tuning, training)
    how = f"{jobs} jobs of {minutes} min"
    if job_minutes < jobs * minutes:
        how = f"{tuning['max_parallel_jobs']} jobs at once for {limit} min"
    machines = _machines(training)
    parts = list(_job(TRAIN, machines, job_minutes, training["instance"]["volume_gb"], prices))
    how += f", each {_shown(machines)}"
    if keep_alive := training.get("keep_alive_minutes"):
        parts += _instances(WARM_POOL, machines, jobs * keep_alive / 60, prices)
        how += f", then up to {keep_alive} min in a warm pool"
    spot = "; spot: usually less" if training.get("spot") else ""
    return WorkCost(name, "tuning", "run", Total.of(parts), f"{how}{spot}")


def tuning_minutes(tuning: Mapping[str, Any], training: Mapping[str, Any]) -> int:
    """The minutes of all jobs of a tuning together, at most."""
    minutes, limit = most_jobs(tuning) * int(training["max_runtime_minutes"]), tuning.get("max_runtime_minutes")
    return min(minutes, int(limit * tuning["max_parallel_jobs"])) if limit else minutes


def most_jobs(tuning: Mapping[str, Any]) -> int:
    """The number of training jobs that a tuning may start."""
    if tuning.get("max_jobs"):
        return int(tuning["max_jobs"])
    return math.prod(len(range_["values"]) for range_ in tuning["ranges"].values())  # a Grid


def _pipeline(definition: Definition, jobs: Iterable[WorkCost]) -> WorkCost:
    listed = list(jobs)
    total = Total.together(cost.total for cost in listed)
    without = "; its Spark step is not counted" if definition.get("spark") else ""
    if definition.get("monitoring"):
        without += "; the transform job of its baseline's predictions is not counted"
    return WorkCost(
        definition["name"], "pipeline", "run", total, f"{' + '.join(cost.what for cost in listed)}{without}"
    )


def _monitoring(definition: Definition, prices: PriceList) -> WorkCost:
    """A month of the monitoring job's schedule; with a cron expression, a run."""
    section, name = definition["monitoring"], definition["name"]
    job = _processing(name, "monitoring", section, prices)
    runs = runs_a_month(section["schedule"])
    if runs is None:
        return WorkCost(name, job.what, "run", job.total, f"{job.how}, {section['schedule']}")
    total = Total(job.total.usd * runs, job.total.unknown)
    return WorkCost(name, job.what, "month", total, f"{runs:.0f} runs of {job.how}, {section['schedule']}")


def _machines(section: Mapping[str, Any]) -> Machines:
    instance = section["instance"]
    groups = instance.get("groups") or [instance]
    return [(group["type"], group["count"]) for group in groups]


def _job(use: str, machines: Machines, minutes: float, volume_gb: int, prices: PriceList) -> Iterator[Part]:
    """The instances of a job and their volumes; those with local disks have none."""
    yield from _instances(use, machines, minutes / 60, prices)
    if volumes := sum(count for name, count in machines if not LOCAL_STORAGE.match(name)):
        yield part(prices, volume_key(use), volume_gb * volumes * minutes / 60 / HOURS)


def _instances(use: str, machines: Machines, hours: float, prices: PriceList) -> Iterator[Part]:
    for name, count in machines:
        yield part(prices, instance_key(use, name), count * hours)


def _shown(machines: Machines) -> str:
    return " + ".join(f"{count} x {name}" for name, count in machines)
