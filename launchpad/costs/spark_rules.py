"""What EMR is charged for: a cluster by its instances, an application of EMR Serverless by its workers' use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from launchpad.costs.charge import Charge, fixed, hourly, usage
from launchpad.requests.price_keys import serverless_spark_key

EMR = "ElasticMapReduce"
_GROUPS = {"MasterInstanceGroup": "primary", "CoreInstanceGroup": "core"}


def cluster(properties: Mapping[str, Any], _others: Mapping[str, Any]) -> Iterator[Charge]:
    """EMR's surcharge, EC2's instances and their volumes, for a month in which the cluster always runs."""
    minutes = properties.get("AutoTerminationPolicy", {}).get("IdleTimeout", 0) // 60
    until = f", ends itself after {minutes} idle minutes" if minutes else ""
    instances = properties.get("Instances", {})
    for member, role in _GROUPS.items():
        group = instances.get(member)
        if group:
            yield from _group(group, role, until)
    limits = properties.get("ManagedScalingPolicy", {}).get("ComputeLimits", {})
    if limits.get("MaximumCapacityUnits", 0) > limits.get("MinimumCapacityUnits", 0):
        name = instances.get("CoreInstanceGroup", {}).get("InstanceType", "")
        yield usage(f"hours of more {name}, up to {limits['MaximumCapacityUnits']} units", f"{EMR}/BoxUsage:{name}")


def _group(group: Mapping[str, Any], role: str, until: str) -> Iterator[Charge]:
    name, count = group["InstanceType"], int(group.get("InstanceCount", 1))
    yield hourly(f"EMR on {count} x {name} ({role}){until}", f"{EMR}/BoxUsage:{name}", count)
    yield hourly(f"EC2: {count} x {name} ({role}){until}", f"AmazonEC2/BoxUsage:{name}", count)
    for device in group.get("EbsConfiguration", {}).get("EbsBlockDeviceConfigs", ()):
        volume = device["VolumeSpecification"]
        size = count * int(device.get("VolumesPerInstance", 1)) * int(volume["SizeInGB"])
        yield fixed(f"{size} GB of EBS ({role})", f"AmazonEC2/EBS:VolumeUsage.{volume['VolumeType']}", size)


def serverless_application(properties: Mapping[str, Any], _others: Mapping[str, Any]) -> Iterator[Charge]:
    """What workers use while a job runs, and until the application stops itself."""
    architecture = properties.get("Architecture")
    yield usage("vCPU-hours of workers", serverless_spark_key("vCPU-Hours", architecture))
    yield usage("GB-hours of workers' memory", serverless_spark_key("GB-Hours", architecture))
    yield usage("GB-hours of workers' storage", serverless_spark_key("Storage-GB-Hours"))
