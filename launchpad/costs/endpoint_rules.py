"""What SageMaker's endpoints, notebook instances and tracking servers are charged for.

Note: AWS chooses the size of an endpoint's volumes where a variant names none, and doesn't document it, so that part is
listed as usage.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from launchpad.costs.charge import HOURS, SECONDS, Charge, fixed, hourly, usage
from launchpad.costs.keys import ASYNC, HOST, NOTEBOOK, SAGEMAKER, instance_key, volume_key

NOTEBOOK_HOURS = 160
"""The hours a month that a notebook instance is assumed to run: eight on twenty days."""
ALARMS_OF_TARGET_TRACKING = 2
"""Application Auto Scaling makes them for a policy (user guide, "How target tracking scaling works")."""
_UNRESOLVED = f"{SAGEMAKER}/Host:an instance type that the template doesn't say"


def endpoint(properties: Mapping[str, Any], others: Mapping[str, Any]) -> Iterator[Charge]:
    """The instances of all variants, shadows included, at the least that scaling keeps."""
    config = _referred(properties.get("EndpointConfigName"), others)
    if config is None:
        yield hourly("instances, whose configuration is not in this template", _UNRESOLVED)
        return
    use = ASYNC if "AsyncInferenceConfig" in config else HOST
    for variant in (*config.get("ProductionVariants", ()), *config.get("ShadowProductionVariants", ())):
        serverless = variant.get("ServerlessConfig")
        yield from _serverless(serverless) if serverless else _instances(variant, use, properties, others)
    yield usage("GB in requests", f"{SAGEMAKER}/Data-Bytes-In")
    yield usage("GB in answers", f"{SAGEMAKER}/Data-Bytes-Out")


def _instances(
    variant: Mapping[str, Any], use: str, endpoint: Mapping[str, Any], others: Mapping[str, Any]
) -> Iterator[Charge]:
    pools = [pool["InstanceType"] for pool in variant.get("InstancePools", ())]
    name = variant.get("InstanceType") or next(iter(pools), "")
    instead = f" (or, where AWS has none, {', '.join(pools[1:])})" if pools[1:] else ""
    count, most = _capacity(variant, endpoint, others)
    yield hourly(f"{count} x {name}{instead}", instance_key(use, name), count)
    if most > count:
        yield usage(f"hours of up to {most - count} more {name} by scaling", instance_key(use, name))
    if size := variant.get("VolumeSizeInGB"):
        yield fixed(f"{count} x {size} GB of ML storage", volume_key(HOST), count * size)
    else:
        yield usage("GB of each instance's ML storage, of a size that AWS chooses", volume_key(HOST))


def _capacity(variant: Mapping[str, Any], endpoint: Mapping[str, Any], others: Mapping[str, Any]) -> tuple[int, int]:
    """The least and the most instances of a variant."""
    resource = f"endpoint/{endpoint.get('EndpointName')}/variant/{variant.get('VariantName')}"
    for other in others.values():
        target = other.get("Properties", {})
        if other.get("Type") == "AWS::ApplicationAutoScaling::ScalableTarget" and target.get("ResourceId") == resource:
            return int(target["MinCapacity"]), int(target["MaxCapacity"])
    count = int(variant.get("InitialInstanceCount", 1))
    return count, count


def _serverless(settings: Mapping[str, Any]) -> Iterator[Charge]:
    size = int(settings["MemorySizeInMB"]) // 1024
    yield usage(f"seconds of answers with {size} GB of memory", f"{SAGEMAKER}/ServerlessInf:Mem-{size}GB")
    if provisioned := settings.get("ProvisionedConcurrency"):
        key = f"{SAGEMAKER}/ProvisionedConcurrency:Usage-{size}GB"
        yield fixed(f"{provisioned} x {size} GB of provisioned concurrency", key, provisioned * SECONDS)


def _referred(reference: Any, others: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The properties of the resource of this template that a `Ref` or `Fn::GetAtt` names."""
    if not isinstance(reference, Mapping):
        return None
    attribute = reference.get("Fn::GetAtt")
    name = reference.get("Ref") or (attribute[0] if isinstance(attribute, list) else None)
    resource = others.get(str(name))
    return resource.get("Properties", {}) if resource else None


def notebook(properties: Mapping[str, Any], _others: Mapping[str, Any]) -> Iterable[Charge]:
    """Its volume, which is charged while it is stopped, too; and its hours, which are assumed."""
    name, size = str(properties.get("InstanceType")), int(properties.get("VolumeSizeInGB", 5))
    yield fixed(f"{size} GB of ML storage, also while it is stopped", volume_key(NOTEBOOK), size)
    yield fixed(
        f"{name}, assumed to run {NOTEBOOK_HOURS} of {HOURS} hours", instance_key(NOTEBOOK, name), NOTEBOOK_HOURS
    )


def tracking_server(properties: Mapping[str, Any], _others: Mapping[str, Any]) -> Iterable[Charge]:
    """A server of its size, all the time."""
    size = properties.get("TrackingServerSize", "Small")
    yield hourly(f"MLflow tracking server, {size}", f"{SAGEMAKER}/MlflowTrackingServer:{size}")
    yield usage("GB of its metadata", f"{SAGEMAKER}/MlflowTrackingServer:Storage")


def scaling_policy(properties: Mapping[str, Any], _others: Mapping[str, Any]) -> Iterable[Charge]:
    """The alarms that Application Auto Scaling makes for target tracking; a step policy has its own in the template."""
    if properties.get("PolicyType") == "TargetTrackingScaling":
        count = ALARMS_OF_TARGET_TRACKING
        yield fixed(f"{count} alarms of target tracking", "AmazonCloudWatch/CW:AlarmMonitorUsage", count)
