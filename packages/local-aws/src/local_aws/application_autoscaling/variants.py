"""SageMaker's variants as scalable resources: what may be registered, their capacity, and how it is changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from local_aws.api.errors import not_implemented, validation_error
from local_aws.api.service import Scope
from local_aws.api.store import Record as Resource
from local_aws.api.store import Store
from local_aws.application_autoscaling.target_tracking import CONCURRENCY, INSTANCES
from local_aws.sagemaker.kinds import ENDPOINT, ENDPOINT_CONFIG

Update = Callable[[Scope, dict[str, Any]], object]
"""UpdateEndpointWeightsAndCapacities."""


class Variants:
    """The variants of all endpoints. `update` is set once the server is composed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.update: Update = lambda _scope, _request: None

    def check(self, scope: Scope, request: Mapping[str, Any]) -> None:
        """Refuse a variant that doesn't exist, or has no such capacity."""
        dimension, parts = request["ScalableDimension"], request["ResourceId"].split("/")
        if dimension not in (INSTANCES, CONCURRENCY):
            raise not_implemented(f"the scalable dimension {dimension}")
        if len(parts) != 4 or parts[0] != "endpoint" or parts[2] != "variant":
            raise validation_error(f"Unsupported resource {request['ResourceId']}: write endpoint/NAME/variant/NAME")
        variant = self._variant(scope, request)
        if variant is None:
            raise validation_error(f"No such production variant in service: {request['ResourceId']}")
        if self._capacity(request, variant) is None:
            raise validation_error(f"{request['ResourceId']} has no capacity of the scalable dimension {dimension}.")

    def least(self, scope: Scope, target: Mapping[str, Any]) -> int:
        """The lowest MinCapacity: 0 only for instances of an asynchronous endpoint."""
        endpoint = self._endpoint(scope, target)
        config = self._config(scope, endpoint) if endpoint else {}
        return 0 if target["ScalableDimension"] == INSTANCES and "AsyncInferenceConfig" in config else 1

    def steady(self, scope: Scope, target: Mapping[str, Any]) -> bool:
        """Whether the endpoint can be scaled now; scaling is suspended while an update runs."""
        endpoint = self._endpoint(scope, target)
        return endpoint is not None and endpoint.details["EndpointStatus"] == "InService"

    def capacity(self, scope: Scope, target: Mapping[str, Any]) -> int | None:
        """The desired capacity; None if the variant has gone."""
        variant = self._variant(scope, target)
        return None if variant is None else self._capacity(target, variant)

    def change(self, scope: Scope, target: Mapping[str, Any], capacity: int) -> None:
        """Ask SageMaker for a capacity. Raises its `AwsError`."""
        _, endpoint, _, variant = target["ResourceId"].split("/")
        desired = {"VariantName": variant, "DesiredInstanceCount": capacity}
        if target["ScalableDimension"] == CONCURRENCY:
            concurrency = {"ProvisionedConcurrency": capacity}
            desired = {"VariantName": variant, "ServerlessUpdateConfig": concurrency}
        self.update(scope, {"EndpointName": endpoint, "DesiredWeightsAndCapacities": [desired]})

    def instance_types(self, scope: Scope, config_name: str) -> dict[str, str | None]:
        """The instance type of each variant of an endpoint configuration; empty if that doesn't exist."""
        config = self._store.find(ENDPOINT_CONFIG, scope, config_name)
        variants = config.details["ProductionVariants"] if config else ()
        return {variant["VariantName"]: variant.get("InstanceType") for variant in variants}

    def config_of(self, scope: Scope, name: str) -> str | None:
        """The name of an endpoint's configuration; None if the endpoint doesn't exist."""
        endpoint = self._store.find(ENDPOINT, scope, name)
        return endpoint.details["EndpointConfigName"] if endpoint else None

    def _endpoint(self, scope: Scope, target: Mapping[str, Any]) -> Resource | None:
        return self._store.find(ENDPOINT, scope, target["ResourceId"].split("/")[1])

    def _config(self, scope: Scope, endpoint: Resource) -> Mapping[str, Any]:
        config = self._store.find(ENDPOINT_CONFIG, scope, endpoint.details["EndpointConfigName"])
        return config.details if config else {}

    def _variant(self, scope: Scope, target: Mapping[str, Any]) -> Mapping[str, Any] | None:
        endpoint = self._endpoint(scope, target)
        variants = endpoint.details.get("ProductionVariants", ()) if endpoint else ()
        name = target["ResourceId"].split("/")[3]
        return next((variant for variant in variants if variant["VariantName"] == name), None)

    def _capacity(self, target: Mapping[str, Any], variant: Mapping[str, Any]) -> int | None:
        if target["ScalableDimension"] == INSTANCES:
            return variant.get("DesiredInstanceCount")
        serverless = variant.get("DesiredServerlessConfig") or variant.get("CurrentServerlessConfig") or {}
        return serverless.get("ProvisionedConcurrency")
