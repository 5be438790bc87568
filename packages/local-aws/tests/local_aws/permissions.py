"""Roles and users of a test that may do what its statements say, and no more."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.launcher import LocalAws

SAGEMAKER = "sagemaker.amazonaws.com"
PULL = [
    "ecr:GetAuthorizationToken",
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:GetDownloadUrlForLayer",
]


def allow(actions: str | list[str], resource: str = "*", **condition: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": actions, "Resource": resource}
    return {**statement, "Condition": condition} if condition else statement


def role(aws: LocalAws, *statements: dict[str, Any], service: str = SAGEMAKER, **condition: Any) -> str:
    """The ARN of a role that the service may assume, and that may do what the statements say."""
    name = f"role-{uuid.uuid4().hex[:12]}"
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    if condition:
        trust["Condition"] = condition
    response = aws.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
    if statements:
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        aws.client("iam").put_role_policy(RoleName=name, PolicyName="permissions", PolicyDocument=document)
    return str(response["Role"]["Arn"])


def user(aws: LocalAws, *statements: dict[str, Any]) -> dict[str, str]:
    """The credentials of a user, as a client takes them."""
    iam, name = aws.client("iam"), f"user-{uuid.uuid4().hex[:12]}"
    iam.create_user(UserName=name)
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    iam.put_user_policy(UserName=name, PolicyName="permissions", PolicyDocument=document)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}


def working(aws: LocalAws, bucket: str) -> str:
    """A role with all that a job of ours takes."""
    objects = allow(["s3:GetObject", "s3:PutObject"], f"arn:aws:s3:::{bucket}/*")
    return role(aws, objects, allow("s3:ListBucket", f"arn:aws:s3:::{bucket}"), allow(PULL))


def code(refused: pytest.ExceptionInfo[ClientError]) -> str:
    return str(refused.value.response["Error"]["Code"])
