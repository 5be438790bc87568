"""Endpoint configurations: which models an endpoint serves, and with how many instances."""

from __future__ import annotations

from typing import Any

from local_aws.api.errors import validation_error
from local_aws.api.service import Scope
from local_aws.sagemaker.closed_services import check_explainer
from local_aws.sagemaker.hosting.capacity import check_instances
from local_aws.sagemaker.hosting.mode_checks import check_config
from local_aws.sagemaker.kinds import ENDPOINT_CONFIG, MODEL
from local_aws.sagemaker.resources import Request, Resources


class EndpointConfigs(Resources):
    """The operations."""

    kind = ENDPOINT_CONFIG
    sends_events = True

    def _details(self, scope: Scope, request: Request) -> Request:
        """Every model in it must exist."""
        variants = [self._variant(scope, variant) for variant in request["ProductionVariants"]]
        shadows = [self._variant(scope, variant) for variant in request.get("ShadowProductionVariants", ())]
        names = [variant["VariantName"] for variant in [*variants, *shadows]]
        if len(names) != len(set(names)):
            raise validation_error("Variant names must be unique within an endpoint configuration.")
        check_explainer(request)
        check_config(request, lambda name: self._context.store.get(MODEL, scope, name).details)
        members = super()._details(scope, request)
        own = {"ProductionVariants": variants, **({"ShadowProductionVariants": shadows} if shadows else {})}
        return {"EnableNetworkIsolation": False, **members, **own}

    def _variant(self, scope: Scope, variant: dict[str, Any]) -> dict[str, Any]:
        if "ModelName" in variant:
            self._context.store.get(MODEL, scope, variant["ModelName"])
        for pool in variant.get("InstancePools", ()):
            if "ModelNameOverride" in pool:
                self._context.store.get(MODEL, scope, pool["ModelNameOverride"])
        check_instances(variant)
        return {"InitialVariantWeight": 1.0, **variant}
