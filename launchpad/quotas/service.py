"""Reads AWS Service Quotas and open requests, and requests increases. Each function takes a boto3 client.

Note: in some accounts the list of applied quotas leaves out those that were never changed, so AWS's defaults are read
first and then overridden by the applied ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

SERVICE = "sagemaker"
OPEN = ("PENDING", "CASE_OPENED")
"""The `RequestStatus` values of requests that AWS has not decided on yet."""


@dataclass(frozen=True)
class Quota:
    """One SageMaker quota in one region."""

    name: str
    code: str
    value: float
    adjustable: bool


def read_quotas(client: Any) -> dict[str, Quota]:
    """Every quota by name (ListAWSDefaultServiceQuotas, ListServiceQuotas)."""
    quotas: dict[str, Quota] = {}
    for operation in ("list_aws_default_service_quotas", "list_service_quotas"):
        for quota in _pages(client, operation, "Quotas"):
            if "Value" in quota:
                quotas[quota["QuotaName"]] = Quota(
                    quota["QuotaName"], quota["QuotaCode"], quota["Value"], quota["Adjustable"]
                )
    return quotas


def open_requests(client: Any) -> dict[str, float]:
    """The values of undecided requests, by quota code (ListRequestedServiceQuotaChangeHistory)."""
    values: dict[str, float] = {}
    for status in OPEN:
        for change in _pages(client, "list_requested_service_quota_change_history", "RequestedQuotas", Status=status):
            values[change["QuotaCode"]] = change["DesiredValue"]
    return values


def request_increase(client: Any, quota: Quota, value: float) -> str:
    """Request a higher value; return the status (RequestServiceQuotaIncrease). AWS staff may have to approve it."""
    response = client.request_service_quota_increase(ServiceCode=SERVICE, QuotaCode=quota.code, DesiredValue=value)
    return str(response["RequestedQuota"]["Status"])


def _pages(client: Any, operation: str, member: str, **filters: Any) -> Iterator[dict[str, Any]]:
    for page in client.get_paginator(operation).paginate(ServiceCode=SERVICE, **filters):
        yield from page[member]
