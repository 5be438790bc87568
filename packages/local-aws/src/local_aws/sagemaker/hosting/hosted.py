"""An endpoint with its fleets, and how its status is reported: in DescribeEndpoint and as events."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from local_aws.api.store import Record
from local_aws.context import Context
from local_aws.sagemaker.events import DEPLOYMENT_CHANGE, publish_state_change
from local_aws.sagemaker.hosting.capture import Captures
from local_aws.sagemaker.hosting.capture_settings import summary
from local_aws.sagemaker.hosting.deployment import Deployment
from local_aws.sagemaker.hosting.traffic import Traffic
from local_aws.sagemaker.hosting.variants import Variant

WITH_TRAFFIC = ("ActivatingTraffic", "Baking")
"""The values of VariantStatus of a fleet that gets traffic."""


class ClosingError(Exception):
    """The server stops: the change ends as it is, and the next server rolls it back."""


@dataclass
class Hosted:
    """An endpoint. Only the thread of its current change uses the methods; requests go through `traffic`."""

    context: Context
    record: Record
    closing: threading.Event
    """Set when the server stops."""
    captures: Captures
    traffic: Traffic = field(default_factory=Traffic)
    deployment: Deployment | None = None
    """The fleet of the endpoint's configuration: None until it is ready, and after the endpoint is deleted."""
    fleets: list[Deployment] = field(default_factory=list)
    """Everything that runs, with or without traffic."""
    start_time: float = 0.0
    """When the current deployment began."""

    def set(self, status: str, **members: Any) -> None:
        """Change the endpoint's status and other members, and publish it; a value of None removes a member."""
        self.record.update(EndpointStatus=status, **members)
        publish_state_change(self.context, self.record)

    def in_service(self, **members: Any) -> None:
        """Report the serving fleet as it is; nothing is in progress any more."""
        variants = self.deployment.variants if self.deployment else []
        shadows = self.deployment.shadows if self.deployment else []
        for variant in variants:
            variant.status = None
        self.set(
            "InService",
            ProductionVariants=[variant.summary() for variant in variants],
            ShadowProductionVariants=[variant.summary() for variant in shadows] or None,
            DataCaptureConfig=summary(self.config),
            AsyncInferenceConfig=self.config.get("AsyncInferenceConfig"),
            PendingDeploymentSummary=None,
            **members,
        )

    def report(self, fleet: Deployment, status: str, message: str, counts: Mapping[str, int] | None = None) -> None:
        """Report what happens to a fleet's instances.

        ``message`` may have ``{count}``: the number of instances that it happens to, which ``counts`` gives by the
        variant's name; by default all that are desired.
        """
        for variant in fleet.variants:
            count = (counts or {}).get(variant.name, variant.desired)
            variant.report(status, message.format(count=count))
        pending = {} if fleet is self.deployment else {"PendingDeploymentSummary": self._pending(fleet, counts or {})}
        self.report_variants(**pending)

    def report_variants(self, **members: Any) -> None:
        """Report the serving fleet's variants as they are, with their VariantStatus."""
        if self.deployment:
            members["ProductionVariants"] = [variant.summary() for variant in self.deployment.variants]
        self.record.update(**members)
        publish_state_change(self.context, self.record, DEPLOYMENT_CHANGE)

    def end(self, fleet: Deployment) -> None:
        """End a fleet that gets no more requests, after its last response."""
        self.traffic.drain(fleet.busy())
        fleet.stop()
        if fleet.is_captured:
            self.captures.flush()
        self.fleets = [other for other in self.fleets if other is not fleet]

    @property
    def config(self) -> Mapping[str, Any]:
        """The configuration of the serving fleet; empty without one."""
        return self.deployment.settings if self.deployment else {}

    def new_fleet(self, settings: Mapping[str, Any], variants: Iterable[Mapping[str, Any]]) -> Deployment:
        """A fleet of an endpoint configuration, which does not run yet."""
        self.start_time = time.time()
        fleet = Deployment(self.context, self.record, settings, variants)
        self.fleets = [*self.fleets, fleet]
        if fleet.is_captured:
            self.captures.start()
        if self.closing.is_set():
            raise ClosingError
        return fleet

    def _pending(self, fleet: Deployment, counts: Mapping[str, int]) -> dict[str, Any]:
        summaries = [_pending_summary(variant, counts.get(variant.name, 0)) for variant in fleet.variants]
        return {"EndpointConfigName": fleet.config, "StartTime": self.start_time, "ProductionVariants": summaries}


def _pending_summary(variant: Variant, count: int) -> dict[str, Any]:
    """A variant as in PendingDeploymentSummary, whose CurrentInstanceCount is the number of those with traffic."""
    summary = variant.summary()
    if "CurrentInstanceCount" in summary and summary["VariantStatus"][0]["Status"] in WITH_TRAFFIC:
        summary["CurrentInstanceCount"] = count
    if "InstancePools" not in summary and variant.instance_type:
        summary["InstanceType"] = variant.instance_type
    return summary
