"""What each of the emulator's services says of a broken constraint. It shares no code with the server."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.conformance.answers import words_of
from tests.conformance.constraints import Problem
from tests.conformance.variants import NULL, Variant

CODES = {
    **dict.fromkeys(("events", "kms", "lambda", "scheduler", "secretsmanager", "ssm", "states"), "ValidationException"),
    **dict.fromkeys(("cloudformation", "iam", "sns", "sts"), "ValidationError"),
    **dict.fromkeys(("ecr", "logs"), "InvalidParameterException"),
}
"""The codes that go with the common words."""


def refusal_of(service: str, variant: Variant) -> str:
    """A pattern of the code and the words for a request."""
    alternatives = [f"{CODES[service]}: {words_of(variant.problems).pattern}"] if service in CODES else []
    if of := OWN.get(service):
        alternatives += [of(variant, problem) for problem in variant.problems]
    return "|".join(f"(?:{alternative})" for alternative in alternatives)


def _of_ecr(_variant: Variant, _problem: Problem) -> str:
    return r"InvalidParameterException: Invalid parameter at '[\w.]+' failed to satisfy constraint: '(must|Map) .*'"


def _of_iam(_variant: Variant, _problem: Problem) -> str:
    return r"ValidationError: The specified value for [\w.]+ is invalid\. It must contain only .*"


def _of_ec2(_variant: Variant, problem: Problem) -> str:
    name = re.escape(problem.path.replace(".1.member", ".1"))
    if problem.constraint == NULL:
        return f"MissingParameter: The request must contain the parameter {name}"
    if "have value" in problem.constraint:
        limit = f"{'greater' if 'greater' in problem.constraint else 'less'} than {problem.constraint.split()[-1]}"
        return (
            rf"InvalidParameterValue: Value \( -?\d+ \) for parameter {name} is invalid\. Expecting a value {limit}\."
        )
    return rf"InvalidParameterValue: Value \(.*\) for parameter {name} is invalid\."


def _of_sqs(_variant: Variant, problem: Problem) -> str:
    if problem.constraint == NULL:
        return rf"MissingParameter: The request must contain the parameter {_capitals(problem)}\."
    if problem.path in ("attributeNames", "attributes"):
        return r"InvalidAttributeName: Unknown Attribute .*\."
    return rf"InvalidParameterValue: Value .* for parameter {_capitals(problem)} is invalid\."


def _of_cloudwatch(variant: Variant, problem: Problem) -> str:
    if variant.operation.name not in ("PutMetricData", "GetMetricStatistics", "GetMetricData", "ListMetrics"):
        return f"ValidationError: {words_of(variant.problems).pattern}"
    code, end = ("MissingParameter" if problem.constraint == NULL else "InvalidParameterValue"), ""
    if variant.operation.name == "GetMetricData":
        code, end = "ValidationError", "\n"
    if problem.constraint == NULL:
        return rf"{code}: The parameter {_capitals(problem)} is required\.{end}"
    listed = rf"The parameter {_capitals(problem)}(\.member\.\d+)? must be a value in the set \[ .* \]\."
    sized = rf"The collection {_capitals(problem)} must not have a size (greater|less) than \d+\."
    return rf"{code}: ({sized}|{listed}|The value .* for parameter {_capitals(problem)} is invalid\.){end}"


def _capitals(problem: Problem) -> str:
    path = ".".join(part[:1].upper() + part[1:] for part in problem.path.split("."))
    return re.escape(path.replace(".1.Member", ".member.1"))


OWN: dict[str, Callable[[Variant, Problem], str]] = {
    "ec2": _of_ec2,
    "ecr": _of_ecr,
    "iam": _of_iam,
    "monitoring": _of_cloudwatch,
    "sqs": _of_sqs,
}
