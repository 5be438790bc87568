"""The services of AWS's JSON protocol besides SageMaker: where each is, made when it is first called."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local_aws.api.service import JsonService, service_model

if TYPE_CHECKING:
    from local_aws.backend import Backend


@dataclass(frozen=True, slots=True)
class JsonApi:
    """One service."""

    model: str
    """Botocore's name of it."""
    target: str
    """What its ``X-Amz-Target`` headers begin with."""
    factory: str
    """Where the class is that has its operations; it is made from the backend."""

    def service(self, backend: Backend) -> JsonService:
        """The service, on operations of its own."""
        module, _, name = self.factory.partition(":")
        operations: Any = getattr(importlib.import_module(module), name)(backend)
        return JsonService(service_model(self.model), operations.operations())


JSON_APIS = {
    "application-autoscaling": JsonApi(
        "application-autoscaling",
        "AnyScaleFrontendService.",
        "local_aws.application_autoscaling.service:ApplicationAutoScaling",
    ),
    "elasticmapreduce": JsonApi("emr", "ElasticMapReduce.", "local_aws.emr.service:Emr"),
    "servicequotas": JsonApi("service-quotas", "ServiceQuotasV20190624.", "local_aws.service_quotas:ServiceQuotas"),
}
"""By the name in credential scopes, which is what requests are routed by."""
