"""How each service reports what breaks its model: AWS's code and words, for services whose own differ from the common.

Confirmed by users' reports: ECR's and IAM's words for a pattern; EC2's for a missing member and for a number that
is too small; SQS's; CloudWatch's for the data of metrics that are missing, too many, no number or not in a list. The
others are ours, in the same form.
"""

from __future__ import annotations

import re

from local_aws.api.errors import AwsError
from local_aws.api.validation import Problem, reported
from local_aws.front.metric_words import is_invalid, is_none_of

PATTERN = "satisfy regular expression pattern: "
NAME = r"[\w+=,.@-]+"
"""The pattern of names in IAM."""
ENUM = re.compile(r"Member must satisfy enum value set: \[([^\]]*)\]")
BOUND = re.compile(r"Member must have (?P<measured>value|length) (?P<side>greater|less) than or equal to (?P<limit>.+)")
OF_METRICS = frozenset({"PutMetricData", "GetMetricStatistics", "GetMetricData", "ListMetrics"})
"""Operations of CloudWatch whose words differ; alarms and the rest use the common ones."""


def of_ecr(_operation: str, problems: list[Problem]) -> AwsError:
    """Report the first problem in ECR's own words."""
    problem = problems[0]
    constraint = problem.constraint.replace("Member must", "must", 1)
    plain, pattern, expression = constraint.partition(PATTERN)
    words = f"{plain}satisfy regular expression '{expression}'" if pattern else constraint
    message = f"Invalid parameter at '{problem.path}' failed to satisfy constraint: '{words}'"
    return AwsError("InvalidParameterException", message)


def of_iam(_operation: str, problems: list[Problem]) -> AwsError:
    """Report a wrong name in IAM's own words, and other problems as most services do."""
    problem = problems[0]
    if len(problems) > 1 or not problem.constraint.endswith(f"{PATTERN}{NAME}"):
        return AwsError("ValidationError", reported(problems))
    allowed = "alphanumeric characters and/or the following: +=,.@_-"
    return AwsError(
        "ValidationError", f"The specified value for {problem.path} is invalid. It must contain only {allowed}"
    )


def of_ec2(_operation: str, problems: list[Problem]) -> AwsError:
    """Report the first problem with EC2's code and in its words."""
    problem = problems[0]
    name = re.sub(r"\.(\d+)\.member\b", r".\1", problem.path)
    if _is_missing(problem):
        return AwsError("MissingParameter", f"The request must contain the parameter {name}")
    bound = BOUND.fullmatch(problem.constraint)
    if bound and bound["measured"] == "value":
        message = f"Value ( {_value(problem)} ) for parameter {name} is invalid. "
        message += f"Expecting a value {bound['side']} than {bound['limit']}."
        return AwsError("InvalidParameterValue", message)
    return AwsError("InvalidParameterValue", f"Value ({_value(problem)}) for parameter {name} is invalid.")


def of_sqs(_operation: str, problems: list[Problem]) -> AwsError:
    """Report the first problem with the code and in the words of SQS."""
    problem = problems[0]
    if _is_missing(problem):
        return AwsError("MissingParameter", f"The request must contain the parameter {_member(problem)}.")
    if problem.path in ("attributeNames", "attributes"):
        return AwsError("InvalidAttributeName", f"Unknown Attribute {_unknown(problem)}.")
    return AwsError("InvalidParameterValue", f"Value {_value(problem)} for parameter {_member(problem)} is invalid.")


def _unknown(problem: Problem) -> str:
    """The first of the names in a list, or of the keys in a map, that is not among those that the constraint lists."""
    listed = ENUM.search(problem.constraint)
    known = set(listed[1].split(", ")) if listed else set()
    names = [name.partition("=")[0] for name in _value(problem)[1:-1].split(", ")]
    return next((name for name in names if name not in known), "")


def of_cloudwatch(operation: str, problems: list[Problem]) -> AwsError:
    """Report problems with metrics in CloudWatch's own words, and others as most services do.

    GetMetricData has one code, and a line's end after its words (users' reports).
    """
    if operation not in OF_METRICS:
        return AwsError("ValidationError", reported(problems))
    error = _of_metrics(problems)
    return AwsError("ValidationError", f"{error.message}\n") if operation == "GetMetricData" else error


def _of_metrics(problems: list[Problem]) -> AwsError:
    if missing := [problem for problem in problems if _is_missing(problem)]:
        words = "\n".join(f"The parameter {_member(problem)} is required." for problem in missing)
        return AwsError("MissingParameter", words)
    bound = BOUND.fullmatch(problems[0].constraint)
    if bound and _value(problems[0]).startswith("["):
        size = f"must not have a size {'less' if bound['side'] == 'greater' else 'greater'} than {bound['limit']}."
        return AwsError("InvalidParameterValue", f"The collection {_member(problems[0])} {size}")
    if listed := _listed(problems[0]):
        return AwsError("InvalidParameterValue", listed)
    return AwsError("InvalidParameterValue", is_invalid(_member(problems[0]), _value(problems[0])))


def _listed(problem: Problem) -> str | None:
    """The words for a value, or the first in a list of values, that is not one of those that the model lists."""
    listed = ENUM.search(problem.constraint)
    if listed is None:
        return None
    values, allowed = _value(problem), listed[1].split(", ")
    names = values[1:-1].split(", ") if values.startswith("[") else []
    end = next((f".member.{index}" for index, name in enumerate(names, start=1) if name not in allowed), "")
    return is_none_of(f"{_member(problem)}{end}", allowed)


def _is_missing(problem: Problem) -> bool:
    return problem.constraint == "Member must not be null"


def _value(problem: Problem) -> str:
    return problem.shown.rstrip().removeprefix("'").removesuffix("'")


def _member(problem: Problem) -> str:
    """The path of the member in the query protocol: capitals, and `member.1` for the common words' `1.member`."""
    capitals = ".".join(f"{part[:1].upper()}{part[1:]}" for part in problem.path.split("."))
    return re.sub(r"\b(\d+)\.Member\b", r"member.\1", capitals)
