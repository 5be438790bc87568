"""The constraints of AWS's models for requests to the emulator's services, which check few of them.

What breaks one is refused before the service sees it, with the service's code and words. Members that the model lacks
pass, as on AWS. Note: what AWS is known to accept although its model forbids it passes (`KINDER_THAN_THEIR_MODEL`).
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from botocore.model import StructureShape

from local_aws.api.errors import AwsError, Response
from local_aws.api.numbers import NotANumberError
from local_aws.api.reserved_tags import HEADER, STACKS, of_stacks, refuse_reserved_tags
from local_aws.api.validation import Problem, broken, reported
from local_aws.front import document_limits, function_limits, message_limits, metric_limits, metric_queries
from local_aws.front.bucket_requests import refuse_broken
from local_aws.front.own_words import of_cloudwatch, of_ec2, of_ecr, of_iam, of_sqs
from local_aws.front.requests import Request, read_request, refuse_unreadable

Handler = Callable[..., Awaitable[Response]]
Refuse = Callable[[str, AwsError, Any], Response]
Words = Callable[[str, list[Problem]], AwsError]
"""Makes a service's error from the name of an operation and what is wrong with its request."""


def _common(code: str) -> Words:
    return lambda _operation, problems: AwsError(code, reported(problems))


RULES: dict[str, Words] = {
    "cloudformation": _common("ValidationError"),
    "ec2": of_ec2,
    "ecr": of_ecr,
    "events": _common("ValidationException"),
    "iam": of_iam,
    "kms": _common("ValidationException"),
    "lambda": _common("ValidationException"),
    "logs": _common("InvalidParameterException"),
    "monitoring": of_cloudwatch,
    "scheduler": _common("ValidationException"),
    "secretsmanager": _common("ValidationException"),
    "sns": _common("ValidationError"),
    "sqs": of_sqs,
    "ssm": _common("ValidationException"),
    "states": _common("ValidationException"),
    "sts": _common("ValidationError"),
}
"""Words by the service's name in credential scopes. S3's are in `bucket_requests`."""
LIMITS: dict[tuple[str, str], Callable[[dict[str, Any]], None]] = {
    **document_limits.RULES,
    **function_limits.RULES,
    **message_limits.RULES,
    **metric_limits.RULES,
    **metric_queries.RULES,
}
"""What services refuse that their models allow, by service and operation."""
KINDER_THAN_THEIR_MODEL: frozenset[tuple[str, str, str]] = frozenset({("sqs", "ReceiveMessage", "attributeNames")})
"""Services, operations and members in AWS's words, of which a broken constraint is not reported: SQS takes the names of
a message's attributes there too, as older SDKs send them."""


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
        refuse_unreadable(headers, body)
        if service == "s3":
            refuse_broken(method, path, headers, body, query or {})
        elif request := read_request(service, method, path, headers, body, query):
            _check(service, request)
    except NotANumberError as error:
        code = "InvalidParameterValue" if service == "ec2" else "MalformedInput"
        return AwsError(code, f"Value ({error}) is invalid: a number is expected.")
    except AwsError as error:
        return error
    return None


def _check(service: str, request: Request) -> None:
    if (service, request.operation.name) == ("monitoring", "PutMetricData"):
        metric_limits.refuse_numbers(request.members)
    if service in RULES and (problems := list(_problems(service, request))):
        raise RULES[service](request.operation.name, problems)
    if limits := LIMITS.get((service, request.operation.name)):
        limits(request.members)
    refuse_reserved_tags(service, request.operation.input_shape, request.members)
    if service == "ec2" and request.members.get("DryRun"):
        raise AwsError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412)


def _problems(service: str, request: Request) -> Iterator[Problem]:
    shape = request.operation.input_shape
    if isinstance(shape, StructureShape):
        for problem in broken(shape, _known(shape, request.members), ""):
            if (service, request.operation.name, problem.path) not in KINDER_THAN_THEIR_MODEL:
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
