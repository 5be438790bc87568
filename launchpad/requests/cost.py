"""What a job cost once it ended, from its description and the prices of its region; also in the functions.

Prices are US dollars by the keys of the price list. What isn't known is named, and never counts as zero. Note: a spot
job is charged the on-demand price for its `BillableTimeInSeconds`, which is less than its `TrainingTimeInSeconds`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from launchpad.requests.price_keys import (
    HOURS,
    PROCESSING,
    SERVERLESS_SPARK,
    TRAIN,
    TRANSFORM,
    WARM_POOL,
    instance_key,
    serverless_spark_key,
    volume_key,
)
from launchpad.requests.storage import LOCAL_STORAGE

_NUMBER = re.compile(r"\d+(\.\d+)?")
Job = Mapping[str, Any]
Prices = Mapping[str, float]
Machines = list[tuple[str, int]]
ENDED = frozenset({"Completed", "Failed", "Stopped", "COMPLETED", "SUCCESS", "FAILED", "CANCELLED", "INTERRUPTED"})
"""The final statuses of SageMaker's jobs, EMR's steps and EMR Serverless's job runs."""
USES = {"training": TRAIN, "processing": PROCESSING, "transform": TRANSFORM}
"""The use of an instance, as in the keys of prices, by the kind of job."""


@dataclass(frozen=True)
class Cost:
    """What a job or several jobs cost."""

    known_usd: float = 0.0
    """US dollars, as far as they are known."""
    unknown: tuple[str, ...] = ()
    """What keeps the cost from being known: keys without a price, or times that AWS doesn't report."""
    without: tuple[str, ...] = ()
    """What is not counted although the cost counts as known: volumes without a price, a warm pool that still waits."""
    spot_saved_usd: float | None = None
    """What spot jobs saved; None if none was one, or a price is unknown."""
    spot_full_usd: float = 0.0
    """What the instances of the same spot jobs would have cost on demand."""

    @property
    def usd(self) -> float | None:
        """US dollars; None if a part is unknown."""
        return None if self.unknown else self.known_usd

    @property
    def spot_saved_percent(self) -> float | None:
        """What spot saved of the price on demand, in percent."""
        if self.spot_saved_usd is None or not self.spot_full_usd:
            return None
        return 100 * self.spot_saved_usd / self.spot_full_usd

    @property
    def amounts(self) -> dict[str, float | None]:
        """The amounts by the names that they have in JSON, data frames and MLflow, to a millionth of a dollar."""
        usd = {"cost_usd": self.usd, "spot_saved_usd": self.spot_saved_usd}
        return {name: None if amount is None else round(amount, 6) for name, amount in usd.items()}

    @staticmethod
    def together(costs: Iterable[Cost]) -> Cost:
        """The sum of several: of a tuning job's or a pipeline run's jobs."""
        listed = list(costs)
        saved = [cost.spot_saved_usd for cost in listed if cost.spot_saved_usd is not None]
        return Cost(
            sum(cost.known_usd for cost in listed),
            _names(name for cost in listed for name in cost.unknown),
            _names(name for cost in listed for name in cost.without),
            sum(saved) if saved else None,
            sum(cost.spot_full_usd for cost in listed),
        )


def job_cost(kind: str, job: Job, prices: Prices) -> Cost | None:
    """The cost of a `training`, `processing`, `transform` or `spark` job; None as long as it runs.

    `job` is the response of its Describe operation. A tuning job costs what its training jobs do: `Cost.together`.
    """
    return _KINDS[kind](job, prices)


def cost_document(cost: Cost | None) -> dict[str, Any]:
    """The keys of a cost in a JSON document, the same for every kind of work; None is what still runs."""
    amounts = cost.amounts if cost else dict.fromkeys(Cost().amounts)
    unknown, without = (list(cost.unknown), list(cost.without)) if cost else ([], [])
    return {**amounts, "cost_unknown": unknown, "cost_without": without}


def units_in(capacity: str) -> float:
    """The number of a capacity of EMR Serverless: 4 of `4 vCPU`, 16 of `16 GB`.

    Raises:
        ValueError: it begins with no number.
    """
    match = _NUMBER.match(capacity)
    if match is None:
        raise ValueError(f"{capacity!r} is no capacity of EMR Serverless")
    return float(match[0])


def endpoint_machines(endpoint: Mapping[str, Any], config: Mapping[str, Any]) -> Machines:
    """The type and the present number of each variant's instances; those of a serverless one are AWS's.

    The arguments are the answers of DescribeEndpoint and DescribeEndpointConfig.
    """
    machines: Machines = []
    for member in ("ProductionVariants", "ShadowProductionVariants"):
        counts = {each["VariantName"]: each.get("CurrentInstanceCount") for each in endpoint.get(member) or ()}
        for variant in config.get(member) or ():
            pools = [pool["InstanceType"] for pool in variant.get("InstancePools") or ()]
            name = variant.get("InstanceType") or next(iter(pools), None)
            count = counts.get(variant["VariantName"])
            if name:
                machines.append((name, int(variant.get("InitialInstanceCount", 1) if count is None else count)))
    return machines


def machines_of(kind: str, job: Job) -> Machines:
    """The types and numbers of a job's instances; of a training job, one for each group."""
    groups = [_resources(kind, job)]
    groups = groups[0].get("InstanceGroups") or groups
    return [(str(group.get("InstanceType", "")), int(group.get("InstanceCount", 1))) for group in groups]


def _resources(kind: str, job: Job) -> Mapping[str, Any]:
    members = {"training": "ResourceConfig", "processing": "ProcessingResources", "transform": "TransformResources"}
    resources: Mapping[str, Any] = job[members[kind]]
    return resources["ClusterConfig"] if kind == "processing" else resources


def _training(job: Job, prices: Prices) -> Cost | None:
    if job["TrainingJobStatus"] not in ENDED:
        return None
    billable, trained = job.get("BillableTimeInSeconds"), job.get("TrainingTimeInSeconds")
    if billable is None:
        # AWS bills from TrainingStartTime on (DescribeTrainingJob), so a job that never had one was not billed.
        return Cost(unknown=("BillableTimeInSeconds",)) if job.get("TrainingStartTime") else Cost()
    machines = machines_of("training", job)
    cost = _instances(TRAIN, machines, billable, prices)
    volume = _volumes(TRAIN, machines, job["ResourceConfig"].get("VolumeSizeInGB"), trained or billable, prices)
    saved = Cost()
    # AWS's formula says nothing where it would be below zero: a spot job costs at most the price on demand.
    if job.get("EnableManagedSpotTraining") and trained and trained >= billable and not cost.unknown:
        full = _instances(TRAIN, machines, trained, prices).known_usd
        saved = Cost(spot_saved_usd=full - cost.known_usd, spot_full_usd=full)
    return Cost.together([cost, volume, saved, _warm_pool(job, machines, prices)])


def _warm_pool(job: Job, machines: Machines, prices: Prices) -> Cost:
    pool = job.get("WarmPoolStatus") or {}
    retained = _instances(WARM_POOL, machines, pool.get("ResourceRetainedBillableTimeInSeconds") or 0, prices)
    waits = ("the warm pool from now on",) if pool.get("Status") == "Available" else ()
    return Cost.together([retained, Cost(without=waits)])


def _processing(job: Job, prices: Prices) -> Cost | None:
    return _timed("processing", job, "Processing", prices)


def _transform(job: Job, prices: Prices) -> Cost | None:
    return _timed("transform", job, "Transform", prices)


def _timed(kind: str, job: Job, member: str, prices: Prices) -> Cost | None:
    """The cost of a job that AWS bills from its start to its end."""
    if job[f"{member}JobStatus"] not in ENDED:
        return None
    start, end = job.get(f"{member}StartTime"), job.get(f"{member}EndTime")
    if start is None:
        return Cost()
    if end is None:
        return Cost(unknown=(f"{member}EndTime",))
    use, machines, seconds = USES[kind], machines_of(kind, job), (end - start).total_seconds()
    volume_gb = _resources(kind, job).get("VolumeSizeInGB")
    return Cost.together(
        [_instances(use, machines, seconds, prices), _volumes(use, machines, volume_gb, seconds, prices)]
    )


def _spark(job: Job, prices: Prices) -> Cost | None:
    """The cost of a job run of EMR Serverless, which has its application's `architecture` next to its description.

    A step shares its cluster, whose cost AWS attributes to no step.
    """
    step = "jobRunId" not in job
    if (job["Status"]["State"] if step else job["state"]) not in ENDED:
        return None
    if step:
        return Cost(unknown=("a Spark step's share of its cluster",))
    billed = job.get("billedResourceUtilization")
    if not billed:
        return Cost(unknown=("billedResourceUtilization",))
    parts = [
        _part(serverless_spark_key(unit, job.get("architecture")), billed.get(member) or 0, prices)
        for member, unit in SERVERLESS_SPARK.items()
    ]
    return Cost.together(parts)


def _instances(use: str, machines: Machines, seconds: float, prices: Prices) -> Cost:
    return Cost.together(_part(instance_key(use, name), count * seconds / 3600, prices) for name, count in machines)


def _volumes(use: str, machines: Machines, volume_gb: int | None, seconds: float, prices: Prices) -> Cost:
    """The cost of EBS volumes: one for each instance, unless its type has local storage."""
    count = sum(count for name, count in machines if not LOCAL_STORAGE.match(name))
    cost = _part(volume_key(use), count * (volume_gb or 0) * seconds / 3600 / HOURS, prices)
    return Cost(cost.known_usd, without=cost.unknown)


def _part(key: str, quantity: float, prices: Prices) -> Cost:
    if not quantity:
        return Cost()
    return Cost(prices[key] * quantity) if key in prices else Cost(unknown=(key,))


def _names(names: Iterator[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names)))


_KINDS: Mapping[str, Callable[[Job, Prices], Cost | None]] = {
    "training": _training,
    "processing": _processing,
    "transform": _transform,
    "spark": _spark,
}
