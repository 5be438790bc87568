"""Variants as HTTP requests."""

from __future__ import annotations

from typing import Any

from botocore.model import OperationModel, StructureShape

from tests.conformance.models import operations
from tests.conformance.variants import Variant
from tests.fuzz.requests import Request, probe, whole_request
from tests.local_aws.launcher import LocalAws
from tests.local_aws.signed import send


def existing(aws: LocalAws) -> list[OperationModel]:
    """The operations of our services that the server has."""
    return [operation for operation in operations() if _exists(*answered(aws, probe(operation)))]


def answered(aws: LocalAws, request: Request) -> tuple[int, bytes]:
    """The status and the body that the server answers with."""
    signed_for = request.service.signing_name
    response = send(aws, signed_for, request.body, request.headers, method=request.method, path=request.path)
    return response.status, response.data


def _exists(status: int, body: bytes) -> bool:
    return status != 501 and b"UnknownOperationException" not in body


def sent(variant: Variant) -> Request:
    """The request of a variant; a value with an error in it is sent as it is."""
    refused = bool(variant.problems) or variant.wrong_type
    return whole_request(variant.operation, variant.what, refused, variant.request)


def sendable(variant: Variant) -> bool:
    """Whether HTTP can carry it: a path, a query and headers have no null, no types and no empty text."""
    shape = variant.operation.input_shape
    assert isinstance(shape, StructureShape)
    outside = [name for name, member in shape.members.items() if member.serialization.get("location")]
    required = [name for name in outside if shape.members[name].serialization["location"] == "uri"]
    if not all(_carried(variant.request.get(name)) for name in {*required, *(variant.request.keys() & set(outside))}):
        return False
    of_the_body = variant.member not in outside
    return not (of_the_body and "payload" in shape.serialization) and (of_the_body or not variant.wrong_type)


def _carried(value: Any) -> bool:
    if isinstance(value, list):
        return bool(value) and all(map(_carried, value))
    if isinstance(value, str):
        return value.isascii() and value.isprintable() and value.strip() == value != "" and "/" not in value
    return isinstance(value, int | float)
