"""Endpoints: InService only once every container has responded; no request is lost when an endpoint changes.

Each change runs in one background thread from its first status to its last; calls that arrive meanwhile are refused,
as on AWS.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from local_aws.api.errors import AwsError, not_implemented, validation_error
from local_aws.api.service import Operation, Scope
from local_aws.api.store import Record
from local_aws.context import Context
from local_aws.files.reasons import INTERRUPTED
from local_aws.sagemaker.events import publish_state_change
from local_aws.sagemaker.hosting.container_headers import TARGET_VARIANT
from local_aws.sagemaker.hosting.deployment import Deployment, OverloadedError, RetiredError, Variant
from local_aws.sagemaker.hosting.fleets import Usage, fleet_of
from local_aws.sagemaker.hosting.measurements import Fleet, Measurements
from local_aws.sagemaker.hosting.retained_variants import as_last_scaled, retain_variants
from local_aws.sagemaker.hosting.routing import Route
from local_aws.sagemaker.kinds import ENDPOINT, ENDPOINT_CONFIG
from local_aws.sagemaker.resources import Resources

log = logging.getLogger("local_aws.endpoints")

IN_PROGRESS = {"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"}
UNSUPPORTED_CONFIG = ("AsyncInferenceConfig", "ExplainerConfig", "ShadowProductionVariants")
THROTTLED = "The request was denied due to request throttling."
"""The message in the list of SageMaker's common errors."""
UNSUPPORTED_VARIANT = ("InstancePools", "ManagedInstanceScaling", "AcceleratorType")


@dataclass
class Hosted:
    """An endpoint and its deployment: None until the first deployment is ready, and after the endpoint is deleted."""

    record: Record
    deployment: Deployment | None = None


class Endpoints(Resources):
    """The operations, and the deployments behind them."""

    kind = ENDPOINT

    def __init__(self, context: Context, measurements: Measurements) -> None:
        super().__init__(context)
        self.measurements = measurements
        self._usage = Usage()
        measurements.fleets = self.fleets
        self._hosted: dict[str, Hosted] = {}
        self._lock = threading.RLock()

    def operations(self) -> dict[str, Operation]:
        """The operations, by AWS's names."""
        return {
            **super().operations(),
            "UpdateEndpointWeightsAndCapacities": self.update_weights_and_capacities,
        }

    def create(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        """CreateEndpoint."""
        variants = self._variants(scope, request["EndpointConfigName"])
        details = {"EndpointConfigName": request["EndpointConfigName"], "EndpointStatus": "Creating"}
        if "DeploymentConfig" in request:
            details["LastDeploymentConfig"] = request["DeploymentConfig"]
        record = self._register(scope, request, details)
        hosted = self._hosted[record.arn] = Hosted(record)
        publish_state_change(self._context, record)
        self._in_background(hosted, lambda: self._create(hosted, variants))
        return {"EndpointArn": record.arn}

    def update(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        """UpdateEndpoint: new containers start next to the old ones and take over when all of them respond."""
        hosted = self._changeable(scope, request)
        variants = self._variants(scope, request["EndpointConfigName"])
        current = hosted.deployment.variants if hosted.deployment else []
        variants = retain_variants(variants, current, request)
        changes = {"EndpointConfigName": request["EndpointConfigName"]}
        if "DeploymentConfig" in request:
            changes["LastDeploymentConfig"] = request["DeploymentConfig"]
        self._set(hosted, "Updating", FailureReason=None)
        self._in_background(hosted, lambda: self._replace(hosted, variants, changes))
        return {"EndpointArn": hosted.record.arn}

    def update_weights_and_capacities(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        """UpdateEndpointWeightsAndCapacities: weights change at once, instances as they start and stop."""
        hosted = self._changeable(scope, request)
        assert hosted.deployment  # noqa: S101 (an endpoint that can be changed is in service)
        by_name = {variant.name: variant for variant in hosted.deployment.variants}
        for settings in request["DesiredWeightsAndCapacities"]:
            if settings["VariantName"] not in by_name:
                raise validation_error(f"Variant {settings['VariantName']} not found for endpoint {hosted.record.arn}.")
        self._set(hosted, "Updating", FailureReason=None)
        self._in_background(hosted, lambda: self._rescale(hosted, by_name, request["DesiredWeightsAndCapacities"]))
        return {"EndpointArn": hosted.record.arn}

    def delete(self, scope: Scope, request: dict[str, Any]) -> None:
        """DeleteEndpoint: finishes the requests in progress, then ends the containers."""
        record = self._get(scope, request)
        _refuse_in_progress(record)
        hosted = self._hosted[record.arn]
        self._set(hosted, "Deleting")
        self._in_background(hosted, lambda: self._delete(hosted))

    def route(self, scope: Scope, name: str, headers: Mapping[str, str]) -> Route:
        """Choose the instance for one request, which may be on its way until `Route.done`. Raises `AwsError`."""
        while True:
            hosted = self.serving(scope, name)
            deployment = hosted.deployment if hosted else None
            if hosted is None or deployment is None:
                raise AwsError("ValidationError", f"Endpoint {name} of account {scope.account} not found.")
            try:
                variant, instance, done = deployment.admit(headers.get(TARGET_VARIANT))
            except RetiredError:
                continue  # an update has just replaced the deployment
            except LookupError as error:
                raise AwsError("ValidationError", f"Variant {error} not found for endpoint {name}.") from error
            except OverloadedError as error:
                raise AwsError("ThrottlingException", THROTTLED) from error
            return Route(hosted.record, hosted.record.details["EndpointConfigName"], variant, instance, done)

    def serving(self, scope: Scope, name: str) -> Hosted | None:
        """The endpoint, if it accepts requests."""
        record = self._context.store.find(ENDPOINT, scope, name)
        hosted = self._hosted.get(record.arn) if record else None
        return hosted if hosted and hosted.deployment else None

    def fleets(self) -> list[Fleet]:
        """The variants in service, for their measurements."""
        return [
            fleet_of(hosted.record, variant, self._usage)
            for hosted in list(self._hosted.values())
            if hosted.deployment
            for variant in hosted.deployment.variants
        ]

    def recover(self) -> None:
        """Serve again what the last server served, with new containers; call it once this server responds.

        Meanwhile an endpoint is SystemUpdating, as during AWS's own maintenance. A change that the end of the server
        interrupted is rolled back; an endpoint that had not been in service yet is Failed.
        """
        for record in self._context.store.every(ENDPOINT):
            hosted = self._hosted[record.arn] = Hosted(record)
            status = record.details["EndpointStatus"]
            if status == "Deleting":
                self._delete(hosted)
            elif status == "Creating":
                self._set(hosted, "Failed", FailureReason=INTERRUPTED)
            elif status != "Failed":
                interrupted = {} if status in ("InService", "SystemUpdating") else {"FailureReason": INTERRUPTED}
                record.update(EndpointStatus="SystemUpdating", **interrupted)
                self._in_background(hosted, partial(self._serve_again, hosted))

    def close(self) -> None:
        """End every container, because the server stops."""
        deployments = [hosted.deployment for hosted in self._hosted.values() if hosted.deployment]
        threads = [threading.Thread(target=deployment.stop) for deployment in deployments]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    # In background threads

    def _create(self, hosted: Hosted, variants: list[dict[str, Any]]) -> None:
        deployment = self._deployment(hosted, variants)
        deployment.start()
        with self._lock:
            hosted.deployment = deployment
        self._in_service(hosted)

    def _serve_again(self, hosted: Hosted) -> None:
        details = hosted.record.details
        variants = self._variants(hosted.record.scope, details["EndpointConfigName"])
        self._create(hosted, as_last_scaled(variants, details.get("ProductionVariants", ())))

    def _replace(self, hosted: Hosted, variants: list[dict[str, Any]], changes: dict[str, Any]) -> None:
        successor = self._deployment(hosted, variants)
        successor.start()
        with self._lock:
            predecessor, hosted.deployment = hosted.deployment, successor
        if predecessor:
            predecessor.retire()
        self._in_service(hosted, **changes)

    def _rescale(self, hosted: Hosted, variants: dict[str, Variant], settings: list[dict[str, Any]]) -> None:
        for item in settings:
            variant = variants[item["VariantName"]]
            variant.weight = item.get("DesiredWeight", variant.weight)
            surplus = variant.scale(item.get("DesiredInstanceCount", variant.count))
            if hosted.deployment:
                hosted.deployment.retire(surplus)
        self._in_service(hosted)

    def _delete(self, hosted: Hosted) -> None:
        with self._lock:
            deployment, hosted.deployment = hosted.deployment, None
        if deployment:
            deployment.retire()
        self._context.store.remove(hosted.record)
        self._hosted.pop(hosted.record.arn, None)

    def _in_background(self, hosted: Hosted, change: Callable[[], None]) -> None:
        def run() -> None:
            try:
                change()
            except Exception as error:  # whatever the error, DescribeEndpoint must report it
                log.info("endpoint %s: %s", hosted.record.name, error)
                self._failed(hosted, str(error))

        threading.Thread(target=run, name=f"endpoint {hosted.record.name}", daemon=True).start()

    def _failed(self, hosted: Hosted, reason: str) -> None:
        """Keep the deployment that served before the failed change, if any."""
        if hosted.deployment:
            self._set(hosted, "RollingBack")
            self._in_service(hosted, FailureReason=reason)
        else:
            self._set(hosted, "Failed", FailureReason=reason)

    def _died(self, hosted: Hosted, deployment: Deployment, reason: str) -> None:
        """Report that a container of a deployment ended unasked."""
        with self._lock:
            if hosted.deployment is not deployment:
                return
            hosted.deployment = None
        self._set(hosted, "Failed", FailureReason=reason)
        threading.Thread(target=deployment.stop, daemon=True).start()

    # Helpers

    def _deployment(self, hosted: Hosted, variants: list[dict[str, Any]]) -> Deployment:
        return Deployment(
            self._context,
            hosted.record,
            variants,
            lambda deployment, reason: self._died(hosted, deployment, reason),
        )

    def _in_service(self, hosted: Hosted, **members: Any) -> None:
        variants = hosted.deployment.variants if hosted.deployment else []
        self._set(hosted, "InService", ProductionVariants=[variant.summary() for variant in variants], **members)

    def _set(self, hosted: Hosted, status: str, **members: Any) -> None:
        hosted.record.update(EndpointStatus=status, **members)
        publish_state_change(self._context, hosted.record)

    def _changeable(self, scope: Scope, request: dict[str, Any]) -> Hosted:
        record = self._get(scope, request)
        _refuse_in_progress(record)
        if record.details["EndpointStatus"] != "InService":
            raise validation_error(
                f'Cannot update endpoint "{record.arn}": its status is {record.details["EndpointStatus"]}. '
                "DeleteEndpoint is the only operation that can be performed on it."
            )
        return self._hosted[record.arn]

    def _variants(self, scope: Scope, config_name: str) -> list[dict[str, Any]]:
        config = self._context.store.get(ENDPOINT_CONFIG, scope, config_name).details
        for member in UNSUPPORTED_CONFIG:
            if member in config:
                raise not_implemented(f"an endpoint configuration's {member}")
        if config.get("DataCaptureConfig", {}).get("EnableCapture"):
            raise not_implemented("data capture: set DataCaptureConfig.EnableCapture to false")
        for variant in config["ProductionVariants"]:
            for member in UNSUPPORTED_VARIANT:
                if member in variant:
                    raise not_implemented(f"a production variant's {member}")
            if "ModelName" not in variant:
                raise not_implemented("inference components: give each production variant a ModelName")
        return list(config["ProductionVariants"])


def _refuse_in_progress(record: Record) -> None:
    if record.details["EndpointStatus"] in IN_PROGRESS:
        raise validation_error(f'Cannot update in-progress endpoint "{record.arn}".')
