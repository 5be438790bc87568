"""The services of AWS's JSON protocol in addition to SageMaker: the class of each, created on first use."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

from local_aws.context import Context


@dataclass(frozen=True, slots=True)
class JsonApi:
    """One service."""

    model: str
    """Botocore's name of the service."""
    target: str
    """The prefix of its ``X-Amz-Target`` headers."""
    factory: str
    """The import path of the class with its operations; it takes the context."""

    def create(self, context: Context) -> Any:
        """The operations, and their state (`api.tables.Tabled`)."""
        module, _, name = self.factory.partition(":")
        return getattr(importlib.import_module(module), name)(context)


JSON_APIS = {
    "application-autoscaling": JsonApi(
        "application-autoscaling",
        "AnyScaleFrontendService.",
        "local_aws.application_autoscaling.service:ApplicationAutoScaling",
    ),
    "ce": JsonApi("ce", "AWSInsightsIndexService.", "local_aws.cost_explorer.service:CostExplorer"),
    "elasticmapreduce": JsonApi("emr", "ElasticMapReduce.", "local_aws.emr.service:Emr"),
    "servicequotas": JsonApi(
        "service-quotas", "ServiceQuotasV20190624.", "local_aws.service_quotas.service:ServiceQuotas"
    ),
}
"""Services by their name in credential scopes, which routes requests."""
