"""The production variants of an endpoint configuration: what serves a share of the requests, or a copy of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from launchpad.requests.context import Environment, Request, RequestError
from launchpad.requests.resources import check_limits

VARIANT = "AllTraffic"
"""The first production variant. Deployment guardrails require the same names in every update."""
SHADOW = "Shadow"
"""The name of the shadow variant."""


@dataclass(frozen=True)
class Variant:
    """One variant: a model, and its weight among all."""

    model_name: str
    name: str = VARIANT
    weight: float = 1.0
    """The share of the requests is this among the sum of all; of a shadow variant, the share that is copied to it."""


def variant_request(variant: Variant, section: Mapping[str, Any], environment: Environment) -> Request:
    """`ProductionVariant` of an endpoint configuration, on the workload's instances or serverless.

    Raises:
        RequestError: more instances of a type than the environment allows, or serverless where that isn't allowed.
    """
    named = {"VariantName": variant.name, "ModelName": variant.model_name}
    weight = {"InitialVariantWeight": variant.weight}
    if section.get("mode") == "serverless":
        return {**named, **weight, "ServerlessConfig": _serverless(section["serverless"] or {}, environment)}
    count = instance_count(section)
    return {**named, **_instances(section["instance"], count, environment), "InitialInstanceCount": count, **weight}


def instance_choices(instance: Mapping[str, Any]) -> list[str]:
    """Every type that may be started, the preferred one first."""
    return list(instance.get("types") or [instance["type"]])


def instance_count(section: Mapping[str, Any]) -> int:
    """The number of instances that an endpoint begins with: with scaling the least; 0 if it has no instances."""
    if section.get("mode") == "serverless":
        return 0
    scaling = section.get("scaling")
    return max(1, scaling["minimum"]) if scaling else int(section["instance"]["count"])


def _instances(instance: Mapping[str, Any], count: int, environment: Environment) -> Request:
    choices = instance_choices(instance)
    for name in choices:
        check_limits([{"type": name, "count": count}], environment)
    if len(choices) == 1:
        return {"InstanceType": choices[0]}
    pools = [{"InstanceType": name, "Priority": number} for number, name in enumerate(choices, start=1)]
    return {"InstancePools": pools}


def _serverless(settings: Mapping[str, Any], environment: Environment) -> Request:
    if not environment.allow_serverless:
        raise RequestError(
            f"environment {environment.name!r} allows no serverless endpoints, which are outside its network:"
            " write `allow_serverless: true` in its config, or serve with `mode: realtime`"
        )
    provisioned = settings.get("provisioned_concurrency")
    return {
        "MemorySizeInMB": settings.get("memory_mb", 2048),
        "MaxConcurrency": settings.get("max_concurrency", 5),
        **({"ProvisionedConcurrency": provisioned} if provisioned else {}),
    }
