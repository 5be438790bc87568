"""What an instance of each type has: processors, memory, GPUs, local disks.

The facts are in `capacities.json`, which `make lock-capacities` writes. They are those of EC2's type of the same name,
because SageMaker's API has none. A type that EC2 no longer describes, such as `ml.p3.2xlarge`, is unknown.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from launchpad.config_files.instance_types import allowed_values
from launchpad.costs.keys import ASYNC, HOST, PROCESSING, TRAIN, TRANSFORM

FILE = Path(__file__).with_name("capacities.json")
ENUMS = {
    TRAIN: "TrainingInstanceType",
    PROCESSING: "ProcessingInstanceType",
    TRANSFORM: "TransformInstanceType",
    HOST: "ProductionVariantInstanceType",
    ASYNC: "ProductionVariantInstanceType",
}
"""The enum of the SageMaker API that has the types of each use."""


@dataclass(frozen=True)
class Capacity:
    """One instance type."""

    name: str
    vcpus: int
    memory_gib: float
    gpus: int = 0
    """NVIDIA's."""
    gpu: str = ""
    """The model of its GPUs, such as `A10G`."""
    architecture: str = "x86_64"
    local_gb: int = 0
    """Its local disks, which SageMaker uses in place of a volume; 0 if it has none."""
    burstable: bool = False
    """Its processors are throttled once their credits are used up (t2, t3)."""
    accelerated: bool = False
    """It has accelerators that no metric of SageMaker measures: Inferentia, Trainium, Gaudi."""

    @property
    def family(self) -> str:
        """Such as `ml.m5`."""
        return self.name.rpartition(".")[0]


def capacity_of(instance_type: str) -> Capacity | None:
    """What an instance of the type has; None if it isn't known."""
    return _capacities().get(instance_type)


def capacities_for(use: str) -> list[Capacity]:
    """All types whose capacity is known and that SageMaker takes for a use, such as `Train`."""
    return [capacity for name in sorted(allowed_values(ENUMS[use])) if (capacity := capacity_of(name))]


def sizes_of(use: str, instance_type: str) -> list[str]:
    """All types of the same family that SageMaker takes for a use; none if the type is unknown."""
    current = capacity_of(instance_type)
    return [each.name for each in capacities_for(use) if current and each.family == current.family]


def source() -> str:
    """Where the capacities are from, with the date."""
    content = _content()
    return f"{content['source']}, of {content['date']}"


@functools.cache
def _capacities() -> dict[str, Capacity]:
    return {name: Capacity(name, **facts) for name, facts in _content()["types"].items()}


@functools.cache
def _content() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return content
