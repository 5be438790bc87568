"""How each service reports what breaks its model: AWS's code and words, for services whose own differ from the common.

Confirmed by users' reports: ECR's and IAM's words for a pattern; EC2's for a missing member and for a number that
is too small; SQS's; CloudWatch's for the data of metrics that are missing, too many or no number. The others are
ours, in the same form.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from local_aws.api.errors import AwsError
from local_aws.api.validation import reported

PATTERN = "satisfy regular expression pattern: "
NAME = r"[\w+=,.@-]+"
"""The pattern of names in IAM."""
ENUM = re.compile(r"Member must satisfy enum value set: \[(.*)\]")
BOUND = re.compile(r"Member must have (?P<measured>value|length) (?P<side>greater|less) than or equal to (?P<limit>.+)")
OF_METRICS = frozenset({"PutMetricData", "GetMetricStatistics", "GetMetricData", "ListMetrics"})
"""Operations of CloudWatch whose words differ; alarms and the rest use the common ones."""


@dataclass(frozen=True)
class Problem:
    """A broken constraint, as `local_aws.api.validation` words it, in its parts."""

    value: str
    path: str
    constraint: str

    @property
    def missing(self) -> bool:
        """Whether a required member is not there."""
        return self.constraint == "Member must not be null"

    @property
    def member(self) -> str:
        """The path of the member in the query protocol: capitals, and `member.1` for the common words' `1.member`."""
        capitals = ".".join(f"{part[:1].upper()}{part[1:]}" for part in self.path.split("."))
        return re.sub(r"\b(\d+)\.Member\b", r"member.\1", capitals)


def parts(problem: str) -> Problem:
    """The value, the member and the constraint that a problem names."""
    place, _, constraint = problem.partition("failed to satisfy constraint: ")
    value, _, path = place.rpartition("at '")
    return Problem(value.removeprefix("Value ").rstrip().removeprefix("'").removesuffix("'"), path[:-2], constraint)


def of_ecr(_operation: str, problems: list[str]) -> AwsError:
    """ECR's own words, for the first of the problems."""
    problem = parts(problems[0])
    constraint = problem.constraint.replace("Member must", "must", 1)
    plain, pattern, expression = constraint.partition(PATTERN)
    words = f"{plain}satisfy regular expression '{expression}'" if pattern else constraint
    message = f"Invalid parameter at '{problem.path}' failed to satisfy constraint: '{words}'"
    return AwsError("InvalidParameterException", message)


def of_iam(_operation: str, problems: list[str]) -> AwsError:
    """IAM's own words for a name; otherwise those of the other services."""
    problem = parts(problems[0])
    if len(problems) > 1 or not problem.constraint.endswith(f"{PATTERN}{NAME}"):
        return AwsError("ValidationError", reported(problems))
    allowed = "alphanumeric characters and/or the following: +=,.@_-"
    return AwsError(
        "ValidationError", f"The specified value for {problem.path} is invalid. It must contain only {allowed}"
    )


def of_ec2(_operation: str, problems: list[str]) -> AwsError:
    """EC2's codes and words, for the first of the problems."""
    problem = parts(problems[0])
    name = re.sub(r"\.(\d+)\.member\b", r".\1", problem.path)
    if problem.missing:
        return AwsError("MissingParameter", f"The request must contain the parameter {name}")
    bound = BOUND.fullmatch(problem.constraint)
    if bound and bound["measured"] == "value":
        message = f"Value ( {problem.value} ) for parameter {name} is invalid. "
        message += f"Expecting a value {bound['side']} than {bound['limit']}."
        return AwsError("InvalidParameterValue", message)
    return AwsError("InvalidParameterValue", f"Value ({problem.value}) for parameter {name} is invalid.")


def of_sqs(_operation: str, problems: list[str]) -> AwsError:
    """The codes and words of SQS, for the first of the problems."""
    problem = parts(problems[0])
    if problem.missing:
        return AwsError("MissingParameter", f"The request must contain the parameter {problem.member}.")
    if problem.path in ("attributeNames", "attributes"):
        return AwsError("InvalidAttributeName", f"Unknown Attribute {_unknown(problem)}.")
    return AwsError("InvalidParameterValue", f"Value {problem.value} for parameter {problem.member} is invalid.")


def _unknown(problem: Problem) -> str:
    """The first of the names in a list, or of the keys in a map, that is not among those that the constraint lists."""
    listed = ENUM.search(problem.constraint)
    known = set(listed[1].split(", ")) if listed else set()
    names = [name.partition("=")[0] for name in problem.value[1:-1].split(", ")]
    return next((name for name in names if name not in known), "")


def of_cloudwatch(operation: str, problems: list[str]) -> AwsError:
    """CloudWatch's codes and words: its own for metrics, the common ones for the rest."""
    if operation not in OF_METRICS:
        return AwsError("ValidationError", reported(problems))
    broken = [parts(problem) for problem in problems]
    if missing := [problem for problem in broken if problem.missing]:
        words = "\n".join(f"The parameter {problem.member} is required." for problem in missing)
        return AwsError("MissingParameter", words)
    bound = BOUND.fullmatch(broken[0].constraint)
    if bound and broken[0].value.startswith("["):
        size = f"must not have a size {'less' if bound['side'] == 'greater' else 'greater'} than {bound['limit']}."
        return AwsError("InvalidParameterValue", f"The collection {broken[0].member} {size}")
    message = f"The value {broken[0].value} for parameter {broken[0].member} is invalid."
    return AwsError("InvalidParameterValue", message)
