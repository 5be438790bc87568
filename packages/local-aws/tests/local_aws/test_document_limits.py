"""ECR, Step Functions, Parameter Store and Secrets Manager refuse documents that their models allow."""

from __future__ import annotations

import json
import uuid

import pytest

from local_aws.front.document_limits import lifecycle_problem
from tests.local_aws.client_errors import refused

COUNTED = {"tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": 5}
AGED = {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 5}
ANY = {**COUNTED, "tagStatus": "any"}


def policy(*selections: dict[str, object], **members: object) -> str:
    rules = [
        {"rulePriority": number, "selection": selection, "action": {"type": "expire"}, **members}
        for number, selection in enumerate(selections, start=1)
    ]
    return json.dumps({"rules": rules})


def without(selection: dict[str, object], name: str) -> dict[str, object]:
    return {key: member for key, member in selection.items() if key != name}


@pytest.mark.parametrize("text", [policy(COUNTED), policy(AGED, {**COUNTED, "tagStatus": "any"})])
def test_a_lifecycle_policy_is_taken(text):
    assert lifecycle_problem(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "{nope",
        "{}",
        policy(),
        policy(COUNTED, action={}),
        policy(COUNTED, AGED, rulePriority=1),
        policy(ANY, COUNTED),
        policy({**COUNTED, "tagStatus": "tagged"}),
        policy({**COUNTED, "tagPrefixList": ["a"]}),
        policy({**COUNTED, "countNumber": 0}),
        policy({**COUNTED, "countType": "size"}),
        policy({**COUNTED, "countUnit": "days"}),
        policy(without(AGED, "countUnit")),
    ],
)
def test_a_wrong_lifecycle_policy_is_named(text):
    assert lifecycle_problem(text)


def test_a_repository_takes_no_wrong_lifecycle_policy(plain_aws):
    ecr, name = plain_aws.client("ecr"), f"repository-{uuid.uuid4().hex[:8]}"
    ecr.create_repository(repositoryName=name)
    words = refused(
        ecr.put_lifecycle_policy, repositoryName=name, lifecyclePolicyText=policy(without(AGED, "countUnit"))
    )
    assert words.startswith("InvalidParameterException: Invalid parameter at 'LifecyclePolicyText' failed to satisfy")


def test_an_execution_begins_with_json(plain_aws):
    arn = "arn:aws:states:us-east-1:123456789012:stateMachine:m"
    words = refused(plain_aws.client("stepfunctions").start_execution, stateMachineArn=arn, input="{nope")
    assert words.startswith("InvalidExecutionInput: Invalid State Machine Execution Input: '")


def test_a_parameter_fits_its_tier_and_its_pattern(plain_aws):
    ssm, name = plain_aws.client("ssm"), f"/parameter-{uuid.uuid4().hex[:8]}"
    request = {"Name": name, "Type": "String"}
    assert "maximum parameter value of 4096 characters" in refused(ssm.put_parameter, **request, Value="x" * 4097)
    assert refused(ssm.put_parameter, **request, Value="abc", AllowedPattern=r"^\d+$") == (
        r"ParameterPatternMismatchException: Parameter value, cannot be validated against allowedPattern: ^\d+$"
    )
    ssm.put_parameter(**request, Value="x" * 4097, Tier="Advanced")
    ssm.put_parameter(**request, Value="12", AllowedPattern=r"^\d+$", Overwrite=True)


def test_a_secret_is_a_text_or_bytes(plain_aws):
    request = {"Name": f"secret-{uuid.uuid4().hex[:8]}", "SecretString": "x", "SecretBinary": b"x"}
    words = refused(plain_aws.client("secretsmanager").create_secret, **request)
    assert "You can't specify both a binary secret value and a string secret value" in words
