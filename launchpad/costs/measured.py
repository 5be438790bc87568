"""How much a job used of its instances, in processors, gigabytes and GPUs, from the samples of its hosts.

Note: SageMaker's CPUUtilization, GPUUtilization and GPUMemoryUtilization add up all processors or GPUs of a host, so
four busy ones are 400 %. MemoryUtilization and DiskUtilization are shares of the whole, up to 100 %. The source is
"Amazon SageMaker AI metrics in Amazon CloudWatch" in the developer guide.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import quantiles

from launchpad.platform_client.utilisation import Series, Utilisation


@dataclass(frozen=True)
class Load:
    """How much of one thing was used."""

    busiest: float
    """The use by the host that used most of it."""
    together: float
    """The use by all hosts."""

    def on(self, count: int, hosts: int) -> float:
        """What each of `count` instances has to carry; on fewer than there were, the work is spread evenly."""
        return self.busiest if count >= hosts else self.together / count


@dataclass(frozen=True)
class Measured:
    """The use of all hosts of a job. What was not measured is None."""

    hosts: int
    samples: int
    """The samples of the host with the fewest."""
    minutes: float
    """The time from the first to the last sample of that host."""
    cpus: Load | None
    """Busy processors: 95 % of the samples are at most that."""
    memory_gib: Load | None
    """The highest use of memory."""
    gpus: Load | None = None
    """Busy GPUs: 95 % of the samples are at most that."""
    gpu_memory: Load | None = None
    """The highest use, in whole memories of a GPU."""
    disk_share: float | None = None
    """The highest use of the fullest host's volume."""


def measured(utilisation: Utilisation, hosts: int, memory_gib: float, *, comparable_cpus: bool = True) -> Measured:
    """The use of `hosts` hosts with so much memory each.

    `comparable_cpus` is false for the local AWS, because its processors are those of the machine it runs on.
    """
    cpu, memory = utilisation.get("CPUUtilization", {}), utilisation.get("MemoryUtilization", {})
    series = min(({**memory, **cpu}).values(), key=len, default=[])
    complete = len(cpu) >= hosts and len(memory) >= hosts
    load = _loads(utilisation, hosts)
    memory_load = load("MemoryUtilization", _most, memory_gib)
    disks = [_most(each) for each in utilisation.get("DiskUtilization", {}).values()]
    return Measured(
        hosts,
        len(series) if complete else 0,
        (series[-1][0] - series[0][0]) / 60 if complete and series else 0.0,
        load("CPUUtilization", usual_most, 1.0) if comparable_cpus else None,
        memory_load,
        load("GPUUtilization", usual_most, 1.0),
        load("GPUMemoryUtilization", _most, 1.0),
        max(disks) / 100 if disks else None,
    )


def machine_memory() -> float:
    """The GiB of this machine's memory, of which the local AWS's MemoryUtilization is a share."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1024**3


def usual_most(series: Series) -> float:
    """The 95th percentile."""
    values = [value for _, value in series]
    return quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]


def _most(series: Series) -> float:
    return max(value for _, value in series)


def _loads(utilisation: Utilisation, hosts: int) -> Callable[[str, Callable[[Series], float], float], Load | None]:
    """Makes the load of a metric; None if a host has no sample of it."""

    def load(metric: str, statistic: Callable[[Series], float], whole: float) -> Load | None:
        series: Sequence[Series] = list(utilisation.get(metric, {}).values())
        if len(series) < hosts or not all(series):
            return None
        used = [statistic(each) / 100 * whole for each in series]
        return Load(max(used), sum(used))

    return load
