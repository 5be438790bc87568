"""The changes of an endpoint, each in one background thread; each ends in a status in which it can be deleted."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from local_aws.sagemaker.hosting.async_delivery import send_test_messages
from local_aws.sagemaker.hosting.capacity import preferred
from local_aws.sagemaker.hosting.deployment import Deployment
from local_aws.sagemaker.hosting.guardrail_checks import is_excluded
from local_aws.sagemaker.hosting.guardrails import Plan, plan, without_baking
from local_aws.sagemaker.hosting.hosted import ClosingError, Hosted
from local_aws.sagemaker.hosting.rollback_alarms import RollbackAlarms
from local_aws.sagemaker.hosting.rollouts import RollbackFailedError, Rollout
from local_aws.sagemaker.hosting.variants import Variant, stop_all

log = logging.getLogger("local_aws.endpoints")

Variants = list[dict[str, Any]]


def in_background(hosted: Hosted, change: Callable[[], None]) -> None:
    """Run a change. Whatever goes wrong, DescribeEndpoint reports it, and the endpoint does not stay in progress."""

    def run() -> None:
        try:
            change()
        except ClosingError:
            return
        except Exception as error:
            log.info("endpoint %s: %s", hosted.record.name, error, exc_info=True)
            _failed(hosted, error)

    threading.Thread(target=run, name=f"endpoint {hosted.record.name}", daemon=True).start()


def create(hosted: Hosted, settings: Mapping[str, Any], variants: Variants) -> None:
    """Start the first fleet, of this endpoint configuration."""
    fleet = hosted.new_fleet(settings, variants)
    try:
        hosted.report(fleet, "Creating", "Launching {count} instance(s).")
        fleet.start()
        test_topics(hosted, fleet)
    except Exception as error:
        fleet.stop()
        hosted.fleets = []
        if hosted.closing.is_set():
            raise ClosingError from error
        raise
    hosted.traffic.direct((fleet, 1.0))
    hosted.deployment = fleet
    hosted.in_service()


def update(hosted: Hosted, settings: Mapping[str, Any], variants: Variants, config: dict[str, Any]) -> None:
    """Replace the fleet by one of these settings, as the deployment configuration says."""
    fleet = hosted.new_fleet(settings, variants)
    try:
        test_topics(hosted, fleet)
    except Exception:
        hosted.end(fleet)
        raise
    alarms = RollbackAlarms(hosted.context, hosted.record.scope, role_of(fleet), config)
    Rollout(hosted, fleet, _plan(variants, config), alarms).run()
    last = {"LastDeploymentConfig": config} if config else {}
    hosted.in_service(EndpointConfigName=fleet.config, **last)


def rescale(hosted: Hosted, settings: Iterable[Mapping[str, Any]]) -> None:
    """Change weights and numbers of instances. If that fails, all variants are again as they were."""
    fleet = hosted.deployment
    if fleet is None:
        return
    variants = {variant.name: variant for variant in fleet.variants}
    before = [(variant, variant.weight, variant.desired) for variant in fleet.variants]
    try:
        for item in settings:
            variant = variants[item["VariantName"]]
            variant.weight = item.get("DesiredWeight", variant.weight)
            if variant.pool:
                variant.pool.resize(item.get("ServerlessUpdateConfig", {}))
                continue
            _scale(hosted, variant, item.get("DesiredInstanceCount", variant.desired))
        test_topics(hosted, fleet)
    except Exception as error:
        if hosted.closing.is_set():
            raise ClosingError from error
        hosted.set("RollingBack")
        for variant, weight, desired in before:
            variant.weight = weight
            _scale(hosted, variant, desired)
        raise
    hosted.in_service()


def end_all(hosted: Hosted) -> None:
    """End every fleet, after its last response."""
    hosted.traffic.direct()
    hosted.deployment = None
    for fleet in hosted.fleets:
        hosted.end(fleet)


def role_of(fleet: Deployment) -> str:
    """The execution role of a fleet: of its configuration, or of its first variant's model."""
    return str(fleet.settings.get("ExecutionRoleArn") or fleet.variants[0].role_arn)


def test_topics(hosted: Hosted, fleet: Deployment) -> None:
    """Publish the test messages of an asynchronous endpoint; a topic that refuses them fails the change."""
    send_test_messages(hosted.context, fleet.scope, fleet.settings, fleet.variants[0].role_arn)


def _plan(variants: Variants, config: Mapping[str, Any]) -> Plan:
    """The steps, by the smallest variant, so that each step is within the limits for all of them."""
    total = min(variant.get("InitialInstanceCount", 1) for variant in variants)
    types = [pool["InstanceType"] for variant in variants for pool in preferred(variant)]
    return without_baking(total) if is_excluded(variants, types) else plan(config, max(total, 1))


def _scale(hosted: Hosted, variant: Variant, desired: int) -> None:
    if desired != variant.count and hosted.deployment and not variant.pool:
        direction = "out" if desired > variant.count else "in"
        variant.desired = desired
        variant.report("Updating", f"Scaling {direction} desired instance count to {desired}.")
        hosted.report_variants()
        surplus = variant.scale(desired)
        hosted.traffic.drain(surplus)
        stop_all(surplus)
    variant.desired = desired


def _failed(hosted: Hosted, error: Exception) -> None:
    """Keep the fleet that served before the failed change, if any."""
    if isinstance(error, RollbackFailedError):
        summaries = [variant.summary() for variant in hosted.deployment.variants] if hosted.deployment else []
        hosted.set(
            "UpdateRollbackFailed",
            FailureReason=str(error),
            ProductionVariants=summaries,
            PendingDeploymentSummary=None,
        )
    elif hosted.deployment:
        if hosted.record.details["EndpointStatus"] != "RollingBack":
            hosted.set("RollingBack")
        hosted.in_service(FailureReason=str(error))
    else:
        hosted.set("Failed", FailureReason=str(error), PendingDeploymentSummary=None)
