"""Instances, and how long a job may use them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from launchpad.requests.context import Environment, Request, RequestError
from launchpad.requests.storage import volume_key


def training_cluster(section: Mapping[str, Any], environment: Environment) -> Request:
    """`ResourceConfig` of a training job: instances of one type, or groups of them.

    Raises:
        RequestError: more instances of a type than the environment allows, for example through an override.
    """
    instance = section["instance"]
    kinds = instance["groups"] or [instance]
    check_limits(kinds, environment)
    types = [kind["type"] for kind in kinds]
    keys = [volume_key("VolumeKmsKeyId", kind, environment) for kind in types]
    return {
        "VolumeSizeInGB": instance["volume_gb"],
        **(_groups(instance["groups"]) if instance["groups"] else _alike(instance)),
        **(keys[0] if all(keys) else {}),
        **({"KeepAlivePeriodInSeconds": section["keep_alive_minutes"] * 60} if section["keep_alive_minutes"] else {}),
    }


def processing_cluster(instance: Mapping[str, Any], environment: Environment) -> Request:
    """`ProcessingResources`."""
    check_limits([instance], environment)
    key = volume_key("VolumeKmsKeyId", instance["type"], environment)
    return {"ClusterConfig": {**_alike(instance), "VolumeSizeInGB": instance["volume_gb"], **key}}


def transform_cluster(instance: Mapping[str, Any], environment: Environment) -> Request:
    """`TransformResources`."""
    check_limits([instance], environment)
    return {**_alike(instance), **volume_key("VolumeKmsKeyId", instance["type"], environment)}


def stopping_condition(section: Mapping[str, Any]) -> Request:
    """`StoppingCondition` of a training job; with spot it includes the wait for capacity."""
    longest = {"MaxRuntimeInSeconds": section["max_runtime_minutes"] * 60}
    if not section["spot"]:
        return longest
    return {**longest, "MaxWaitTimeInSeconds": section["spot"]["max_wait_minutes"] * 60}


def check_limits(kinds: Sequence[Mapping[str, Any]], environment: Environment, parallel: int = 1) -> None:
    """Enforce the config's limits for a run's overrides and for working copies; the catalogue is checked at synth.

    Raises:
        RequestError: more instances of a type than the environment allows.
    """
    counts: Counter[str] = Counter()
    for kind in kinds:
        counts[kind["type"]] += kind["count"] * parallel
    for name, count in sorted(counts.items()):
        limit = environment.instance_limits.get(name, count)
        if count > limit:
            raise RequestError(f"{count} instances of {name}: environment {environment.name!r} allows {limit}")


def _alike(instance: Mapping[str, Any]) -> Request:
    return {"InstanceType": instance["type"], "InstanceCount": instance["count"]}


def _groups(groups: list[Mapping[str, Any]]) -> Request:
    return {
        "InstanceGroups": [
            {"InstanceGroupName": group["name"], "InstanceType": group["type"], "InstanceCount": group["count"]}
            for group in groups
        ]
    }
