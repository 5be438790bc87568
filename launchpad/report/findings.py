"""What the samples of a job's hosts say about its instances and its script: a rule, its numbers, and a remedy.

The rules need nothing but CloudWatch's samples. The bounds of a GPU that waits (below 10 % while processors are above
90 %, for half of the time) are the defaults of Debugger's rule CPUBottleneck, which its users know. Note:
CPUUtilization and GPUUtilization add up all processors or GPUs of a host; memory and disk don't.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import mean

from launchpad.costs.capacities import capacity_of
from launchpad.costs.measured import usual_most
from launchpad.platform_client.utilisation import Series, Utilisation

FEWEST = 5
"""Fewer samples say nothing about the whole job. AWS takes one each minute."""
IDLE_GPU, BUSY_CPU, HALF = 10.0, 90.0, 0.5
NEAR_LIMIT = 90.0
UNEVEN, AT_WORK = 2.0, 20.0
"""How many times as busy one host is as another, and the percentage from which a host counts as busy."""


@dataclass(frozen=True)
class Finding:
    """One thing to change."""

    title: str
    numbers: str
    remedy: str


def findings(utilisation: Utilisation, instance_types: Sequence[str] = ()) -> list[Finding]:
    """Every finding but those on the size of the instances, which `launchpad.costs.right_sizing` has."""
    capacity = capacity_of(instance_types[0]) if len({*instance_types}) == 1 else None
    return [
        *_gpu(utilisation, capacity.vcpus if capacity else 0),
        *_near_limit(utilisation, "MemoryUtilization", "Memory", "choose a type with more memory, or smaller batches"),
        *_near_limit(utilisation, "DiskUtilization", "The volume", "raise `instance.volume_gb`, or keep less on it"),
        *_uneven(utilisation),
    ]


def slow_download(phases: Sequence[tuple[str, float]]) -> Iterator[Finding]:
    """A finding if a job copied its data for longer than it trained; `phases` are statuses and seconds."""
    copying, training = (
        sum(seconds for name, seconds in phases if name == status) for status in ("Downloading", "Training")
    )
    if copying > max(training, 60.0):
        numbers = f"Downloading took {copying:.0f} s, Training {training:.0f} s."
        yield Finding("It copied data for longer than it trained", numbers, "read it when needed: `mode: FastFile`")


def _gpu(utilisation: Utilisation, cores: int) -> Iterator[Finding]:
    for host, gpu in utilisation.get("GPUUtilization", {}).items():
        if len(gpu) < FEWEST:
            continue
        starved = _starved(gpu, utilisation.get("CPUUtilization", {}).get(host, []), cores)
        if starved >= HALF:
            numbers = f"On {host} the GPUs were below {IDLE_GPU:g} % while the processors were above {BUSY_CPU:g} %,"
            remedy = "load data in more worker processes, prepare it before, or choose a type with more processors"
            yield Finding("The GPU waits for the processors", f"{numbers} in {starved:.0%} of the samples.", remedy)
        elif (most := usual_most(gpu)) < IDLE_GPU:
            numbers = f"On {host} 95 % of the samples are at most {most:.1f} %."
            remedy = "check that the script moves model and data to the GPU, or choose a type without one"
            yield Finding("The GPU is idle", numbers, remedy)


def _starved(gpu: Series, cpu: Series, cores: int) -> float:
    """The share of the samples in which the GPU had nothing to do and the processors had no time."""
    busy = {at for at, value in cpu if cores and value / cores >= BUSY_CPU}
    return mean(at in busy and value < IDLE_GPU for at, value in gpu)


def _near_limit(utilisation: Utilisation, metric: str, noun: str, remedy: str) -> Iterator[Finding]:
    highest = {host: max(value for _, value in series) for host, series in utilisation.get(metric, {}).items()}
    if highest and max(highest.values()) >= NEAR_LIMIT:
        host = max(highest, key=lambda name: highest[name])
        yield Finding(f"{noun} is nearly full", f"At most {highest[host]:.1f} %, on {host}.", remedy)


def _uneven(utilisation: Utilisation) -> Iterator[Finding]:
    metric = "GPUUtilization" if "GPUUtilization" in utilisation else "CPUUtilization"
    means = {
        host: mean(value for _, value in series)
        for host, series in utilisation.get(metric, {}).items()
        if len(series) >= FEWEST
    }
    if len(means) > 1:
        least, busiest = min(means, key=lambda name: means[name]), max(means, key=lambda name: means[name])
        if means[busiest] >= max(AT_WORK, UNEVEN * means[least]):
            numbers = f"{metric} is {means[busiest]:.1f} % on average on {busiest}, {means[least]:.1f} % on {least}."
            remedy = "give each a share of the data (`sharded: true`) and of the work, or use fewer instances"
            yield Finding("The instances are unevenly busy", numbers, remedy)
