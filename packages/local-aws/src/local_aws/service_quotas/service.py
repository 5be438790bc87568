"""Service Quotas for SageMaker: a quota per instance type and use, as in a new account.

The names and the instance types are AWS's; the values are typical, and the codes are derived from the names, because
AWS does not publish either for all types. Types with accelerators have zero, as on AWS. Requests stay open forever,
because on AWS a person may have to decide. Quotas do not prevent jobs here.
"""

from __future__ import annotations

import base64
import hashlib
import re
import time
import uuid
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from local_aws.api.errors import AwsError
from local_aws.api.paging import offset
from local_aws.api.service import Operation, Scope, service_model
from local_aws.api.tables import Table
from local_aws.context import Context

Record = dict[str, Any]

SERVICE = "sagemaker"
PAGE = 100

USES = {
    "endpoint usage": ("ProductionVariantInstanceType", 4),
    "notebook instance usage": ("InstanceType", 8),
    "processing job usage": ("ProcessingInstanceType", 4),
    "spot training job usage": ("TrainingInstanceType", 4),
    "training job usage": ("TrainingInstanceType", 4),
    "training warm pool usage": ("TrainingInstanceType", 0),
    "transform job usage": ("TransformInstanceType", 4),
}
"""Uses of instances, with SageMaker's enum of the types for it and the quota of those without accelerators."""
ACCELERATED = re.compile(r"ml\.(dl|g|inf|p|trn)\d")
OPEN = ("PENDING", "CASE_OPENED")


class ServiceQuotas:
    """The operations."""

    def __init__(self, _context: Context) -> None:
        self._requests: dict[Scope, list[Record]] = {}

    def operations(self) -> dict[str, Operation]:
        """The operations, by AWS's names."""
        return {
            "GetAWSDefaultServiceQuota": self.get,
            "GetServiceQuota": self.get,
            "ListAWSDefaultServiceQuotas": self.list,
            "ListServiceQuotas": self.list,
            "ListRequestedServiceQuotaChangeHistory": self.history,
            "ListRequestedServiceQuotaChangeHistoryByQuota": self.history,
            "RequestServiceQuotaIncrease": self.request_increase,
        }

    def tables(self) -> dict[str, Table]:
        """See `api.tables`."""
        return {"requests": self._requests}

    def restore(self, tables: Mapping[str, Table]) -> None:
        """See `api.tables`."""
        self._requests.update(tables.get("requests", {}))

    def list(self, scope: Scope, request: Record) -> Record:
        """ListServiceQuotas, ListAWSDefaultServiceQuotas: in AWS's order of names."""
        _known_service(request)
        code = request.get("QuotaCode")
        quotas = [_described(scope, quota) for quota in _quotas().values() if code in (None, quota["QuotaCode"])]
        return _page("Quotas", quotas, request)

    def get(self, scope: Scope, request: Record) -> Record:
        """GetServiceQuota, GetAWSDefaultServiceQuota."""
        return {"Quota": _described(scope, _quota(request))}

    def request_increase(self, scope: Scope, request: Record) -> Record:
        """RequestServiceQuotaIncrease: one open request per quota, and only for more than the current value."""
        quota, value, now = _quota(request), request["DesiredValue"], time.time()
        if value <= quota["Value"]:
            raise AwsError(
                "IllegalArgumentException",
                f"The requested value {value:g} must be greater than the quota's value {quota['Value']:g}.",
            )
        if any(_is_open_for(quota, other) for other in self._requests.get(scope, ())):
            raise AwsError(
                "ResourceAlreadyExistsException", "Only one open service quota increase request is allowed per quota."
            )
        record = {
            **_described(scope, quota),
            "Id": uuid.uuid4().hex + uuid.uuid4().hex[:8],
            "RequestType": "ManualRequest",
            "DesiredValue": value,
            "Status": "PENDING",
            "Created": now,
            "LastUpdated": now,
            "QuotaRequestedAtLevel": "ACCOUNT",
        }
        self._requests.setdefault(scope, []).append(record)
        return {"RequestedQuota": record}

    def history(self, scope: Scope, request: Record) -> Record:
        """ListRequestedServiceQuotaChangeHistory and ...ByQuota: newest first."""
        filters = {name: request[name] for name in ("ServiceCode", "QuotaCode", "Status") if name in request}
        records = [
            record
            for record in reversed(self._requests.get(scope, []))
            if all(record[name] == value for name, value in filters.items())
        ]
        return _page("RequestedQuotas", records, request)


@cache
def _quotas() -> dict[str, Record]:
    """All quotas by code."""
    return {quota["QuotaCode"]: quota for quota in sorted(_made(), key=lambda quota: quota["QuotaName"])}


def _made() -> Iterator[Record]:
    for use, (enum, value) in USES.items():
        for instance_type in service_model(SERVICE).shape_for(enum).enum:
            name = f"{instance_type} for {use}"
            yield {
                "ServiceCode": SERVICE,
                "ServiceName": "Amazon SageMaker",
                "QuotaCode": "L-" + hashlib.sha256(name.encode()).hexdigest()[:8].upper(),
                "QuotaName": name,
                "Value": 0.0 if ACCELERATED.match(instance_type) else float(value),
                "Unit": "None",
                "Adjustable": True,
                "GlobalQuota": False,
                "QuotaAppliedAtLevel": "ACCOUNT",
            }


def _described(scope: Scope, quota: Record) -> Record:
    return {**quota, "QuotaArn": scope.arn("servicequotas", f"{SERVICE}/{quota['QuotaCode']}")}


def _quota(request: Record) -> Record:
    _known_service(request)
    quota = _quotas().get(request["QuotaCode"])
    if quota is None:
        raise AwsError("NoSuchResourceException", f"There is no quota {request['QuotaCode']} of {SERVICE}.")
    return quota


def _known_service(request: Record) -> None:
    if request["ServiceCode"] != SERVICE:
        raise AwsError("NoSuchResourceException", f"The local AWS has no quotas of {request['ServiceCode']}.")


def _is_open_for(quota: Record, change: Record) -> bool:
    return bool(change["QuotaCode"] == quota["QuotaCode"]) and change["Status"] in OPEN


def _page(member: str, records: list[Record], request: Record) -> Record:
    """One page, and the token of the next."""
    start = _offset(request.get("NextToken"))
    end = start + int(request.get("MaxResults", PAGE))
    response: Record = {member: records[start:end]}
    return {**response, "NextToken": base64.b64encode(str(end).encode()).decode()} if end < len(records) else response


def _offset(token: str | None) -> int:
    invalid = AwsError("InvalidPaginationTokenException", "The pagination token is invalid.")
    try:
        text = base64.b64decode(token or "", validate=True).decode("ascii")
    except ValueError:
        raise invalid from None
    return offset(text, invalid)
