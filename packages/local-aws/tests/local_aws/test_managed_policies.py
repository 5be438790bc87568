"""AWS's managed policies: they exist, decide, and what does not exist can't be attached."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.launcher import LocalAws

FULL_ACCESS = "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"
MISSING = "arn:aws:iam::aws:policy/AmazonSageMakerFullAcess"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
ACTIONS = ("sagemaker:CreateTrainingJob", "ecr:GetAuthorizationToken", "cloudwatch:PutMetricData", "iam:CreateUser")


@pytest.fixture
def iam(plain_aws: LocalAws) -> Any:
    return plain_aws.client("iam")


def new_role(iam: Any) -> dict[str, Any]:
    name = f"role-{uuid.uuid4().hex[:12]}"
    return dict(iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"])


def decisions(iam: Any, role_arn: str) -> dict[str, str]:
    results = iam.simulate_principal_policy(PolicySourceArn=role_arn, ActionNames=list(ACTIONS))["EvaluationResults"]
    return {result["EvalActionName"]: result["EvalDecision"] for result in results}


def test_a_role_may_what_the_attached_policy_of_aws_says(iam):
    role = new_role(iam)
    assert set(decisions(iam, role["Arn"]).values()) == {"implicitDeny"}
    iam.attach_role_policy(RoleName=role["RoleName"], PolicyArn=FULL_ACCESS)
    after = decisions(iam, role["Arn"])
    assert after.pop("iam:CreateUser") == "implicitDeny"
    assert set(after.values()) == {"allowed"}


def test_a_policy_of_aws_has_its_version_and_document(iam):
    policy = iam.get_policy(PolicyArn=FULL_ACCESS)["Policy"]
    version = iam.get_policy_version(PolicyArn=FULL_ACCESS, VersionId=policy["DefaultVersionId"])["PolicyVersion"]
    assert "sagemaker:*" in version["Document"]["Statement"][0]["Action"]
    basic = iam.get_policy(PolicyArn="arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole")["Policy"]
    assert basic["Path"] == "/service-role/"


@pytest.mark.parametrize("arn", [MISSING, "arn:aws:iam::123456789012:policy/absent"])
def test_a_policy_that_does_not_exist_is_not_attached(iam, arn):
    role = new_role(iam)["RoleName"]
    with pytest.raises(ClientError, match=f"NoSuchEntity.*Policy {arn} does not exist or is not attachable"):
        iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    with pytest.raises(ClientError, match=f"NoSuchEntity.*Scope ARN: {arn} does not exist or is not attachable"):
        iam.put_role_permissions_boundary(RoleName=role, PermissionsBoundary=arn)
    assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []


def test_a_policy_of_a_services_own_role_is_not_attached(iam):
    arn = "arn:aws:iam::aws:policy/aws-service-role/AmazonSageMakerNotebooksServiceRolePolicy"
    with pytest.raises(ClientError, match="PolicyNotAttachable"):
        iam.attach_role_policy(RoleName=new_role(iam)["RoleName"], PolicyArn=arn)


def test_policies_are_listed_by_pages_and_filters(iam):
    first = iam.list_policies(Scope="AWS")
    assert (len(first["Policies"]), first["IsTruncated"]) == (100, True)
    second = iam.list_policies(Scope="AWS", Marker=first["Marker"], MaxItems=10)
    assert not {policy["Arn"] for policy in first["Policies"]} & {policy["Arn"] for policy in second["Policies"]}
    iam.attach_role_policy(RoleName=new_role(iam)["RoleName"], PolicyArn=FULL_ACCESS)
    attached = iam.list_policies(Scope="AWS", OnlyAttached=True)["Policies"]
    assert FULL_ACCESS in {policy["Arn"] for policy in attached}
    assert all(policy["AttachmentCount"] for policy in attached)


def test_a_stack_with_a_missing_policy_fails_with_the_reason(stack):
    properties = {"AssumeRolePolicyDocument": TRUST, "ManagedPolicyArns": [MISSING]}
    assert stack.apply({"Role": {"Type": "AWS::IAM::Role", "Properties": properties}}) == "ROLLBACK_COMPLETE"
    reasons = stack.reasons()
    assert any(f"Policy {MISSING} does not exist or is not attachable" in reason for reason in reasons), reasons
