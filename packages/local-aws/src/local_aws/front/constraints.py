"""The constraints of AWS's models for requests to the emulator's services, which check few of them.

What breaks one is refused before the service sees it, with the service's code and words. Members that the model lacks
pass, as on AWS. Note: a pattern is left out where AWS is known to accept what it forbids (`KINDER_THAN_THEIR_MODEL`).
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from botocore.model import OperationModel, StructureShape

from local_aws.api.errors import AwsError, Response
from local_aws.api.query_request import structure
from local_aws.api.rest_service import RestRoutes
from local_aws.api.service import service_model
from local_aws.api.validation import broken, reported

Handler = Callable[..., Awaitable[Response]]
Refuse = Callable[[str, AwsError, Any], Response]
PATTERN = "satisfy regular expression pattern: "
NAME = r"[\w+=,.@-]+"
"""The pattern of names in IAM."""
LARGEST = 1 << 20
"""Bytes of a body that is read twice; a larger one is a function's archive."""


@dataclass(frozen=True)
class Rules:
    """How a service reports broken constraints."""

    model: str
    """Botocore's name of the service."""
    code: str = "ValidationException"
    words: Callable[[list[str]], str] = reported


def _of_ecr(problems: list[str]) -> str:
    """ECR's own words, for the first of the problems. Those for a pattern are confirmed by users' reports."""
    member, constraint = _parts(problems[0])
    constraint = constraint.replace("Member must", "must", 1)
    plain, pattern, expression = constraint.partition(PATTERN)
    words = f"{plain}satisfy regular expression '{expression}'" if pattern else constraint
    return f"Invalid parameter at '{member}' failed to satisfy constraint: '{words}'"


def _of_iam(problems: list[str]) -> str:
    """IAM's own words for a name, which users' reports confirm; otherwise those of the other services."""
    member, constraint = _parts(problems[0])
    if len(problems) > 1 or not constraint.endswith(f"{PATTERN}{NAME}"):
        return reported(problems)
    allowed = "alphanumeric characters and/or the following: +=,.@_-"
    return f"The specified value for {member} is invalid. It must contain only {allowed}"


def _parts(problem: str) -> tuple[str, str]:
    """The member that a problem is at, and the constraint."""
    place, _, constraint = problem.partition("failed to satisfy constraint: ")
    return place.rpartition("at '")[2].partition("'")[0], constraint


RULES = {
    "cloudformation": Rules("cloudformation", "ValidationError"),
    "ecr": Rules("ecr", "InvalidParameterException", _of_ecr),
    "events": Rules("events"),
    "iam": Rules("iam", "ValidationError", _of_iam),
    "kms": Rules("kms"),
    "lambda": Rules("lambda"),
    "logs": Rules("logs", "InvalidParameterException"),
    "scheduler": Rules("scheduler"),
    "secretsmanager": Rules("secretsmanager"),
    "sns": Rules("sns", "ValidationError"),
    "ssm": Rules("ssm"),
    "states": Rules("stepfunctions"),
    "sts": Rules("sts", "ValidationError"),
}
"""By the service's name in credential scopes. Left out: S3, EC2 and SQS, whose models have next to no constraints, and
CloudWatch."""
KINDER_THAN_THEIR_MODEL: frozenset[tuple[str, str]] = frozenset()
"""Services, and members in AWS's words, of which a broken pattern is not reported."""


def refusing_broken(service: str, inner: Handler, refuse: Refuse) -> Handler:
    """Wrap a service's handler to refuse requests that break its model; ``refuse`` formats the error."""
    rules = RULES.get(service)
    if rules is None:
        return inner

    async def handler(method: str, path: str, headers: Any, body: bytes, query: Any) -> Response:
        try:
            problems = list(_problems(service, rules, method, path, headers, body, query))
        except AwsError as error:
            return refuse(service, error, headers)
        if problems:
            return refuse(service, AwsError(rules.code, rules.words(problems)), headers)
        return await inner(method, path, headers, body, query)

    return handler


def _problems(
    service: str, rules: Rules, method: str, path: str, headers: Mapping[str, str], body: bytes, query: Any
) -> Iterator[str]:
    if len(body) > LARGEST:
        return
    try:
        operation, request = _request(rules.model, method, path, headers, body, query)
    except (
        ValueError,
        LookupError,
        AwsError,
    ):  # the emulator reports what can't be read, and operations that do not exist
        return
    if isinstance(operation.input_shape, StructureShape):
        for problem in broken(operation.input_shape, _known(operation.input_shape, request), ""):
            member, constraint = _parts(problem)
            if PATTERN not in constraint or (service, member) not in KINDER_THAN_THEIR_MODEL:
                yield problem


def _request(
    name: str, method: str, path: str, headers: Mapping[str, str], body: bytes, query: Any
) -> tuple[OperationModel, dict[str, Any]]:
    """The operation, and the members of the request as far as the model constrains them."""
    model = service_model(name)
    if model.metadata["protocol"] == "rest-json":
        return _routes(name).read(method, path, headers, query or {}, body)
    if target := headers.get("x-amz-target"):
        members = json.loads(body or b"{}")
        if not isinstance(members, dict):
            raise ValueError("no object")
        return model.operation_model(_existing(model, target.rpartition(".")[2])), members
    params = dict(parse_qsl(body.decode(), keep_blank_values=True)) or {key: _first(query[key]) for key in query or {}}
    operation = model.operation_model(_existing(model, params["Action"]))
    return operation, structure(operation.input_shape, params)


@cache
def _routes(name: str) -> RestRoutes:
    return RestRoutes(service_model(name))


def _existing(model: Any, operation: str) -> str:
    if operation not in model.operation_names:
        raise LookupError(operation)
    return operation


def _first(value: Any) -> str:
    return str(value[0]) if isinstance(value, list) else str(value)


def _known(shape: Any, value: Any) -> Any:
    """A request without the members that the model lacks, at every depth."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        return {name: _known(shape.members[name], value[name]) for name in value if name in shape.members}
    if shape.type_name == "list" and isinstance(value, list):
        return [_known(shape.member, item) for item in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {key: _known(shape.value, item) for key, item in value.items()}
    return value
