"""The constraints of AWS's models for requests to the emulator's services, which check few of them.

What breaks one is refused before the service sees it, with the service's code and words. Members that the model lacks
pass, as on AWS. Note: a pattern is left out where AWS is known to accept what it forbids (`KINDER_THAN_THEIR_MODEL`).
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

from botocore.model import StructureShape

from local_aws.api.errors import AwsError, Response
from local_aws.api.numbers import NotANumberError
from local_aws.api.reserved_tags import HEADER, STACKS, of_stacks, refuse_reserved_tags
from local_aws.api.validation import broken, reported
from local_aws.front.requests import Request, read_request

Handler = Callable[..., Awaitable[Response]]
Refuse = Callable[[str, AwsError, Any], Response]
PATTERN = "satisfy regular expression pattern: "
NAME = r"[\w+=,.@-]+"
"""The pattern of names in IAM."""


@dataclass(frozen=True)
class Rules:
    """How a service reports broken constraints."""

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
    "cloudformation": Rules("ValidationError"),
    "ecr": Rules("InvalidParameterException", _of_ecr),
    "events": Rules(),
    "iam": Rules("ValidationError", _of_iam),
    "kms": Rules(),
    "lambda": Rules(),
    "logs": Rules("InvalidParameterException"),
    "scheduler": Rules(),
    "secretsmanager": Rules(),
    "sns": Rules("ValidationError"),
    "ssm": Rules(),
    "states": Rules(),
    "sts": Rules("ValidationError"),
}
"""By the service's name in credential scopes. Left out: S3, EC2 and SQS, whose models have next to no constraints, and
CloudWatch."""
KINDER_THAN_THEIR_MODEL: frozenset[tuple[str, str]] = frozenset()
"""Services, and members in AWS's words, of which a broken pattern is not reported."""


def refusing_broken(service: str, inner: Handler, refuse: Refuse) -> Handler:
    """Wrap a service's handler to refuse requests that break its model or set AWS's own tags.

    ``refuse`` formats the error.
    """

    async def handler(method: str, path: str, headers: Any, body: bytes, query: Any) -> Response:
        before = of_stacks.set(hmac.compare_digest(headers.get(HEADER, ""), STACKS))
        try:
            if refusal := _refusal(service, method, path, headers, body, query):
                return refuse(service, refusal, headers)
            return await inner(method, path, headers, body, query)
        finally:
            of_stacks.reset(before)

    return handler


def _refusal(service: str, method: str, path: str, headers: Any, body: bytes, query: Any) -> AwsError | None:
    try:
        if request := read_request(service, method, path, headers, body, query):
            _check(service, request)
    except NotANumberError as error:
        code = "InvalidParameterValue" if service == "ec2" else "MalformedInput"
        return AwsError(code, f"Value ({error}) is invalid: a number is expected.")
    except AwsError as error:
        return error
    return None


def _check(service: str, request: Request) -> None:
    if service in RULES and (problems := list(_problems(service, request))):
        raise AwsError(RULES[service].code, RULES[service].words(problems))
    refuse_reserved_tags(service, request.operation.input_shape, request.members)


def _problems(service: str, request: Request) -> Iterator[str]:
    shape = request.operation.input_shape
    if isinstance(shape, StructureShape):
        for problem in broken(shape, _known(shape, request.members), ""):
            member, constraint = _parts(problem)
            if PATTERN not in constraint or (service, member) not in KINDER_THAN_THEIR_MODEL:
                yield problem


def _known(shape: Any, value: Any) -> Any:
    """A request without the members that the model lacks, at every depth."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        return {name: _known(shape.members[name], value[name]) for name in value if name in shape.members}
    if shape.type_name == "list" and isinstance(value, list):
        return [_known(shape.member, item) for item in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {key: _known(shape.value, item) for key, item in value.items()}
    return value
