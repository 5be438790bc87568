"""The variants of endpoints as their measurements see them: instances, requests in flight, usage of the machine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from local_aws.api.store import Record
from local_aws.sagemaker.hosting.measurements import Fleet
from local_aws.sagemaker.training_usage import UsageMeter

if TYPE_CHECKING:
    from local_aws.sagemaker.hosting.model_instance import ModelInstance
    from local_aws.sagemaker.hosting.variants import Variant

UTILIZATION = ("CPUUtilization", "MemoryUtilization", "DiskUtilization")
DEFAULT_GIGABYTES = 30
"""The volume of an instance whose variant has no VolumeSizeInGB (ProductionVariant's default for most types)."""


class Usage:
    """The usage of instances, each since its last sample; for one thread only."""

    def __init__(self) -> None:
        self._meters: WeakKeyDictionary[ModelInstance, dict[int, UsageMeter]] = WeakKeyDictionary()

    def sample(self, instances: Iterable[ModelInstance]) -> list[Mapping[str, float]]:
        """One sample per instance, the sum over its containers; the first one is of the time since its start.

        CPUUtilization is the sum over all cores, as in SageMaker: up to 100 per core.
        """
        samples: list[Mapping[str, float]] = []
        for instance in instances:
            meters = self._meters.setdefault(instance, {})
            of_programs = [self._sampled(meters, instance, *program) for program in instance.programs]
            present = [sample for sample in of_programs if sample]
            if present:
                samples.append({name: sum(sample[name] for sample in present) for name in UTILIZATION})
        return samples

    @staticmethod
    def _sampled(
        meters: dict[int, UsageMeter], instance: ModelInstance, process_id: int, root: Path
    ) -> dict[str, float] | None:
        if process_id not in meters:
            gigabytes = instance.place.gigabytes or DEFAULT_GIGABYTES
            meters[process_id] = UsageMeter(process_id, root, gigabytes, disk_samples=1)
            meters[process_id].count_from_start()
        sample = meters[process_id].sample()
        if sample is None:
            return None
        return {member["Dimension"]: value for member, value in sample[1] if member["Dimension"] in UTILIZATION}


def fleet_of(endpoint: Record, variants: Sequence[Variant], usage: Usage) -> Fleet:
    """A variant in service; during an update ``variants`` are those of that name in the old and the new fleet."""
    instances = [instance for variant in variants for instance in list(variant.instances)]
    mode = "serverless" if "ServerlessConfig" in variants[-1].settings else "realtime"
    return Fleet(
        endpoint.scope,
        endpoint.name,
        variants[-1].name,
        sum(variant.count for variant in variants),
        sum(variant.in_flight for variant in variants),
        lambda: usage.sample(instances),
        "async" if "AsyncInferenceConfig" in endpoint.details else mode,
    )


def by_name(variants: Iterable[Variant]) -> list[list[Variant]]:
    """Variants of several fleets, those of one name together."""
    groups: dict[str, list[Variant]] = {}
    for variant in variants:
        groups.setdefault(variant.name, []).append(variant)
    return list(groups.values())
