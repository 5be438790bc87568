"""Which instances could carry a measured load: the types of the price list that fit it, and what they cost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from launchpad.costs.capacities import Capacity, capacities_for
from launchpad.costs.keys import instance_key
from launchpad.costs.measured import Load, Measured

Prices = Mapping[str, float]
"""US dollars by the keys of the price list."""
MOST_CPU, MOST_MEMORY = 0.70, 0.75
"""The highest expected use of advised instances: of processors and GPUs, and of memory and volumes."""


@dataclass(frozen=True)
class Instances:
    """What was used and is paid for."""

    use: str
    """The use, as in the keys of prices, such as `Train`."""
    instance_type: str
    count: int
    hours: float
    """The hours that each instance is paid for in the time of `per`."""
    per: str
    """`run`, `month`, or `hour` where a run's time is not known yet."""
    volume_gb: int = 0
    """0 if AWS chooses it."""
    can_shrink: bool = True
    """Whether fewer instances may do. Those of an endpoint also stand in for each other."""


@dataclass(frozen=True)
class Choice:
    """Instances that could carry the load."""

    capacity: Capacity
    count: int
    usd: float | None
    """The cost in the time of `Instances.per`; None if the price isn't known."""

    @property
    def key(self) -> tuple[float, int, str]:
        """Orders choices by cost, fewer instances first where it is equal."""
        return (self.usd or 0.0, self.count, self.capacity.name)


def choices(
    measured: Measured, instances: Instances, current: Capacity, prices: Prices, *, needs_gpu: bool
) -> Iterator[Choice]:
    """All instances that the load fits, other than the current ones, whether their price is known or not.

    Left out are types of another architecture, burstable ones, and accelerators that no metric measures.
    """
    counts = range(1, instances.count + 1) if instances.can_shrink else [instances.count]
    for capacity in capacities_for(instances.use):
        if capacity.architecture != current.architecture or capacity.burstable or capacity.accelerated:
            continue
        for count in counts:
            same = capacity.name == current.name and count == instances.count
            if not same and fits(measured, instances, current, capacity, count, needs_gpu=needs_gpu):
                yield Choice(capacity, count, cost_of(instances, capacity.name, count, prices))


def cost_of(instances: Instances, name: str, count: int, prices: Prices) -> float | None:
    """What so many instances of a type cost in the time of `per`; None if the price isn't known."""
    price = prices.get(instance_key(instances.use, name))
    return None if price is None else price * count * instances.hours


def fits(
    measured: Measured, instances: Instances, current: Capacity, capacity: Capacity, count: int, *, needs_gpu: bool
) -> bool:
    """Whether the load fits so many instances of a type, with room to spare. GPUs are only compared in a family."""
    if not (
        _disk_fits(measured, instances, current, capacity, count)
        and share(measured.cpus, capacity.vcpus, count, measured.hosts) <= MOST_CPU
        and share(measured.memory_gib, capacity.memory_gib, count, measured.hosts) <= MOST_MEMORY
    ):
        return False
    if not needs_gpu:
        return capacity.gpus == 0
    if capacity.family != current.family:
        return False
    if capacity.gpus == current.gpus and count == measured.hosts:
        return True
    return (
        share(measured.gpus, capacity.gpus, count, measured.hosts) <= MOST_CPU
        and share(measured.gpu_memory, capacity.gpus, count, measured.hosts) <= MOST_MEMORY
    )


def _disk_fits(measured: Measured, instances: Instances, current: Capacity, capacity: Capacity, count: int) -> bool:
    """Whether the files fit the disk: the local one of the type, or a volume like the present one.

    AWS refuses a `VolumeSizeInGB` above the local disk's (API reference, `ResourceConfig`).
    """
    volume_gb = instances.volume_gb
    had, has = (each.local_gb or volume_gb for each in (current, capacity))
    if capacity.local_gb and volume_gb > capacity.local_gb:
        return False
    if measured.disk_share is None or not has or (has >= had and count >= measured.hosts):
        return True
    return measured.disk_share * had * max(1.0, measured.hosts / count) <= has * MOST_MEMORY


def share(load: Load | None, whole: float, count: int, hosts: int) -> float:
    """How much of each of `count` instances a load takes, as a share of `whole`; an unknown load counts as nothing."""
    return load.on(count, hosts) / whole if load and whole else 0.0


def family_first(listed: Iterable[Choice], family: str) -> Choice | None:
    """The cheapest choice of the family, or else of any; None if there is none. All have a price."""
    ordered = sorted(listed, key=lambda each: (each.capacity.family != family, each.key))
    return ordered[0] if ordered else None
