"""IAM refuses policies that break its grammar or its quotas, of requests and of templates, in its words."""

from __future__ import annotations

import json
import uuid

import pytest

from local_aws.iam.policy_grammar import MalformedError, check_identity_policy, check_trust_policy
from tests.local_aws.client_errors import refused

HOME = "123456789012"
SYNTAX, LEGACY = "Syntax errors in policy.", "The policy failed legacy parsing"
READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


def document(*statements: object, **members: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements, **members})


def without(statement: dict[str, object], name: str) -> dict[str, object]:
    return {key: value for key, value in statement.items() if key != name}


@pytest.mark.parametrize(
    "policy",
    [
        json.dumps({"Statement": READ}),
        document(READ, Id="mine"),
        document({**READ, "Sid": "One"}, {**READ, "Sid": "Two"}),
        document({**READ, "Action": ["*", "s3:Get*", "iam:PassRole"]}),
        document({"Effect": "Deny", "NotAction": "s3:*", "NotResource": "arn:aws:s3:::b/*"}),
        document({**READ, "Resource": ["arn:aws:iam::123456789012:role/a", "arn:aws-cn:s3:::b", "arn:aws:logs:*:*:*"]}),
        document({**READ, "Condition": {"ForAnyValue:StringLikeIfExists": {"aws:TagKeys": ["a*"]}}}),
        document({**READ, "Condition": {"Null": {"aws:TokenIssueTime": "true"}, "NumericLessThanEquals": {"a": "1"}}}),
    ],
)
def test_a_policy_of_a_principal_is_taken(policy):
    check_identity_policy(policy)


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ("{nonsense", SYNTAX),
        ("[]", SYNTAX),
        (document(), SYNTAX),
        (document("s3:*"), SYNTAX),
        (document(READ, Version="2020-01-01"), SYNTAX),
        (document(READ, Statements=[]), SYNTAX),
        (document({**READ, "Foo": 1}), SYNTAX),
        (document({**READ, "NotAction": "s3:*"}), SYNTAX),
        (document({**READ, "Action": {}}), SYNTAX),
        (document(without(READ, "Effect")), SYNTAX),
        (document({**READ, "Condition": {"StringFoo": {"aws:x": "y"}}}), SYNTAX),
        (document({**READ, "Effect": "allow"}), LEGACY),
        (document({**READ, "Resource": "arn:aws:sqs::queue"}), LEGACY),
        (document({**READ, "Principal": "*"}), "Policy document should not specify a principal."),
        (document({**READ, "Sid": "a-b"}), "Statement IDs (SID) must be alpha-numeric."),
        (
            document({**READ, "Sid": "A"}, {**READ, "Sid": "A"}),
            "Statement IDs (SID) in a single policy must be unique.",
        ),
        (document(without(READ, "Action")), "Policy statement must contain actions."),
        (document({**READ, "Resource": []}), "Policy statement must contain resources."),
        (document({**READ, "Action": "GetObject"}), "Actions/Conditions must be prefaced by a vendor"),
        (document({**READ, "Action": "s3:Get:Object"}), "Actions/Condition can contain only one colon."),
        (document({**READ, "Action": "s 3:Get"}), "Vendor s 3 is not valid"),
        (document({**READ, "Action": "*:Get"}), "Action vendors (e.g., aws, ec2, etc.) must not contain wildcards."),
        (document({**READ, "Resource": "bucket"}), 'Resource bucket must be in ARN format or "*".'),
        (document({**READ, "Resource": "arn:s3:::b"}), 'Partition "s3" is not valid for resource "arn:s3:::b:*".'),
        (
            document({**READ, "Resource": "arn:aws"}),
            "Resource vendor must be fully qualified and cannot contain regexes.",
        ),
        (document({**READ, "Resource": "arn:aws:s3:us-east-1::b"}), "can not contain region information."),
    ],
)
def test_a_malformed_policy_of_a_principal_is_refused(policy, words):
    with pytest.raises(MalformedError) as refusal:
        check_identity_policy(policy)
    assert words in str(refusal.value)


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ("{nonsense", "This policy contains invalid Json"),
        (document({**TRUST, "Resource": "*"}), "Has prohibited field Resource"),
        (document(without(TRUST, "Principal")), "Missing required field Principal"),
        (document({**TRUST, "Action": "s3:GetObject"}), "AssumeRole policy may only specify STS AssumeRole actions."),
        (document({**TRUST, "Principal": {"Service": "a b"}}), 'Invalid principal in policy: "SERVICE":"a b"'),
        (document({**TRUST, "Principal": {"AWS": "gone"}}), 'Invalid principal in policy: "AWS":"gone"'),
        (document({**TRUST, "Principal": {"Aws": "*"}}), SYNTAX),
    ],
)
def test_a_malformed_trust_policy_is_refused(policy, words):
    with pytest.raises(MalformedError) as refusal:
        check_trust_policy(policy, lambda arn: arn == "gone")
    assert str(refusal.value) == words


@pytest.fixture
def iam(plain_aws):
    return plain_aws.client("iam")


@pytest.fixture
def role(iam):
    name = f"role-{uuid.uuid4().hex[:12]}"
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(TRUST))
    return name


def long(characters: int) -> str:
    return document({**READ, "Resource": f"arn:aws:s3:::bucket/{'x' * characters}"})


def test_every_operation_with_a_policy_checks_it(iam, role):
    principal, words = document({**READ, "Principal": "*"}), "Policy document should not specify a principal."
    user, group = f"user-{uuid.uuid4().hex[:8]}", f"group-{uuid.uuid4().hex[:8]}"
    iam.create_user(UserName=user)
    iam.create_group(GroupName=group)
    policy = {"PolicyName": "policy", "PolicyDocument": principal}
    expected = f"MalformedPolicyDocument: {words}"
    assert refused(iam.put_role_policy, RoleName=role, **policy) == expected
    assert refused(iam.put_user_policy, UserName=user, **policy) == expected
    assert refused(iam.put_group_policy, GroupName=group, **policy) == expected
    assert refused(iam.create_policy, **policy) == expected
    old = json.dumps({"Statement": READ})
    assert "2012-10-17 or greater" in refused(iam.create_policy, PolicyName="old", PolicyDocument=old)
    trust = document({**TRUST, "Resource": "*"})
    expected = "MalformedPolicyDocument: Has prohibited field Resource"
    assert refused(iam.create_role, RoleName="new", AssumeRolePolicyDocument=trust) == expected
    assert refused(iam.update_assume_role_policy, RoleName=role, PolicyDocument=trust) == expected


def test_policies_are_no_longer_than_their_quotas(iam, role):
    assert refused(iam.create_policy, PolicyName="long", PolicyDocument=long(6144)) == (
        "LimitExceeded: Cannot exceed quota for PolicySize: 6144"
    )
    iam.put_role_policy(RoleName=role, PolicyName="one", PolicyDocument=long(6000))
    iam.put_role_policy(RoleName=role, PolicyName="one", PolicyDocument=long(6001))
    assert refused(iam.put_role_policy, RoleName=role, PolicyName="two", PolicyDocument=long(6000)) == (
        f"LimitExceeded: Maximum policy size of 10240 bytes exceeded for role {role}"
    )
    trust = document({**TRUST, "Condition": {"StringEquals": {"aws:PrincipalTag/a": "x" * 2048}}})
    assert refused(iam.update_assume_role_policy, RoleName=role, PolicyDocument=trust) == (
        "LimitExceeded: Cannot exceed quota for ACLSizePerRole: 2048"
    )


def test_a_role_has_ten_managed_policies(iam, role):
    arns = [policy["Arn"] for policy in iam.list_policies(Scope="AWS", PathPrefix="/", MaxItems=11)["Policies"]]
    for arn in arns[:10]:
        iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    iam.attach_role_policy(RoleName=role, PolicyArn=arns[0])
    assert refused(iam.attach_role_policy, RoleName=role, PolicyArn=arns[10]) == (
        "LimitExceeded: Cannot exceed quota for PoliciesPerRole: 10"
    )


def test_a_user_has_two_access_keys(iam):
    user = f"user-{uuid.uuid4().hex[:8]}"
    iam.create_user(UserName=user)
    iam.create_access_key(UserName=user)
    iam.create_access_key(UserName=user)
    assert refused(iam.create_access_key, UserName=user) == (
        "LimitExceeded: Cannot exceed quota for AccessKeysPerUser: 2"
    )


def test_a_trusted_role_exists(iam, role):
    missing, existing = (f"arn:aws:iam::{HOME}:role/{name}" for name in ("missing", role))
    request = {"RoleName": f"role-{uuid.uuid4().hex[:12]}"}
    policy = document({**TRUST, "Principal": {"AWS": missing}})
    assert refused(iam.create_role, **request, AssumeRolePolicyDocument=policy) == (
        f'MalformedPolicyDocument: Invalid principal in policy: "AWS":"{missing}"'
    )
    principals = [existing, f"arn:aws:iam::{HOME}:root", HOME, "arn:aws:iam::210987654321:role/theirs"]
    iam.create_role(**request, AssumeRolePolicyDocument=document({**TRUST, "Principal": {"AWS": principals}}))
