"""What ECR, Step Functions, Parameter Store and Secrets Manager refuse that their models allow.

Sources: "Lifecycle policy properties in Amazon ECR", and the API references. Confirmed by AWS's pages and users'
reports are the words of Secrets Manager, of Parameter Store for a long value and another pattern, of ECR for a
tagStatus that lacks its tags or the last place, and the beginning of ECR's others; by published tests against AWS the
beginning of Step Functions'. Not confirmed are those of Parameter Store for an empty value and for an invalid pattern.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from local_aws.api.errors import AwsError
from local_aws.api.java_patterns import in_python
from local_aws.front.state_definitions import definition_problem, name_problem

Members = Mapping[str, Any]
COUNTS = ("imageCountMoreThan", "sinceImagePulled", "sinceImagePushed", "sinceImageTransitioned")
STATUSES = ("any", "tagged", "untagged")
MOST_CHARACTERS = 4096
ADVANCED = ("Advanced", "Intelligent-Tiering")
TOO_LARGE = (
    f"Standard tier parameters support a maximum parameter value of {MOST_CHARACTERS} characters. To create a larger "
    "parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see "
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html"
)


def _lifecycle_policy(members: Members) -> None:
    if problem := lifecycle_problem(str(members.get("lifecyclePolicyText") or "")):
        failure = f"'Lifecycle policy validation failure: {problem}'"
        words = f"Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: {failure}"
        raise AwsError("InvalidParameterException", words)


def lifecycle_problem(text: str) -> str | None:
    """What is wrong with a lifecycle policy of a repository."""
    try:
        rules = json.loads(text)["rules"]
        selections = [rule["selection"] for rule in rules]
        priorities = [rule["rulePriority"] for rule in rules]
        actions = [rule["action"]["type"] for rule in rules]
    except (ValueError, LookupError, TypeError, RecursionError):
        return "each rule needs rulePriority, selection and action"
    if not rules or any(action not in ("expire", "transition") for action in actions):
        return "there must be rules, and the type of an action is expire or transition"
    if len({*priorities}) < len(priorities):
        return "rulePriority must be unique"
    if any(selection.get("tagStatus") == "any" for selection in selections):
        last = max(zip(priorities, selections, strict=True), key=lambda pair: pair[0])[1]
        if last.get("tagStatus") != "any" or sum(each.get("tagStatus") == "any" for each in selections) > 1:
            return "Rule for tagStatus=ANY must have the lowest priority per storage class"
    return next((problem for selection in selections if (problem := _selection_problem(selection))), None)


def _selection_problem(selection: Members) -> str | None:
    status, count, number = (selection.get(name) for name in ("tagStatus", "countType", "countNumber"))
    if status not in STATUSES or count not in COUNTS:
        return f"tagStatus is one of {', '.join(STATUSES)}, countType one of {', '.join(COUNTS)}"
    if not isinstance(number, int) or number < 1:
        return "countNumber must be a positive integer"
    patterns = selection.get("tagPrefixList") or selection.get("tagPatternList")
    if status == "tagged" and not patterns:
        return "Must specify tagPrefixList or tagPatternList when tagStatus=TAGGED."
    if status != "tagged" and patterns:
        return "tagPrefixList and tagPatternList go with tagStatus tagged only"
    if (count == COUNTS[0]) == bool(selection.get("countUnit")):
        return "countUnit goes with the countTypes of a time, which require it"
    return None


def _start_execution(members: Members) -> None:
    text = members.get("input")
    try:
        json.loads("{}" if text is None else str(text))
    except (ValueError, RecursionError) as error:
        raise AwsError("InvalidExecutionInput", f"Invalid State Machine Execution Input: '{error}'") from error


def _state_machine(members: Members) -> None:
    if message := name_problem(str(members.get("name") or "")):
        raise AwsError("InvalidName", message)
    if "definition" in members and (message := definition_problem(str(members["definition"]))):
        raise AwsError("InvalidDefinition", message)


def _put_parameter(members: Members) -> None:
    text, pattern = str(members.get("Value") or ""), members.get("AllowedPattern")
    if not text:
        words = "Member must have length greater than or equal to 1"
        message = f"1 validation error detected: Value '' at 'value' failed to satisfy constraint: {words}"
        raise AwsError("ValidationException", message)
    if len(text) > MOST_CHARACTERS and members.get("Tier") not in ADVANCED:
        raise AwsError("ValidationException", TOO_LARGE)
    if pattern and not _matches(str(pattern), text):
        words = f"Parameter value, cannot be validated against allowedPattern: {pattern}"
        raise AwsError("ParameterPatternMismatchException", words)


def _matches(pattern: str, text: str) -> bool:
    try:
        return re.search(in_python(pattern), text, re.ASCII) is not None
    except re.error as error:
        raise AwsError("InvalidAllowedPatternException", f"The AllowedPattern is not valid: {error}") from error


def _secret(members: Members) -> None:
    if members.get("SecretString") and members.get("SecretBinary"):
        words = "You can't specify both a binary secret value and a string secret value in the same secret."
        raise AwsError("InvalidParameterException", words)


RULES: dict[tuple[str, str], Callable[[Members], None]] = {
    ("ecr", "PutLifecyclePolicy"): _lifecycle_policy,
    ("states", "CreateStateMachine"): _state_machine,
    ("states", "UpdateStateMachine"): _state_machine,
    ("states", "StartExecution"): _start_execution,
    ("states", "StartSyncExecution"): _start_execution,
    ("ssm", "PutParameter"): _put_parameter,
    ("secretsmanager", "CreateSecret"): _secret,
    ("secretsmanager", "PutSecretValue"): _secret,
    ("secretsmanager", "UpdateSecret"): _secret,
}
