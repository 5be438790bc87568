"""SimulatePrincipalPolicy: the decisions of the evaluator that enforces policies, in AWS's shapes."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.launcher import LocalAws

ACCOUNT = "123456789012"
ASSUME = "sts:AssumeRole"
UNCLEAR = "does not clearly define entity type and name."
ONE, OTHER = (f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("one", "other"))


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def statement(action: str, resource: str = "*", effect: str = "Allow", **condition: Any) -> dict[str, Any]:
    content = {"Effect": effect, "Action": action, "Resource": resource}
    return {**content, "Condition": condition} if condition else content


def role(aws: LocalAws, *statements: dict[str, Any], boundary: str | None = None) -> str:
    """The ARN of a role below a path, with these statements and this boundary."""
    name = f"role-{uuid.uuid4().hex[:12]}"
    trust = document({"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": ASSUME})
    limit = {"PermissionsBoundary": boundary} if boundary else {}
    iam = aws.client("iam")
    created = iam.create_role(RoleName=name, Path="/team/", AssumeRolePolicyDocument=trust, **limit)["Role"]
    iam.put_role_policy(RoleName=name, PolicyName="permissions", PolicyDocument=document(*statements))
    return str(created["Arn"])


def simulated(aws: LocalAws, principal: str, *actions: str, **options: Any) -> list[dict[str, Any]]:
    response = aws.client("iam").simulate_principal_policy(
        PolicySourceArn=principal, ActionNames=list(actions), **options
    )
    return list(response["EvaluationResults"])


def by_resource(result: dict[str, Any]) -> dict[str, str]:
    return {each["EvalResourceName"]: each["EvalResourceDecision"] for each in result["ResourceSpecificResults"]}


def test_each_resource_has_a_decision_and_the_strictest_is_the_total(aws):
    (result,) = simulated(aws, role(aws, statement(ASSUME, ONE)), ASSUME, ResourceArns=[ONE, OTHER])
    assert by_resource(result) == {ONE: "allowed", OTHER: "implicitDeny"}
    assert result["EvalDecision"] == "implicitDeny"


def test_each_action_has_a_result_on_all_resources(aws):
    principal = role(aws, statement("s3:*"), statement("s3:PutObject", effect="Deny"))
    results = simulated(aws, principal, "s3:GetObject", "s3:PutObject")
    decisions = {result["EvalActionName"]: result["EvalDecision"] for result in results}
    assert decisions == {"s3:GetObject": "allowed", "s3:PutObject": "explicitDeny"}
    assert [result["EvalResourceName"] for result in results] == ["*", "*"]


def test_a_boundary_limits_the_policies_and_is_named(aws):
    policy = aws.client("iam").create_policy(
        PolicyName=f"boundary-{uuid.uuid4().hex[:8]}", PolicyDocument=document(statement("s3:*"))
    )["Policy"]["Arn"]
    principal = role(aws, statement("*"), boundary=policy)
    inside, outside = simulated(aws, principal, "s3:GetObject", ASSUME)
    detail = "PermissionsBoundaryDecisionDetail"
    assert (inside["EvalDecision"], inside[detail]) == ("allowed", {"AllowedByPermissionsBoundary": True})
    assert (outside["EvalDecision"], outside[detail]) == ("implicitDeny", {"AllowedByPermissionsBoundary": False})


def test_a_condition_without_a_value_is_named_as_missing(aws):
    principal = role(aws, statement(ASSUME, StringEquals={"aws:PrincipalOrgPaths": "o-1/"}))
    (result,) = simulated(aws, principal, ASSUME, ResourceArns=[ONE])
    (specific,) = result["ResourceSpecificResults"]
    assert (specific["EvalResourceDecision"], specific["MissingContextValues"]) == (
        "implicitDeny",
        ["aws:PrincipalOrgPaths"],
    )


@pytest.mark.parametrize(("value", "decision"), [("true", "allowed"), ("false", "implicitDeny")])
def test_a_context_entry_answers_a_condition(aws, value, decision):
    principal = role(aws, statement(ASSUME, Bool={"aws:MultiFactorAuthPresent": "true"}))
    entry = {"ContextKeyName": "aws:MultiFactorAuthPresent", "ContextKeyType": "boolean", "ContextKeyValues": [value]}
    (result,) = simulated(aws, principal, ASSUME, ContextEntries=[entry])
    assert (result["EvalDecision"], result["MissingContextValues"]) == (decision, [])


def test_the_address_of_the_simulating_caller_is_not_the_simulated_one(aws):
    principal = role(aws, statement(ASSUME, IpAddress={"aws:SourceIp": "127.0.0.0/8"}))
    (result,) = simulated(aws, principal, ASSUME)
    assert (result["EvalDecision"], result["MissingContextValues"]) == ("implicitDeny", ["aws:SourceIp"])


@pytest.mark.parametrize(
    ("principal", "code", "message"),
    [
        (f"arn:aws:iam::{ACCOUNT}:role/none", "NoSuchEntity", "The role with name none cannot be found."),
        (f"arn:aws:iam::{ACCOUNT}:user/none", "NoSuchEntity", "The user with name none cannot be found."),
        (
            f"arn:aws:sts::{ACCOUNT}:assumed-role/a/b",
            "InvalidInput",
            f"Invalid Entity Arn: arn:aws:sts::{ACCOUNT}:assumed-role/a/b {UNCLEAR}",
        ),
        (
            f"arn:aws:iam::{ACCOUNT}:root",
            "InvalidInput",
            f"Invalid Entity Arn: arn:aws:iam::{ACCOUNT}:root {UNCLEAR}",
        ),
    ],
)
def test_only_an_existing_user_or_role_is_simulated(aws, principal, code, message):
    with pytest.raises(ClientError) as refused:
        simulated(aws, principal, ASSUME)
    assert (refused.value.response["Error"]["Code"], refused.value.response["Error"]["Message"]) == (code, message)


def test_a_role_is_found_by_its_whole_arn_with_the_path(aws):
    without_path = role(aws, statement("*")).replace("/team/", "/")
    with pytest.raises(ClientError, match="NoSuchEntity"):
        simulated(aws, without_path, ASSUME)


def test_the_simulator_takes_a_permission_of_its_caller(aws):
    iam, name = aws.client("iam"), f"user-{uuid.uuid4().hex[:12]}"
    arn = iam.create_user(UserName=name)["User"]["Arn"]
    key = iam.create_access_key(UserName=name)["AccessKey"]
    caller = aws.client("iam", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    with pytest.raises(ClientError, match="is not authorized to perform: iam:SimulatePrincipalPolicy"):
        caller.simulate_principal_policy(PolicySourceArn=arn, ActionNames=[ASSUME])
    iam.put_user_policy(
        UserName=name, PolicyName="ask", PolicyDocument=document(statement("iam:SimulatePrincipalPolicy", arn))
    )
    (result,) = caller.simulate_principal_policy(PolicySourceArn=arn, ActionNames=[ASSUME])["EvaluationResults"]
    assert result["EvalDecision"] == "implicitDeny"


def custom(aws: LocalAws, *documents: str, **more: Any) -> str:
    response = aws.client("iam").simulate_custom_policy(
        PolicyInputList=list(documents), ActionNames=["s3:GetObject"], ResourceArns=["arn:aws:s3:::a/b"], **more
    )
    return str(response["EvaluationResults"][0]["EvalDecision"])


def test_a_custom_policy_is_decided_by_its_statements_and_boundary(aws):
    allow, deny = document(statement("s3:Get*")), document(statement("s3:*", effect="Deny"))
    other = document(statement("sqs:*"))
    assert custom(aws, allow) == "allowed"
    assert custom(aws, other) == "implicitDeny"
    assert custom(aws, allow, deny) == "explicitDeny"
    assert custom(aws, allow, PermissionsBoundaryPolicyInputList=[other]) == "implicitDeny"
