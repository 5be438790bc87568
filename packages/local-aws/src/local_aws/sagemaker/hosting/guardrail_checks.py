"""What a DeploymentConfig must not ask for. Raises ValidationException, as the API does.

AWS documents each limit at its member, and the exclusions on the page "Exclusions"; it documents no messages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from local_aws.api.errors import AwsError, validation_error
from local_aws.sagemaker.hosting.guardrails import SIZES, plan

LIMITS = {"CanarySize": (0, 50), "LinearStepSize": (10, 50), "MaximumBatchSize": (5, 50)}
"""Percent of the variant's instances, at least and at most."""
Variants = Sequence[Mapping[str, Any]]


def check_policy(config: Mapping[str, Any]) -> None:
    """Check what does not depend on the endpoint: CreateEndpoint only stores the configuration."""
    rolling, blue_green = config.get("RollingUpdatePolicy"), config.get("BlueGreenUpdatePolicy")
    if rolling and blue_green:
        raise validation_error(
            "Only one update policy should be used in the deployment configuration: BlueGreenUpdatePolicy or "
            "RollingUpdatePolicy."
        )
    if blue_green:
        kind = blue_green["TrafficRoutingConfiguration"]["Type"]
        if kind in SIZES and SIZES[kind] not in blue_green["TrafficRoutingConfiguration"]:
            raise validation_error(f"TrafficRoutingConfiguration of type {kind} must have {SIZES[kind]}.")
    for name, size in _sizes(config):
        if size["Type"] == "CAPACITY_PERCENT":
            _check_percent(name, size, float(size["Value"]))


def check_deployment(config: Mapping[str, Any], old: Variants, new: Variants) -> None:
    """Check an update with this configuration from one endpoint configuration's variants to another's."""
    check_policy(config)
    policy = config.get("RollingUpdatePolicy") or config.get("BlueGreenUpdatePolicy")
    if not policy:
        return
    _check_names(old, new)
    if "RollingUpdatePolicy" in config:
        _check_rolling(new)
    for variant in new:
        if "ServerlessConfig" not in variant:
            _check_variant(config, policy, max(variant["InitialInstanceCount"], 1))


def is_excluded(variants: Variants, instance_types: Iterable[str]) -> bool:
    """Whether an endpoint falls back to all at once: Inf1 instances, and serverless ones, which have no guardrails.

    Marketplace containers, which are excluded too, don't run here.
    """
    inf1 = any(kind.startswith("ml.inf1.") for kind in instance_types)
    return inf1 or any("ServerlessConfig" in variant for variant in variants)


def _check_names(old: Variants, new: Variants) -> None:
    names, required = (sorted(variant["VariantName"] for variant in variants) for variants in (new, old))
    if names != required:
        raise validation_error(
            "When doing a blue/green or rolling deployment, your new endpoint configuration must have the same variant "
            f"name as the old endpoint configuration: {', '.join(required)}, not {', '.join(names)}."
        )


def _check_rolling(variants: Variants) -> None:
    if len(variants) > 1:
        raise validation_error("RollingUpdatePolicy is not supported for multi-variant inference endpoints.")
    if any("ServerlessConfig" in variant for variant in variants):
        raise validation_error("RollingUpdatePolicy is not supported for serverless inference endpoints.")


def _check_variant(config: Mapping[str, Any], policy: Mapping[str, Any], total: int) -> None:
    for name, size in _sizes(config):
        # A step is at least one instance, and one instance is all of a variant that has no more.
        if size["Type"] == "INSTANCE_COUNT" or total == 1:
            count = size["Value"] if size["Type"] == "INSTANCE_COUNT" else 1
            _check_percent(name, size, 100 * count / total)
    steps, timeout = plan(config, total), policy.get("MaximumExecutionTimeoutInSeconds")
    if timeout is not None and timeout <= steps.waits_seconds:
        raise validation_error(
            f"MaximumExecutionTimeoutInSeconds {timeout} should be larger than the total waiting time specified in "
            f"TerminationWaitInSeconds and WaitIntervalInSeconds, which is {steps.waits_seconds} seconds."
        )


def _sizes(config: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """The sizes that have limits, by name."""
    rolling = config.get("RollingUpdatePolicy", {})
    routing = config.get("BlueGreenUpdatePolicy", {}).get("TrafficRoutingConfiguration", {})
    names = [SIZES[routing["Type"]]] if routing.get("Type") in SIZES else []
    return [*((name, routing[name]) for name in names), *((n, rolling[n]) for n in ("MaximumBatchSize",) if rolling)]


def _check_percent(name: str, size: Mapping[str, Any], percent: float) -> None:
    least, most = LIMITS[name]
    if not least <= percent <= most:
        limits = f"less than or equal to {most}%" if not least else f"{least}-{most}%"
        raise _out_of_range(name, size, limits)


def _out_of_range(name: str, size: Mapping[str, Any], limits: str) -> AwsError:
    return validation_error(
        f"{name} {size['Value']} ({size['Type']}) is not valid: the value must be {limits} of the variant's total "
        "instance count."
    )
