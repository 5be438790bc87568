"""Endpoints: InService only once every container has responded; no request is lost when an endpoint changes.

Each change runs in one background thread from its first status to its last (`endpoint_changes`); calls that arrive
meanwhile are refused, as on AWS.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import partial
from typing import Any

from local_aws.api.errors import AwsError, not_implemented, validation_error
from local_aws.api.service import Operation, Scope
from local_aws.api.store import Record
from local_aws.context import Context
from local_aws.files.reasons import INTERRUPTED
from local_aws.sagemaker.events import publish_state_change
from local_aws.sagemaker.hosting import endpoint_changes as changes
from local_aws.sagemaker.hosting.capture import Captures
from local_aws.sagemaker.hosting.capture_settings import is_enabled
from local_aws.sagemaker.hosting.container_headers import TARGET_VARIANT
from local_aws.sagemaker.hosting.fleets import Usage, by_name, fleet_of
from local_aws.sagemaker.hosting.guardrail_checks import check_deployment, check_policy
from local_aws.sagemaker.hosting.hosted import Hosted
from local_aws.sagemaker.hosting.measurements import Fleet, Measurements
from local_aws.sagemaker.hosting.mode_checks import check_capacities, check_update
from local_aws.sagemaker.hosting.retained_variants import as_last_scaled, retain_variants
from local_aws.sagemaker.hosting.routing import Route
from local_aws.sagemaker.hosting.sessions import SESSION, Sessions, lost
from local_aws.sagemaker.hosting.traffic import EndedError, OverloadedError, UnavailableError
from local_aws.sagemaker.kinds import ENDPOINT, ENDPOINT_CONFIG
from local_aws.sagemaker.resources import Resources

IN_PROGRESS = {"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"}
REMEDIES = {"UpdateRollbackFailed": "Call UpdateEndpoint to return it to a healthy state."}
"""What a status allows, in the words of the API reference and of "Use rolling deployments"."""
UNSUPPORTED_VARIANT = ("ManagedInstanceScaling", "AcceleratorType")
UNSUPPORTED_ROUTING = ("PREFIX_AWARE", "KV_AWARE")
UNKNOWN_CAPTURE = (
    "data capture of an asynchronous endpoint, because AWS does not document what is captured: set "
    "DataCaptureConfig.EnableCapture to false, and read the requests and results in S3"
)
THROTTLED = "The request was denied due to request throttling."
"""The message in the list of SageMaker's common errors."""
UNAVAILABLE = "The service is currently unavailable."
"""The runtime API's description of ServiceUnavailable."""


class Endpoints(Resources):
    """The operations, and the fleets behind them."""

    kind = ENDPOINT

    def __init__(self, context: Context, measurements: Measurements) -> None:
        super().__init__(context)
        self.measurements = measurements
        self.captures = Captures(context, measurements.disk_use)
        self.sessions = Sessions()
        self._usage = Usage()
        measurements.fleets = self.fleets
        self._hosted: dict[str, Hosted] = {}
        self._closing = threading.Event()

    def operations(self) -> dict[str, Operation]:
        """The operations, by AWS's names."""
        return {
            **super().operations(),
            "UpdateEndpointWeightsAndCapacities": self.update_weights_and_capacities,
        }

    def create(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        """CreateEndpoint. A DeploymentConfig is only kept, for updates with RetainDeploymentConfig."""
        settings = self._settings(scope, request["EndpointConfigName"])
        details = {"EndpointConfigName": request["EndpointConfigName"], "EndpointStatus": "Creating"}
        if "DeploymentConfig" in request:
            check_policy(request["DeploymentConfig"])
            details["LastDeploymentConfig"] = request["DeploymentConfig"]
        hosted = self._host(self._register(scope, request, details))
        publish_state_change(self._context, hosted.record)
        changes.in_background(hosted, partial(changes.create, hosted, settings, settings["ProductionVariants"]))
        return {"EndpointArn": hosted.record.arn}

    def update(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        """UpdateEndpoint: a new fleet starts next to the old one and takes over as the DeploymentConfig says."""
        hosted = self._changeable(scope, request, "InService", "UpdateRollbackFailed")
        settings = self._settings(scope, request["EndpointConfigName"])
        check_update(hosted.config or settings, settings)
        current = hosted.deployment.variants if hosted.deployment else []
        variants = retain_variants(settings["ProductionVariants"], current, request)
        config = _deployment_config(hosted.record, request)
        check_deployment(config, [variant.settings for variant in current], variants)
        hosted.set("Updating", FailureReason=None)
        changes.in_background(hosted, partial(changes.update, hosted, settings, variants, config))
        return {"EndpointArn": hosted.record.arn}

    def update_weights_and_capacities(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        """UpdateEndpointWeightsAndCapacities: weights change at once, instances as they start and stop."""
        hosted = self._changeable(scope, request, "InService")
        names = {variant.name for variant in hosted.deployment.variants} if hosted.deployment else set()
        for settings in request["DesiredWeightsAndCapacities"]:
            if settings["VariantName"] not in names:
                raise validation_error(f"Variant {settings['VariantName']} not found for endpoint {hosted.record.arn}.")
        check_capacities(hosted.config, request["DesiredWeightsAndCapacities"])
        hosted.set("Updating", FailureReason=None)
        changes.in_background(hosted, partial(changes.rescale, hosted, request["DesiredWeightsAndCapacities"]))
        return {"EndpointArn": hosted.record.arn}

    def delete(self, scope: Scope, request: dict[str, Any]) -> None:
        """DeleteEndpoint: finishes the requests in progress, then ends the containers."""
        record = self._get(scope, request)
        _refuse_in_progress(record)
        hosted = self._hosted[record.arn]
        hosted.set("Deleting")
        changes.in_background(hosted, partial(self._delete, hosted))

    def route(self, scope: Scope, name: str, headers: Mapping[str, str]) -> Route:
        """Choose the instance for one request, which may be on its way until `Route.done`. Raises `AwsError`."""
        hosted = self.serving(scope, name)
        if hosted is None:
            raise AwsError("ValidationError", f"Endpoint {name} of account {scope.account} not found.")
        try:
            admission = hosted.traffic.admit(
                headers.get(TARGET_VARIANT), self.sessions.instance_of(hosted.record, headers)
            )
        except EndedError as error:
            raise lost(hosted.record, headers) from error
        except LookupError as error:
            raise AwsError("ValidationError", f"Variant {error} not found for endpoint {name}.") from error
        except OverloadedError as error:
            raise AwsError("ThrottlingException", THROTTLED) from error
        except UnavailableError as error:
            raise AwsError("ServiceUnavailable", UNAVAILABLE, 503) from error
        if SESSION in headers and admission.variant.pool:
            admission.done()
            raise not_implemented("stateful sessions of a serverless endpoint, because AWS does not document them")
        return Route(hosted.record, admission.fleet.config, admission.variant, admission.instance, admission.done)

    def serving(self, scope: Scope, name: str) -> Hosted | None:
        """The endpoint, if it accepts requests."""
        record = self._context.store.find(ENDPOINT, scope, name)
        hosted = self._hosted.get(record.arn) if record else None
        return hosted if hosted and hosted.traffic.is_open else None

    def is_recovering(self, scope: Scope, name: str) -> bool:
        """Whether the endpoint, which the last server served, is about to serve again."""
        record = self._context.store.find(ENDPOINT, scope, name)
        return record is not None and record.details["EndpointStatus"] == "SystemUpdating"

    def role_of(self, endpoint: Record) -> str:
        """The execution role of an endpoint; empty if the endpoint doesn't serve."""
        hosted = self._hosted.get(endpoint.arn)
        return changes.role_of(hosted.deployment) if hosted and hosted.deployment else ""

    def fleets(self) -> list[Fleet]:
        """The variants in service, for their measurements."""
        return [
            fleet_of(hosted.record, variants, self._usage)
            for hosted in list(self._hosted.values())
            for variants in by_name(
                variant for fleet in hosted.traffic.fleets for variant in (*fleet.variants, *fleet.shadows)
            )
        ]

    def recover(self) -> None:
        """Serve again what the last server served, with new containers; call it once this server responds.

        Meanwhile an endpoint is SystemUpdating, as during AWS's own maintenance. A change that the end of the server
        interrupted is rolled back; an endpoint that had not been in service yet is Failed.
        """
        for record in self._context.store.every(ENDPOINT):
            hosted = self._host(record)
            status = record.details["EndpointStatus"]
            if status == "Deleting":
                self._delete(hosted)
            elif status == "Creating":
                hosted.set("Failed", FailureReason=INTERRUPTED, PendingDeploymentSummary=None)
            elif status != "Failed":
                interrupted = {} if status in ("InService", "SystemUpdating") else {"FailureReason": INTERRUPTED}
                record.update(EndpointStatus="SystemUpdating", PendingDeploymentSummary=None, **interrupted)
                changes.in_background(hosted, partial(self._serve_again, hosted))

    def close(self) -> None:
        """End every container, because the server stops; what has been captured is written first."""
        self._closing.set()
        self.captures.flush()
        fleets = [fleet for hosted in self._hosted.values() for fleet in hosted.fleets]
        threads = [threading.Thread(target=fleet.stop) for fleet in fleets]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.captures.close()

    # Helpers

    def _host(self, record: Record) -> Hosted:
        hosted = self._hosted[record.arn] = Hosted(self._context, record, self._closing, self.captures)
        return hosted

    def _delete(self, hosted: Hosted) -> None:
        changes.end_all(hosted)
        self._context.store.remove(hosted.record)
        if self._hosted.get(hosted.record.arn) is hosted:
            self._hosted.pop(hosted.record.arn)

    def _serve_again(self, hosted: Hosted) -> None:
        details = hosted.record.details
        settings = self._settings(hosted.record.scope, details["EndpointConfigName"])
        variants = as_last_scaled(settings["ProductionVariants"], details.get("ProductionVariants", ()))
        changes.create(hosted, settings, variants)

    def _changeable(self, scope: Scope, request: dict[str, Any], *states: str) -> Hosted:
        record = self._get(scope, request)
        _refuse_in_progress(record)
        status = record.details["EndpointStatus"]
        if status not in states:
            remedy = REMEDIES.get(status, "DeleteEndpoint is the only operation that can be performed on it.")
            raise validation_error(f'Cannot update endpoint "{record.arn}": its status is {status}. {remedy}')
        return self._hosted[record.arn]

    def _settings(self, scope: Scope, config_name: str) -> dict[str, Any]:
        """An endpoint configuration that can be served."""
        config = self._context.store.get(ENDPOINT_CONFIG, scope, config_name).details
        if is_enabled(config) and "AsyncInferenceConfig" in config:
            raise not_implemented(UNKNOWN_CAPTURE)
        for variant in [*config["ProductionVariants"], *config.get("ShadowProductionVariants", ())]:
            for member in UNSUPPORTED_VARIANT:
                if member in variant:
                    raise not_implemented(f"a production variant's {member}")
            strategy = variant.get("RoutingConfig", {}).get("RoutingStrategy")
            if strategy in UNSUPPORTED_ROUTING:
                raise not_implemented(f"RoutingStrategy {strategy}: use LEAST_OUTSTANDING_REQUESTS, or SessionId")
            if "ModelName" not in variant:
                raise not_implemented("inference components: give each production variant a ModelName")
        return config


def _deployment_config(record: Record, request: dict[str, Any]) -> dict[str, Any]:
    """The request's, or with RetainDeploymentConfig the last one; empty if there is none."""
    retained = record.details.get("LastDeploymentConfig", {}) if request.get("RetainDeploymentConfig") else {}
    return dict(request.get("DeploymentConfig", retained))


def _refuse_in_progress(record: Record) -> None:
    if record.details["EndpointStatus"] in IN_PROGRESS:
        raise validation_error(f'Cannot update in-progress endpoint "{record.arn}".')
