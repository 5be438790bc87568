"""The Describe operations: filters, pages, and copies that the caller may change."""

from __future__ import annotations

from collections.abc import Callable

from local_aws.api.errors import AwsError
from local_aws.api.paging import offset
from local_aws.api.service import Operation, Scope
from local_aws.application_autoscaling.registry import TARGET, Record, Records, same

PAGE = 50


def describing(records: Records, list_member: str, names_member: str, member: str) -> Operation:
    """An operation that lists ``records``; a request's ``names_member`` lists values of ``member``."""

    def run(scope: Scope, request: Record) -> Record:
        test = _filter(request, names_member, member)
        matching = [record for record in records.get(scope, ()) if test(record)]
        start = offset(request.get("NextToken"), AwsError("InvalidNextTokenException", "The token is invalid."))
        end = start + request.get("MaxResults", PAGE)
        token = {"NextToken": str(end)} if end < len(matching) else {}
        return {list_member: [dict(record) for record in matching[start:end]], **token}

    return run


def _filter(request: Record, names_member: str, member: str) -> Callable[[Record], bool]:
    exact = [name for name in TARGET if name in request]
    names = request.get(names_member)
    return lambda record: same(record, request, exact) and (not names or record[member] in names)
