"""One service of AWS's REST-JSON protocol, from its botocore model and a table of operations.

The counterpart of `JsonService`: the method and path of a request determine the operation.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from urllib.parse import unquote

from botocore.model import OperationModel, Shape, StructureShape

from local_aws.api.errors import AwsError, Response, not_implemented
from local_aws.api.service import JsonService, Scope
from local_aws.api.wire import read_request

CONTENT_TYPE = "application/json"


@dataclass(frozen=True)
class RestService:
    """The operations of `service`, by method and path."""

    service: JsonService

    def respond(self, scope: Scope, method: str, path: str, query: Mapping[str, Any], body: bytes) -> Response:
        """Respond to one HTTP request. The values of ``query`` are text or lists of text."""
        try:
            operation, path_parameters = self._route(method, path)
            response = self.service.call(scope, operation.name, _request(operation, path_parameters, query, body))
        except AwsError as error:
            return error.response(CONTENT_TYPE)
        return 200, {"Content-Type": CONTENT_TYPE}, json.dumps(response).encode()

    def _route(self, method: str, path: str) -> tuple[OperationModel, Mapping[str, str]]:
        for operation, pattern in self._routes:
            if operation.http["method"] == method and (match := pattern.fullmatch(path)):
                if operation.name not in self.service.operations:
                    raise not_implemented(f"{self.service.model.signing_name}:{operation.name}")
                return operation, match.groupdict()
        raise AwsError("UnknownOperationException", f"{method} {path} is no operation of this service.", 404)

    @cached_property
    def _routes(self) -> list[tuple[OperationModel, re.Pattern[str]]]:
        model = self.service.model
        operations = [model.operation_model(name) for name in model.operation_names]
        return [(operation, _pattern(operation.http["requestUri"])) for operation in operations]


def _pattern(uri: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", uri.partition("?")[0])
    return re.compile("".join(f"(?P<{part}>[^/]+)" if odd % 2 else re.escape(part) for odd, part in enumerate(parts)))


def _request(
    operation: OperationModel, path: Mapping[str, str], query: Mapping[str, Any], body: bytes
) -> dict[str, Any]:
    request = read_request(body)
    shape = operation.input_shape
    if isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            location, key = member.serialization.get("location"), member.serialization.get("name", name)
            if location == "uri":
                request[name] = unquote(path[key])
            elif location == "querystring" and key in query:
                request[name] = _parameter(member, query[key])
    return request


def _seconds(text: str) -> float:
    """A time in a query, which is ISO 8601 there, not a number as in a body."""
    time = datetime.fromisoformat(text)
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()


_CONVERTERS: dict[str, Callable[[Any], Any]] = {
    "integer": int,
    "long": int,
    "boolean": lambda text: text == "true",
    "timestamp": _seconds,
}


def _parameter(shape: Shape, value: Any) -> Any:
    values = value if isinstance(value, list) else [value]
    if shape.type_name == "list":
        return values
    convert = _CONVERTERS.get(shape.type_name, str)
    try:
        return convert(values[0])
    except ValueError as error:
        raise AwsError("ValidationException", f"{values[0]!r} is no {shape.type_name} ({shape.name}).") from error
