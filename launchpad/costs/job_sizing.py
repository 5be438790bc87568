"""What the rules say about the instances of a training, processing or transform job."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from launchpad.costs.capacities import capacity_of
from launchpad.costs.instance_choice import Instances, Prices
from launchpad.costs.keys import PROCESSING, TRAIN, TRANSFORM
from launchpad.costs.measured import machine_memory, measured
from launchpad.costs.right_sizing import Advice, advise
from launchpad.platform_client.utilisation import Utilisation

Job = Mapping[str, Any]


def job_advice(job: Job, utilisation: Utilisation, prices: Prices, *, local: bool = False) -> list[Advice]:
    """What the rules say; `job` is the response of its Describe operation. Nothing about other kinds of job."""
    instances = _instances(job)
    if instances is None:
        return []
    if not instances.count:
        return [Advice("No advice on the size", "Its instance groups have several types, which no rule compares.")]
    capacity = capacity_of(instances.instance_type)
    memory = machine_memory() if local else capacity.memory_gib if capacity else 0.0
    used = measured(utilisation, instances.count, memory, comparable_cpus=not local)
    return advise(used, instances, prices, local=local, complete=_status(job) == "Completed")


def _status(job: Job) -> str:
    kinds = ("Training", "Processing", "Transform")
    return next(str(job[f"{kind}JobStatus"]) for kind in kinds if f"{kind}JobStatus" in job)


def _instances(job: Job) -> Instances | None:
    """The job's instances and the time they are paid for; a count of 0 if its groups have several types."""
    if "TrainingJobName" in job:
        return _training(job)
    if "ProcessingJobName" in job:
        cluster = job["ProcessingResources"]["ClusterConfig"]
        hours = _hours(job.get("ProcessingStartTime"), job.get("ProcessingEndTime"))
        return _of(PROCESSING, cluster, hours, int(cluster["VolumeSizeInGB"]))
    if "TransformJobName" in job:
        hours = _hours(job.get("TransformStartTime"), job.get("TransformEndTime"))
        return _of(TRANSFORM, job["TransformResources"], hours, 0)
    return None


def _training(job: Job) -> Instances:
    resources = job["ResourceConfig"]
    groups = resources.get("InstanceGroups") or [resources]
    if len({group["InstanceType"] for group in groups}) > 1:
        return Instances(TRAIN, "", 0, 0.0, "")
    billable = job.get("BillableTimeInSeconds")
    count = sum(int(group.get("InstanceCount", 1)) for group in groups)
    merged = {"InstanceType": groups[0]["InstanceType"], "InstanceCount": count}
    return _of(TRAIN, merged, billable / 3600 if billable else None, int(resources.get("VolumeSizeInGB", 0)))


def _of(use: str, resources: Mapping[str, Any], hours: float | None, volume_gb: int) -> Instances:
    """Instances paid for by the run, or by the hour as long as they run."""
    name, count = resources["InstanceType"], int(resources["InstanceCount"])
    return Instances(use, name, count, hours or 1.0, "run" if hours else "hour", volume_gb)


def _hours(start: datetime | None, end: datetime | None) -> float | None:
    return (end - start).total_seconds() / 3600 if start and end else None
