"""One service of AWS's JSON protocol, from its botocore model and a table of operations.

Every call takes the same path, whether it came over HTTP, from CloudFormation or from Step Functions: the input is
checked against the model, the operation runs, and the response keeps only the members of the model.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import botocore.session
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StructureShape

from local_aws.api.errors import AwsError, Response, not_implemented
from local_aws.api.reserved_tags import refuse_reserved_tags
from local_aws.api.validation import validate
from local_aws.api.wire import read_request

CONTENT_TYPE = "application/x-amz-json-1.1"


@dataclass(frozen=True, slots=True)
class Scope:
    """The account and region whose resources a call sees."""

    account: str
    region: str

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource of this account and region."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"


Operation = Callable[[Scope, dict[str, Any]], dict[str, Any] | None]
"""Takes a checked request and returns the response; times are seconds since 1970."""


@lru_cache
def service_model(name: str) -> ServiceModel:
    """Botocore's model of a service, loaded once (SageMaker's takes about 0.2 s)."""
    return botocore.session.get_session().get_service_model(name)


@dataclass(frozen=True)
class JsonService:
    """Operations by name, checked and serialised by `model`."""

    model: ServiceModel
    operations: Mapping[str, Operation]
    guard: Callable[[Scope, str, Mapping[str, Any]], None] | None = None
    """Called before each operation, with its checked request; raises `AwsError` if the caller may not run it."""
    instead_of: Callable[[str], str] = lambda _operation: ""
    """What to use instead of an operation that is not there, to follow its name in the refusal."""
    rules: Callable[[Scope, str, Mapping[str, Any]], None] | None = None
    """Called before the guard; raises `AwsError` for what the service refuses of any operation beyond its model."""

    def call(self, scope: Scope, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Run one operation as AWS would; raises `AwsError`."""
        if operation not in self.model.operation_names:
            raise AwsError("UnknownOperationException", f"{operation} is no operation of this service.")
        if operation not in self.operations:
            raise not_implemented(f"{self.model.signing_name}:{operation}{self.instead_of(operation)}")
        model = self.model.operation_model(operation)
        if model.input_shape:
            validate(model.input_shape, request)
            request = select(model.input_shape, request)  # a null member counts as absent, at every depth
        refuse_reserved_tags(self.model.signing_name, model.input_shape, request)
        if self.rules:
            self.rules(scope, operation, request)
        if self.guard:
            self.guard(scope, operation, request)
        response = self.operations[operation](scope, request) or {}
        return select(model.output_shape, response) if model.output_shape else {}

    def respond(self, scope: Scope, target: str, body: bytes) -> Response:
        """Respond to one HTTP request, whose ``X-Amz-Target`` is ``target``."""
        try:
            response = self.call(scope, target.partition(".")[2], read_request(body))
        except AwsError as error:
            return error.response(CONTENT_TYPE)
        return 200, {"Content-Type": CONTENT_TYPE}, json.dumps(response).encode()


def select(shape: Shape, value: Any) -> Any:
    """``value`` as ``shape`` has it on the wire: only its members, no nulls, times in epoch seconds."""
    if isinstance(shape, StructureShape):
        members = ((name, value.get(name)) for name in shape.members)
        return {name: select(shape.members[name], member) for name, member in members if member is not None}
    if isinstance(shape, ListShape):
        return [select(shape.member, item) for item in value]
    if isinstance(shape, MapShape):
        return {key: select(shape.value, item) for key, item in value.items()}
    return value.timestamp() if isinstance(value, datetime) else value
