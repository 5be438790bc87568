"""Requests by chance to the operations of the local AWS's own services: valid ones, and ones with one fault."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

import botocore.session
from botocore.model import OperationModel, ServiceModel

from tests.fuzz.bodies import HARMLESS, TYPES, WIRE, changed
from tests.fuzz.examples import EXAMPLES
from tests.fuzz.faults import FAULTS, NotApplicableError, encoded, members
from tests.fuzz.values import Values
from tests.local_aws.signed import JSON_1_1

SERVICES = (
    *("sagemaker", "sagemaker-runtime", "sagemaker-metrics"),
    *("emr", "emr-serverless", "application-autoscaling", "service-quotas"),
)
CREATES = 3
"""How much more often an operation comes that makes what the others need."""
EXAMPLE = 0.8
"""How often a request begins with the operation's example."""
VALID, ON_THE_WIRE = 0.3, 0.15
"""How many requests are valid, and how many are broken in their bytes; the others have one broken member."""
TRIES = 30
YEAR_2286 = 10**10


@dataclass(frozen=True)
class Request:
    """One HTTP request for an operation."""

    operation: OperationModel
    fault: str
    """What is wrong with it, and "" for a valid one."""
    refused: bool
    """Whether AWS has to refuse it."""
    body: bytes
    path: str = "/"
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def service(self) -> ServiceModel:
        return self.operation.service_model

    @property
    def method(self) -> str:
        return str(self.operation.http["method"])

    def __str__(self) -> str:
        body = repr(self.body) if len(self.body) < 3_000 else f"{self.body[:3_000]!r}... ({len(self.body)} bytes)"
        name = f"{self.service.service_name}:{self.operation.name}"
        return f"{name}, {self.fault or 'valid'}: {self.method} {self.path} {self.headers} {body}"


@cache
def service_model(name: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(name)


def all_operations() -> list[OperationModel]:
    models = [service_model(name) for name in SERVICES]
    return [model.operation_model(name) for model in models for name in model.operation_names]


def probe(operation: OperationModel) -> Request:
    """The request that shows whether an operation is implemented: nothing is in it."""
    return _request(operation, "probe", False, {}, b"{}")


def whole_request(operation: OperationModel, fault: str, refused: bool, request: dict[str, Any]) -> Request:
    """A request with these members, sent as the operation's protocol has them."""
    return _request(operation, fault, refused, request, None)


def requests(
    operations: list[OperationModel], identifiers: Mapping[str, str], seed: int, count: int
) -> Iterator[Request]:
    """Each has a separate random generator, so that it stays the same whatever comes before it.

    ``identifiers`` has identifiers of resources that exist, by the members that they are in.
    """
    weights = [CREATES if operation.name in EXAMPLES else 1 for operation in operations]
    for number in range(count):
        random = Random(f"{seed}/{number}")  # noqa: S311
        (operation,) = random.choices(operations, weights)
        yield _by_chance(
            random, operation, _whole(random, operation, Values(random, identifiers, existing=_uses(operation)))
        )


def _uses(operation: OperationModel) -> bool:
    """Whether it does something with a resource, rather than make one or end it."""
    return not operation.name.startswith(("Create", "Delete", "Terminate"))


def _whole(random: Random, operation: OperationModel, values: Values) -> dict[str, Any]:
    """A request with no fault: an example, an example with more members, or made by chance alone."""
    example = EXAMPLES.get(operation.name, {})
    if not operation.input_shape or not example.keys() <= operation.input_shape.members.keys():
        example = {}  # it is of another service
    if example and random.random() < EXAMPLE:
        return dict(values.filled(example))
    request: dict[str, Any] = values.valid(operation.input_shape) if operation.input_shape else {}
    return {**request, **values.filled(example)} if example and random.random() < EXAMPLE else request


def _by_chance(random: Random, operation: OperationModel, request: dict[str, Any]) -> Request:
    shape = operation.input_shape
    kind = random.random()
    if kind < VALID or not shape:
        return _request(operation, "", False, request, encoded(request))
    if kind < VALID + ON_THE_WIRE:
        return _broken_bytes(random, operation, request)
    for _ in range(TRIES):
        inside = list(members(shape, request))
        fault = random.choice(FAULTS)
        if not inside:
            break
        member = random.choice(inside)
        try:
            refused = fault(random, member)
        except NotApplicableError:
            continue
        refused = refused and not (member.owner is shape and _is_outside_body(member.shape))
        return _request(operation, f"{fault.__name__} at {member.key!r}", refused, request, None)
    return _broken_bytes(random, operation, request)


def _broken_bytes(random: Random, operation: OperationModel, request: dict[str, Any]) -> Request:
    has_body = operation.http["method"] in ("POST", "PATCH") and _protocol(operation) == "json"
    fault = random.choice((*WIRE, *HARMLESS, "type"))
    if fault == "type":
        return _request(operation, fault, False, request, encoded(request), random.choice(TYPES))
    return _request(operation, fault, fault in WIRE and has_body, request, changed(fault, encoded(request)))


def _is_outside_body(shape: Any) -> bool:
    return "location" in shape.serialization


def _protocol(operation: OperationModel) -> str:
    return str(operation.service_model.metadata["protocol"])


def _request(
    operation: OperationModel,
    fault: str,
    refused: bool,
    request: dict[str, Any],
    body: bytes | None,
    content_type: str | None = "",
) -> Request:
    model = operation.service_model
    if _protocol(operation) == "json":
        headers = {"X-Amz-Target": f"{model.metadata['targetPrefix']}.{operation.name}"}
        kind = JSON_1_1 if content_type == "" else content_type
        headers |= {"Content-Type": kind} if kind is not None else {}
        return Request(operation, fault, refused, encoded(request) if body is None else body, "/", headers)
    return _rest(operation, fault, refused, request, body)


def _rest(operation: OperationModel, fault: str, refused: bool, request: dict[str, Any], body: bytes | None) -> Request:
    """Members in the path, the query, headers and the body, as the model has them."""
    shape, path, query, rest = operation.input_shape, operation.http["requestUri"], {}, dict(request)
    headers = {"Content-Type": "application/json"}
    for name, member in shape.members.items() if shape else ():
        location, key = member.serialization.get("location"), member.serialization.get("name", name)
        value = rest.pop(name, None) if location else None
        if member.type_name == "timestamp" and isinstance(value, int | float) and abs(value) < YEAR_2286:
            value = datetime.fromtimestamp(value, UTC).isoformat()
        text = value if isinstance(value, str) else json.dumps(value)
        if location == "uri":
            path = path.replace("{" + key + "}", quote(text.encode(errors="replace"), safe="") or "absent")
        elif location == "querystring" and value is not None:
            listed = value if isinstance(value, list) else [text]
            query[key] = [str(each).encode(errors="replace") for each in listed]
        elif location == "header" and value is not None and text.isascii() and text.isprintable():
            headers[key] = text
    payload = shape.serialization.get("payload") if shape else None
    if payload:
        body = str(rest.get(payload, "")).encode(errors="replace")
    sent_body = encoded(rest) if body is None else body
    where = path + (f"?{urlencode(query, doseq=True, quote_via=quote)}" if query else "")
    return Request(operation, fault, refused and not payload, sent_body, where, headers)
