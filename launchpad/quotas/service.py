"""AWS Service Quotas: what is allowed, what was asked for, and asking for more. Each function takes a boto3 client.

What surprises: the list of applied quotas leaves out those that were never changed in some accounts, so AWS's defaults
are read first and the applied ones laid over them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

SERVICE = "sagemaker"
OPEN = ("PENDING", "CASE_OPENED")
"""Requests that AWS has not decided yet (`RequestStatus`)."""


@dataclass(frozen=True)
class Quota:
    """One quota of SageMaker in one region."""

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
    """The values that were asked for and not decided yet, by quota code (ListRequestedServiceQuotaChangeHistory)."""
    found: dict[str, float] = {}
    for status in OPEN:
        for change in _pages(client, "list_requested_service_quota_change_history", "RequestedQuotas", Status=status):
            found[change["QuotaCode"]] = change["DesiredValue"]
    return found


def request_increase(client: Any, quota: Quota, value: float) -> str:
    """Ask for a higher value; the request's status (RequestServiceQuotaIncrease). A person at AWS may decide."""
    answer = client.request_service_quota_increase(ServiceCode=SERVICE, QuotaCode=quota.code, DesiredValue=value)
    return str(answer["RequestedQuota"]["Status"])


def _pages(client: Any, operation: str, member: str, **filters: Any) -> Iterator[dict[str, Any]]:
    for page in client.get_paginator(operation).paginate(ServiceCode=SERVICE, **filters):
        yield from page[member]
