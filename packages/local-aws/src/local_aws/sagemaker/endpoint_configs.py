"""Endpoint configurations: which models an endpoint serves, and with how many instances."""

from __future__ import annotations

from typing import Any

from local_aws.api.errors import validation_error
from local_aws.api.paging import list_operation
from local_aws.api.service import Operation, Scope
from local_aws.context import Context
from local_aws.sagemaker.kinds import ENDPOINT_CONFIG, MODEL


class EndpointConfigs:
    """The operations."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def operations(self) -> dict[str, Operation]:
        """The operations, by AWS's names."""
        store = self._context.store
        kind, name = ENDPOINT_CONFIG, "EndpointConfigName"
        return {
            "CreateEndpointConfig": self.create,
            "DescribeEndpointConfig": lambda scope, request: store.get(kind, scope, request[name]).details,
            "DeleteEndpointConfig": lambda scope, request: store.remove(store.get(kind, scope, request[name])),
            "ListEndpointConfigs": list_operation(store, kind, "ListEndpointConfigs"),
        }

    def create(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        """CreateEndpointConfig: every model in it must exist."""
        variants = [self._variant(scope, variant) for variant in request["ProductionVariants"]]
        names = [variant["VariantName"] for variant in variants]
        if len(names) != len(set(names)):
            raise validation_error("Variant names must be unique within an endpoint configuration.")
        members = {name: value for name, value in request.items() if name not in ("Tags", "EndpointConfigName")}
        record = self._context.store.create(
            ENDPOINT_CONFIG,
            scope,
            request["EndpointConfigName"],
            {"EnableNetworkIsolation": False, **members, "ProductionVariants": variants},
            request.get("Tags", ()),
        )
        return {"EndpointConfigArn": record.arn}

    def _variant(self, scope: Scope, variant: dict[str, Any]) -> dict[str, Any]:
        name = variant["VariantName"]
        if "ModelName" in variant:
            self._context.store.get(MODEL, scope, variant["ModelName"])
        if "ServerlessConfig" not in variant and not ("InstanceType" in variant and "InitialInstanceCount" in variant):
            raise validation_error(
                f"ProductionVariant {name} needs InstanceType and InitialInstanceCount, or ServerlessConfig."
            )
        return {"InitialVariantWeight": 1.0, **variant}
