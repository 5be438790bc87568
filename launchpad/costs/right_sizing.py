"""Which other instances would have done, and what they save: rules with bounds that leave room.

The rules are in docs/costs.md, "A smaller instance". No type is advised whose price or capacity is unknown, and none on
too few samples. Note: processors of different families count as equal, and work on fewer hosts as evenly spread.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from launchpad.costs.capacities import Capacity, capacity_of
from launchpad.costs.charge import HOURS
from launchpad.costs.instance_choice import (
    MOST_CPU,
    MOST_MEMORY,
    Choice,
    Instances,
    Prices,
    choices,
    cost_of,
    family_first,
    share,
)
from launchpad.costs.keys import instance_key, volume_key
from launchpad.costs.measured import Measured
from launchpad.costs.wording import money
from launchpad.requests.storage import LOCAL_STORAGE

FEWEST_SAMPLES, FEWEST_MINUTES = 5, 4.0
"""What advice needs of every host, between the first and the last of them: AWS takes a sample each minute."""
UNUSED_GPU = 0.05
"""A GPU whose time and memory are used less than that, over the whole job, is not needed."""
NEARLY_FULL = 0.90
"""The use of memory from which the next larger type is advised."""
LEAST_SAVING = 0.10
"""The share of the cost that other instances have to save."""
LEAST_VOLUME_SAVING = 0.01
"""US dollars."""
FITS = (
    f"processors and GPUs at most {MOST_CPU:.0%} busy in 95% of the samples, memory and disks at most"
    f" {MOST_MEMORY:.0%} full, at least {LEAST_SAVING:.0%} cheaper, the same family before others"
)


@dataclass(frozen=True)
class Advice:
    """What the rules say."""

    title: str
    numbers: str
    """What was measured, or why nothing is advised."""
    remedy: str = ""
    """What to write instead, what is expected of it, and what it saves; empty if there is nothing to change."""
    rule: str = ""
    instance_type: str = ""
    """The advised one."""
    count: int = 0
    saving_usd: float | None = None
    """Per `per`; below zero if it costs more."""
    per: str = ""


def advise(
    measured: Measured, instances: Instances, prices: Prices, *, local: bool = False, complete: bool = True
) -> list[Advice]:
    """What the rules say about the instances of a job, or of a variant of an endpoint.

    `local`: measured on this machine, so only memory and disk say something about the instance. `complete` is false for
    a job that runs or failed: it may have needed more later.
    """
    capacity = capacity_of(instances.instance_type)
    if capacity is None:
        return [_none(f"What {instances.instance_type} has is unknown: launchpad/costs/capacities.json lacks it.")]
    if share(measured.memory_gib, capacity.memory_gib, measured.hosts, measured.hosts) >= NEARLY_FULL:
        return [_larger(measured, instances, capacity, prices)]
    if not complete:
        return [_none("It has not completed, so what it needs is not known.")]
    size = list(_size(measured, instances, capacity, prices, local=local))
    if any(0 < each.count < instances.count for each in size):
        return size  # fewer hosts may need the volumes that they have for the files of all
    return [*size, *_volume(measured, instances, prices)]


def _size(
    measured: Measured, instances: Instances, capacity: Capacity, prices: Prices, *, local: bool
) -> Iterator[Advice]:
    if local:
        if measured.memory_gib:
            yield _none(
                f"Measured on this machine: at most {measured.memory_gib.busiest:.1f} GiB of memory, of"
                f" {capacity.memory_gib:g} GiB that {capacity.name} has. Its processors can't be compared with this"
                " machine's, so no type is advised."
            )
    elif reason := _too_little(measured, capacity):
        yield _none(reason)
    else:
        yield _smaller(measured, instances, capacity, prices)


def _none(reason: str) -> Advice:
    return Advice("No advice on the size", reason)


def _too_little(measured: Measured, capacity: Capacity) -> str:
    """Why the samples say too little; empty if they say enough."""
    if measured.samples < FEWEST_SAMPLES or measured.minutes < FEWEST_MINUTES:
        return (
            f"{measured.samples} samples over {measured.minutes:.0f} min are too little data: it needs"
            f" {FEWEST_SAMPLES} of the processors and of the memory of every host, one per minute."
        )
    if capacity.accelerated:
        return f"No metric measures the accelerators of {capacity.name}."
    if capacity.burstable:
        return f"The processors of {capacity.name} may have been throttled, so what they did is not what was needed."
    if capacity.gpus and (measured.gpus is None or measured.gpu_memory is None):
        return "CloudWatch has no samples of its GPUs."
    return ""


def _smaller(measured: Measured, instances: Instances, capacity: Capacity, prices: Prices) -> Advice:
    """The cheapest instances that would have done."""
    current = cost_of(instances, capacity.name, instances.count, prices)
    numbers = _numbers(measured, capacity)
    if current is None:
        return _none(f"{numbers} {_unknown([instance_key(instances.use, capacity.name)])}")
    unused = _unused_gpus(measured, capacity)
    fitting = list(choices(measured, instances, capacity, prices, needs_gpu=capacity.gpus > 0 and not unused))
    cheaper = [each for each in fitting if each.usd is not None and each.usd <= current * (1 - LEAST_SAVING)]
    choice = family_first(cheaper, capacity.family)
    if choice is not None:
        title = "It needs no GPU" if unused else "Fewer or smaller instances would do"
        rule = f"{FITS}{_unused_rule() if unused else ''}"
        image = ", with an image for processors" if unused else ""
        return _advice(title, numbers, measured, instances, choice, current, rule, image)
    below = [each.capacity for each in fitting if each.usd is None and _is_smaller(each, instances, capacity)]
    if below:
        keys = list(dict.fromkeys(instance_key(instances.use, each.name) for each in below[:3]))
        return Advice("A smaller instance may do", f"{numbers} {_unknown(keys)}", rule=FITS)
    return Advice("No smaller instance would do", numbers, rule=FITS)


def _is_smaller(choice: Choice, instances: Instances, current: Capacity) -> bool:
    """Whether it surely costs less: a smaller size of the same family, or any type without the GPUs not needed."""
    if choice.capacity.family == current.family:
        return choice.capacity.vcpus * choice.count < current.vcpus * instances.count
    return current.gpus > 0 and choice.capacity.vcpus <= current.vcpus


def _unused_gpus(measured: Measured, capacity: Capacity) -> bool:
    loads = (measured.gpus, measured.gpu_memory)
    return capacity.gpus > 0 and all(load is not None and load.busiest < UNUSED_GPU for load in loads)


def _unused_rule() -> str:
    return f"; a GPU is not needed if it is busy and its memory full less than {UNUSED_GPU:.0%}"


def _larger(measured: Measured, instances: Instances, capacity: Capacity, prices: Prices) -> Advice:
    """The cheapest type with more memory, before a run fails. Nothing but memory has to grow."""
    rule = f"from {NEARLY_FULL:.0%} of the memory on, the cheapest type that it fills at most {MOST_MEMORY:.0%}"
    current = cost_of(instances, capacity.name, instances.count, prices)
    needed = replace(measured, cpus=None)  # as many processors are enough, however busy they were
    fitting = choices(needed, instances, capacity, prices, needs_gpu=capacity.gpus > 0)
    listed = [
        each
        for each in fitting
        if each.usd is not None and each.count == instances.count and each.capacity.vcpus >= capacity.vcpus
    ]
    choice = family_first(listed, capacity.family)
    numbers = _numbers(measured, capacity)
    if choice is None or current is None:
        return Advice("It needs more memory", f"{numbers} No larger type that fits has a known price.", rule=rule)
    return _advice("It needs more memory", numbers, measured, instances, choice, current, rule, "")


def _advice(
    title: str,
    numbers: str,
    measured: Measured,
    instances: Instances,
    choice: Choice,
    current: float,
    rule: str,
    more: str,
) -> Advice:
    usd = choice.usd or 0.0
    saving = current - usd
    change = f"saves {money(saving)}" if saving > 0 else f"costs {money(-saving)} more"
    remedy = (
        f"write `type: {choice.capacity.name}`{_count_words(choice, instances)}{more}: {_expected(measured, choice)};"
        f" {money(usd)} instead of {money(current)} per {instances.per}, {change}"
    )
    return Advice(title, numbers, remedy, rule, choice.capacity.name, choice.count, round(saving, 6), instances.per)


def _count_words(choice: Choice, instances: Instances) -> str:
    return f" and `count: {choice.count}`" if choice.count != instances.count else ""


def _expected(measured: Measured, choice: Choice) -> str:
    """The use that is expected of other instances."""
    parts = [
        ("processors", share(measured.cpus, choice.capacity.vcpus, choice.count, measured.hosts)),
        ("memory", share(measured.memory_gib, choice.capacity.memory_gib, choice.count, measured.hosts)),
    ]
    if choice.capacity.gpus:
        parts.append(("GPUs", share(measured.gpus, choice.capacity.gpus, choice.count, measured.hosts)))
    return "expected " + ", ".join(f"{name} {used:.0%}" for name, used in parts)


def _numbers(measured: Measured, capacity: Capacity) -> str:
    """What the busiest host used of what it has."""
    parts = []
    if measured.cpus:
        parts.append(f"{measured.cpus.busiest:.1f} of {capacity.vcpus} processors")
    if measured.memory_gib:
        parts.append(f"{measured.memory_gib.busiest:.1f} of {capacity.memory_gib:g} GiB of memory")
    if measured.gpus and capacity.gpus:
        parts.append(f"{measured.gpus.busiest:.2f} of {capacity.gpus} GPUs")
    hosts = f" of each of {measured.hosts} hosts" if measured.hosts > 1 else ""
    over = f" ({measured.samples} samples{hosts} over {_span(measured.minutes)})" if measured.samples else ""
    return f"It used at most {', '.join(parts)}{over}."


def _span(minutes: float) -> str:
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.0f} h"


def _unknown(keys: Sequence[str]) -> str:
    return f"Unknown price: {', '.join(keys)}; `launchpad prices update` reads it."


def _volume(measured: Measured, instances: Instances, prices: Prices) -> Iterator[Advice]:
    """A smaller volume, where one is paid for by the gigabyte and at most half of it would have done."""
    price = prices.get(volume_key(instances.use)) if instances.volume_gb else None
    if price is None or measured.disk_share is None or LOCAL_STORAGE.match(instances.instance_type):
        return
    used = measured.disk_share * instances.volume_gb
    enough = max(1, math.ceil(used / MOST_MEMORY))
    saving = (instances.volume_gb - enough) * instances.count * instances.hours / HOURS * price
    if enough <= instances.volume_gb / 2 and saving >= LEAST_VOLUME_SAVING:
        yield Advice(
            "A smaller volume would do",
            f"It used at most {used:.1f} of {instances.volume_gb} GB.",
            f"write `instance.volume_gb: {enough}`: saves {money(saving)} per {instances.per}",
            f"at most {MOST_MEMORY:.0%} full, at most half as large, saves at least {money(LEAST_VOLUME_SAVING)}",
            saving_usd=round(saving, 6),
            per=instances.per,
        )
