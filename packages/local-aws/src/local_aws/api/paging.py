"""List operations of every kind: filters, order, pages and summaries all follow the operation's model."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from botocore.model import ListShape, OperationModel, StructureShape

from local_aws.api.errors import AwsError, not_implemented, validation_error
from local_aws.api.service import Operation, Scope, service_model
from local_aws.api.store import Kind, Record, Store
from local_aws.api.wire import read_json

DEFAULT_PAGE = 10
"""Items per page if the client asks for no number, as in SageMaker."""
MAX_DIGITS = 12
DEFAULT = re.compile(r"[Dd]efault[^.]*?(<code>)?\b(?P<value>Name|CreationTime|Ascending|Descending)\b")
"""What a member's documentation calls its default. Note: pipelines have "CreatedTime", which is no value of SortBy."""
Filters = Mapping[str, Callable[[Record, Any], bool]]
"""Filters that only one operation has, by their members of the request."""


def list_operation(
    store: Store,
    kind: Kind,
    operation: str,
    *,
    only: Callable[[Record], bool] = lambda _record: True,
    filters: Filters = MappingProxyType({}),
    summarized: Callable[[Record], Mapping[str, Any]] = lambda record: record.details,
) -> Operation:
    """The List operation of a kind, in the order that AWS documents as the operation's default.

    ``only`` is an additional filter of the operation, ``summarized`` returns the members that a summary is taken from.
    """
    model = service_model("sagemaker").operation_model(operation)
    items, summary = _items(model)
    default = {"SortBy": "CreationTime", "SortOrder": "Descending", **_documented(model)}

    def run(scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        _refuse_unknown_filters(operation, request, filters)
        descending = request.get("SortOrder", default["SortOrder"]) == "Descending"
        key, after = _sort_key(kind, request.get("SortBy", default["SortBy"])), _after(request)
        matching = sorted(
            (r for r in store.all(kind, scope) if only(r) and _matches(kind, r, request, filters)),
            key=key,
            reverse=descending,
        )
        rest = [r for r in matching if after is None or (key(r) < after if descending else key(r) > after)]
        page = rest[: int(request.get("MaxResults", DEFAULT_PAGE))]
        response = {items: [_summary(summary, summarized(record)) for record in page]}
        return {**response, "NextToken": _token(request, key(page[-1]))} if len(page) < len(rest) else response

    return run


def offset(token: str | None, error: AwsError) -> int:
    """The number of items on earlier pages, which is the token; raises ``error`` for any other text."""
    if not token:
        return 0
    if not (token.isascii() and token.isdigit() and len(token) < MAX_DIGITS):
        raise error
    return int(token)


def _refuse_unknown_filters(operation: str, request: dict[str, Any], filters: Filters) -> None:
    known = {*_FILTERS, *filters, "SortBy", "SortOrder", "MaxResults", "NextToken"}
    for name in request.keys() - known:
        if _member_filter(name) is None:
            raise not_implemented(f"the filter {name} of {operation}")


def _items(model: OperationModel) -> tuple[str, StructureShape]:
    """The output's only list of structures, and the structure of an item."""
    for name, shape in model.output_shape.members.items():
        if isinstance(shape, ListShape) and isinstance(shape.member, StructureShape):
            return name, shape.member
    raise LookupError(f"{model.name} lists nothing")


def _summary(summary: StructureShape, members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: members[name] for name in summary.members if name in members}


def _matches(kind: Kind, record: Record, request: dict[str, Any], filters: Filters) -> bool:
    selected = all(
        test(kind, record, request[name]) for name, test in _FILTERS.items() if request.get(name) is not None
    ) and all(test(record, request[name]) for name, test in filters.items() if request.get(name) is not None)
    others = [
        (_member_filter(name), value) for name, value in request.items() if name not in _FILTERS and name not in filters
    ]
    return selected and all(test(record, value) for test, value in others if test)


def _member_filter(name: str) -> Callable[[Record, Any], bool] | None:
    """A filter for names such as DomainIdEquals and UserProfileNameContains, which contain the member; or None."""
    member, _, condition = name.rpartition("Equals") if name.endswith("Equals") else name.rpartition("Contains")
    if not member or condition:
        return None
    if name.endswith("Equals"):
        return lambda record, value: record.details.get(member) == value
    return lambda record, part: part.lower() in str(record.details.get(member, "")).lower()


_FILTERS: dict[str, Callable[[Kind, Record, Any], bool]] = {
    "NameContains": lambda _kind, record, part: part.lower() in record.name.lower(),
    "StatusEquals": lambda kind, record, status: record.details.get(f"{kind.member}Status") == status,
    "WarmPoolStatusEquals": lambda _kind, record, value: (
        record.details.get("WarmPoolStatus", {}).get("Status") == value
    ),
    "Status": lambda kind, record, status: record.details.get(f"{kind.member}Status") == status,
    "TrackingServerStatus": lambda _kind, record, status: record.details.get("TrackingServerStatus") == status,
    "MlflowVersion": lambda _kind, record, version: record.details.get("MlflowVersion") == version,
    "AccountDefaultStatus": lambda _kind, record, status: record.details.get("AccountDefaultStatus") == status,
    "DefaultForDomainId": lambda _kind, record, domain: domain in record.details.get("DefaultDomainIdList", ()),
    "CreatedAfter": lambda _kind, record, when: record.details["CreationTime"] > when,
    "CreatedBefore": lambda _kind, record, when: record.details["CreationTime"] < when,
    "CreationTimeAfter": lambda _kind, record, when: record.details["CreationTime"] > when,
    "CreationTimeBefore": lambda _kind, record, when: record.details["CreationTime"] < when,
    "LastModifiedTimeAfter": lambda _kind, record, when: record.details["LastModifiedTime"] > when,
    "LastModifiedTimeBefore": lambda _kind, record, when: record.details["LastModifiedTime"] < when,
}


def _documented(model: OperationModel) -> dict[str, str]:
    """The defaults of SortBy and SortOrder in the operation's reference, as far as it names them."""
    members = model.input_shape.members
    texts = {name: members[name].documentation for name in ("SortBy", "SortOrder") if name in members}
    defaults = {name: match["value"] for name, text in texts.items() if (match := DEFAULT.search(text))}
    if defaults.get("SortBy") == "Name":
        defaults.setdefault("SortOrder", "Ascending")
    return defaults


def _sort_key(kind: Kind, by: str) -> Callable[[Record], tuple[Any, str]]:
    member = {"Name": kind.name_member, "Status": f"{kind.member}Status"}.get(by, by)
    return lambda record: (record.details.get(member, ""), record.name)


def _token(request: dict[str, Any], last: tuple[Any, str]) -> str:
    """The end of the page as a position in the order, so that created or deleted resources shift nothing."""
    return base64.urlsafe_b64encode(json.dumps([_question(request), last]).encode()).decode()


def _after(request: dict[str, Any]) -> tuple[Any, str] | None:
    """The end of the last page; as on AWS, a token is valid only for the request that it was issued for."""
    token = request.get("NextToken")
    if not token:
        return None
    try:
        question, (value, name) = read_json(base64.urlsafe_b64decode(token))
    except (ValueError, TypeError):
        question, value, name = None, "", ""
    if question != _question(request):
        raise validation_error("The token in the request is not valid for these filters: use it with the same request.")
    return value, name


def _question(request: dict[str, Any]) -> list[list[Any]]:
    return [[name, request[name]] for name in sorted(request) if name not in ("NextToken", "MaxResults")]
