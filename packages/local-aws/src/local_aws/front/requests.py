"""Requests to the emulator's services, read by botocore's models before a service sees them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

import cbor2
from botocore.model import OperationModel, ServiceModel

from local_aws.api.errors import AwsError
from local_aws.api.numbers import NotANumberError
from local_aws.api.query_request import structure
from local_aws.api.rest_service import RestRoutes
from local_aws.api.service import service_model
from local_aws.front.queue_params import by_the_model

MODELS = {
    **{name: name for name in ("cloudformation", "ec2", "ecr", "events", "iam", "kms", "lambda", "logs", "scheduler")},
    **{name: name for name in ("secretsmanager", "sns", "sqs", "ssm", "sts")},
    "monitoring": "cloudwatch",
    "states": "stepfunctions",
}
"""Botocore's names of the services that are read, by their names in credential scopes."""
EMPTY = b"\xa0"
"""A map without entries, in CBOR."""
LARGEST = 1 << 20
"""Bytes of a body of Lambda that is read twice; a larger one is a function's archive."""


@dataclass(frozen=True)
class Request:
    """One request."""

    operation: OperationModel
    members: dict[str, Any]
    """The members of the operation's input, as far as the model constrains them."""


def read_request(
    service: str, method: str, path: str, headers: Mapping[str, str], body: bytes, query: Any
) -> Request | None:
    """The request, or None if its service is not read, or the emulator reports what is wrong with it.

    Raises `NotANumberError` for text where the operation's input has a number.
    """
    if service not in MODELS or (service == "lambda" and len(body) > LARGEST):
        return None
    model = service_model(MODELS[service])
    try:
        return Request(*_read(model, method, path, headers, body, query or {}))
    except (ValueError, LookupError, AwsError) as error:  # unreadable, or no such operation
        number = error if isinstance(error, NotANumberError) else error.__cause__
        if isinstance(number, NotANumberError):
            raise number from None
        return None


def _read(
    model: ServiceModel, method: str, path: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, Any]
) -> tuple[OperationModel, dict[str, Any]]:
    if model.metadata["protocol"] == "rest-json":
        return _routes(model.service_name).read(method, path, headers, query, body)
    if is_cbor(headers):
        return _operation(model, path.rpartition("/")[2]), _plain(_object(cbor2.loads(body or EMPTY)))
    if target := headers.get("x-amz-target"):
        return _operation(model, target.rpartition(".")[2]), _object(json.loads(body or b"{}"))
    params = dict(parse_qsl(body.decode(), keep_blank_values=True)) or {key: _first(query[key]) for key in query}
    operation = _operation(model, params["Action"])
    params = by_the_model(params, path) if model.service_name == "sqs" else params
    return operation, structure(operation.input_shape, params, ec2=model.metadata["protocol"] == "ec2")


def is_cbor(headers: Mapping[str, str]) -> bool:
    """True for a request by Smithy's RPC v2 CBOR, which CloudWatch takes next to JSON and the query protocol."""
    return headers.get("smithy-protocol") == "rpc-v2-cbor"


def refuse_unreadable(headers: Mapping[str, str], body: bytes) -> None:
    """Raise `AwsError` for CBOR that can't be read, which ministack takes for a request without members."""
    if is_cbor(headers):
        try:
            _object(cbor2.loads(body or EMPTY))
        except (cbor2.CBORDecodeError, ValueError) as error:
            raise AwsError("SerializationException", "The request body is no map in CBOR.") from error


def _plain(content: Any) -> Any:
    """Times in CBOR as JSON has them, in seconds."""
    if isinstance(content, dict):
        return {name: _plain(member) for name, member in content.items()}
    if isinstance(content, list):
        return [_plain(member) for member in content]
    return content.timestamp() if isinstance(content, datetime) else content


@cache
def _routes(name: str) -> RestRoutes:
    return RestRoutes(service_model(name))


def _operation(model: ServiceModel, name: str) -> OperationModel:
    if name not in model.operation_names:
        raise LookupError(name)
    return model.operation_model(name)


def _object(document: Any) -> dict[str, Any]:
    if not isinstance(document, dict):
        raise ValueError("no object")
    return document


def _first(value: Any) -> str:
    return str(value[0]) if isinstance(value, list) else str(value)
