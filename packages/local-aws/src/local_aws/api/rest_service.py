"""One service of AWS's REST-JSON protocol, from its botocore model and a table of operations.

The counterpart of `JsonService`: the method and path of a request determine the operation.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, unquote

from botocore.model import OperationModel, ServiceModel, Shape, StructureShape

from local_aws.api.errors import AwsError, Response, not_implemented
from local_aws.api.numbers import whole
from local_aws.api.service import JsonService, Scope, service_model
from local_aws.api.wire import read_request

CONTENT_TYPE = "application/json"


@dataclass(frozen=True)
class RestRoutes:
    """Which operation of a model a request is for, and its members."""

    model: ServiceModel

    def find(self, method: str, path: str, query: Mapping[str, Any]) -> tuple[OperationModel, Mapping[str, str]]:
        """The operation and the parameters in the path; raises `AwsError` if there is none."""
        for operation, pattern, fixed in self._routes:
            if operation.http["method"] == method and (match := pattern.fullmatch(path)) and fixed <= query.keys():
                return operation, match.groupdict()
        raise AwsError("UnknownOperationException", f"{method} {path} is no operation of this service.", 404)

    def read(
        self, method: str, path: str, headers: Mapping[str, str], query: Mapping[str, Any], body: bytes
    ) -> tuple[OperationModel, dict[str, Any]]:
        """The operation and its request; a body that is no structure is left out."""
        operation, parameters = self.find(method, path, query)
        shape = operation.input_shape
        if not isinstance(shape, StructureShape):
            return operation, {}
        payload = shape.serialization.get("payload")
        request = _request(operation, parameters, query, b"" if payload else body)
        if payload and body:
            is_blob = shape.members[payload].type_name == "blob"
            request[payload] = body.decode("latin-1") if is_blob else read_request(body)
        for name, member in shape.members.items():
            key = member.serialization.get("name", name).lower()
            if member.serialization.get("location") == "header" and key in headers:
                request[name] = _parameter(member, headers[key])
        return operation, request

    @cached_property
    def _routes(self) -> list[tuple[OperationModel, re.Pattern[str], frozenset[str]]]:
        """Each operation's path, and the parameters by which it differs from another one of the same path."""
        operations = [self.model.operation_model(name) for name in self.model.operation_names]
        uris = [(operation, *operation.http["requestUri"].partition("?")[::2]) for operation in operations]
        routes = [(operation, _pattern(path), frozenset(parse_qs(fixed))) for operation, path, fixed in uris]
        return sorted(routes, key=lambda route: -len(route[2]))


@dataclass(frozen=True)
class RestService:
    """The operations of `service`, by method and path."""

    service: JsonService
    absent: tuple[str, ...] = ()
    """Botocore's names of services that are not there, and whose requests are signed for the same name."""

    def respond(self, scope: Scope, method: str, path: str, query: Mapping[str, Any], body: bytes) -> Response:
        """Respond to one HTTP request. The values of ``query`` are text or lists of text."""
        try:
            operation, path_parameters = self._find(method, path, query)
            if operation.name not in self.service.operations:
                raise not_implemented(f"{self.service.model.signing_name}:{operation.name}")
            response = self.service.call(scope, operation.name, _request(operation, path_parameters, query, body))
        except AwsError as error:
            return error.response(CONTENT_TYPE)
        return 200, {"Content-Type": CONTENT_TYPE}, json.dumps(response).encode()

    def _find(self, method: str, path: str, query: Mapping[str, Any]) -> tuple[OperationModel, Mapping[str, str]]:
        """The operation; raises `AwsError`, which names one of a service that is not there."""
        try:
            return self._routes.find(method, path, query)
        except AwsError:
            if operation := _absent(self.absent, method, path, query):
                raise not_implemented(operation) from None
            raise

    @cached_property
    def _routes(self) -> RestRoutes:
        return RestRoutes(self.service.model)


def _absent(services: tuple[str, ...], method: str, path: str, query: Mapping[str, Any]) -> str | None:
    """The name of the operation that a request is for, if one of these services has it."""
    for name in services:
        with suppress(AwsError):
            operation, _ = RestRoutes(service_model(name)).find(method, path, query)
            return f"{name}:{operation.name}"
    return None


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"\{([^}]+)\}", path)
    return re.compile("".join(_label(part) if odd % 2 else re.escape(part) for odd, part in enumerate(parts)))


def _label(name: str) -> str:
    """A parameter in a path; one whose name ends with + has slashes, and one like `{job-id}` gets no name."""
    kind, name = (".+" if name.endswith("+") else "[^/]+"), name.removesuffix("+")
    return f"(?P<{name}>{kind})" if name.isidentifier() else kind


def _request(
    operation: OperationModel, path: Mapping[str, str], query: Mapping[str, Any], body: bytes
) -> dict[str, Any]:
    request = read_request(body)
    shape = operation.input_shape
    if isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            location, key = member.serialization.get("location"), member.serialization.get("name", name)
            if location == "uri":
                request[name] = _parameter(member, unquote(path[key]))
            elif location == "querystring" and key in query:
                request[name] = _parameter(member, query[key])
    return request


def _seconds(text: str) -> float:
    """A time in a query, which is ISO 8601 there, not a number as in a body."""
    time = datetime.fromisoformat(text)
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()


_CONVERTERS: dict[str, Callable[[Any], Any]] = {
    "integer": whole,
    "long": whole,
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
