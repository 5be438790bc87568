"""Which policy changes permit more, and which permit less."""

from __future__ import annotations

from typing import Any

import pytest

from launchpad.diff.compare import compare
from launchpad.diff.model import ExitCode, Respect
from tests.unit.diff.pairs import difference, narrowed, resource, template, widened

Statement = dict[str, Any]
TRUST = {
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}]
}
ARN = "arn:aws:s3:::data"


def allow(action: Any = "s3:GetObject", on: Any = ARN, **more: Any) -> Statement:
    return {"Effect": "Allow", "Action": action, "Resource": on, **more}


def deny(action: Any = "s3:*", on: Any = ARN, **more: Any) -> Statement:
    return {"Effect": "Deny", "Action": action, "Resource": on, **more}


def role(*statements: Statement, **properties: Any) -> dict[str, Any]:
    policies = [{"PolicyName": "p", "PolicyDocument": {"Statement": list(statements)}}] if statements else []
    return resource("IAM::Role", {"AssumeRolePolicyDocument": TRUST, "Policies": policies, **properties})


def compared(old: list[Statement], new: list[Statement]) -> Any:
    return difference({"Role": role(*old)}, {"Role": role(*new)})


TLS = {"Condition": {"Bool": {"aws:SecureTransport": "true"}}}
NETWORK = {"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}

WIDENINGS: dict[str, tuple[list[Statement], list[Statement], Respect]] = {
    "an action more": ([allow("s3:GetObject")], [allow(["s3:GetObject", "s3:PutObject"])], Respect.ACTION),
    "an action of another service": ([allow()], [allow(), allow("kms:Decrypt", "*")], Respect.ALL),
    "a wildcard for an action": ([allow("s3:GetObject")], [allow("s3:Get*")], Respect.ACTION),
    "a question mark for a letter": ([allow("s3:GetObject")], [allow("s3:GetObjec?")], Respect.ACTION),
    "all actions": ([allow("s3:*")], [allow("*")], Respect.ACTION),
    "a resource more": ([allow(on=ARN)], [allow(on=[ARN, "arn:aws:s3:::other"])], Respect.RESOURCE),
    "a wildcard for a resource": ([allow(on=f"{ARN}/a/*")], [allow(on=f"{ARN}/*")], Respect.RESOURCE),
    "all resources": ([allow(on=ARN)], [allow(on="*")], Respect.RESOURCE),
    "a condition removed": ([allow(**TLS)], [allow()], Respect.CONDITION),
    "a condition's value more": (
        [allow(Condition={"StringEquals": {"aws:SourceAccount": "1"}})],
        [allow(Condition={"StringEquals": {"aws:SourceAccount": ["1", "2"]}})],
        Respect.CONDITION,
    ),
    "a condition's negated value less": (
        [allow(Condition={"StringNotEquals": {"aws:SourceAccount": ["1", "2"]}})],
        [allow(Condition={"StringNotEquals": {"aws:SourceAccount": ["1"]}})],
        Respect.CONDITION,
    ),
    "a condition by pattern instead of by value": (
        [allow(Condition={"StringEquals": {"aws:PrincipalArn": "a"}})],
        [allow(Condition={"StringLike": {"aws:PrincipalArn": "a*"}})],
        Respect.CONDITION,
    ),
    "a condition only if the key exists": (
        [allow(Condition={"StringEquals": {"aws:SourceVpc": "v"}})],
        [allow(Condition={"StringEqualsIfExists": {"aws:SourceVpc": "v"}})],
        Respect.CONDITION,
    ),
    "a wider network": (
        [allow(**NETWORK)],
        [allow(Condition={"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}})],
        Respect.CONDITION,
    ),
    "a deny removed": ([allow(), deny()], [allow()], Respect.ALL),
    "a deny's action less": (
        [deny(["s3:Put*", "s3:Delete*"])],
        [deny("s3:Put*")],
        Respect.ACTION,
    ),
    "a deny's resource less": ([deny(on="*")], [deny(on=ARN)], Respect.RESOURCE),
    "a deny under a condition": ([deny()], [deny(**TLS)], Respect.CONDITION),
    "an exception less in NotAction": (
        [{"Effect": "Allow", "NotAction": ["iam:*", "kms:*"], "Resource": "*"}],
        [{"Effect": "Allow", "NotAction": ["iam:*"], "Resource": "*"}],
        Respect.ACTION,
    ),
    "NotAction for an action": (
        [allow("s3:*", "*")],
        [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}],
        Respect.ACTION,
    ),
    "an exception less in NotResource": (
        [{"Effect": "Allow", "Action": "s3:*", "NotResource": [ARN, f"{ARN}/*"]}],
        [{"Effect": "Allow", "Action": "s3:*", "NotResource": [ARN]}],
        Respect.RESOURCE,
    ),
    "an exception more in a deny's NotAction": (
        [{"Effect": "Deny", "NotAction": ["s3:*"], "Resource": "*"}],
        [{"Effect": "Deny", "NotAction": ["s3:*", "kms:*"], "Resource": "*"}],
        Respect.ACTION,
    ),
}


@pytest.mark.parametrize("case", WIDENINGS)
def test_permits_more(case: str) -> None:
    old, new, respect = WIDENINGS[case]
    found = compared(old, new)
    assert [change.respect for change in widened(found)] == [respect]
    assert narrowed(found) == []
    assert found.exit_code is ExitCode.WIDENS_PERMISSIONS


@pytest.mark.parametrize("case", WIDENINGS)
def test_permits_less_the_other_way_round(case: str) -> None:
    new, old, respect = WIDENINGS[case]
    found = compared(old, new)
    assert [change.respect for change in narrowed(found)] == [respect]
    assert widened(found) == []
    assert found.exit_code is ExitCode.SAFE


def test_conditions_that_can_not_be_compared_permit_both_more_and_less() -> None:
    old, new = ([allow(Condition={"StringEquals": {key: "v"}})] for key in ("aws:SourceVpc", "aws:SourceVpce"))
    found = compared(old, new)
    assert [change.respect for change in widened(found)] == [Respect.CONDITION]
    assert [change.respect for change in narrowed(found)] == [Respect.CONDITION]


EQUAL: dict[str, tuple[list[Statement], list[Statement]]] = {
    "statements split": (
        [allow(["s3:GetObject", "s3:PutObject"], [ARN, "b"])],
        [allow("s3:GetObject", ARN), allow("s3:PutObject", ARN), allow(["s3:PutObject", "s3:GetObject"], "b")],
    ),
    "Sid and order": ([allow(), deny("s3:Put*")], [deny("s3:Put*", Sid="No"), allow(Sid="Yes")]),
    "case of an action": ([allow("s3:getobject")], [allow("s3:GetObject")]),
    "a list of one": ([allow("s3:GetObject", ARN)], [allow(["s3:GetObject"], [ARN])]),
    "a statement that another contains": ([allow("s3:*", "*")], [allow("s3:*", "*"), allow("s3:GetObject", ARN)]),
    "case of a condition's key": (
        [allow(Condition={"Bool": {"aws:SecureTransport": "true"}})],
        [allow(Condition={"Bool": {"aws:securetransport": True}})],
    ),
    "an action that NotAction allowed": (
        [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}],
        [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, allow("s3:GetObject")],
    ),
}


@pytest.mark.parametrize("case", EQUAL)
def test_permits_the_same(case: str) -> None:
    found = compared(*EQUAL[case])
    assert found.permissions == ()
    assert found.exit_code is ExitCode.SAFE


def test_an_action_that_not_action_left_out_is_more() -> None:
    both = {"Effect": "Allow", "NotAction": ["iam:*"], "Resource": "*"}
    assert [change.grants.actions for change in widened(compared([both], [both, allow("iam:Pass*", "*")]))] == [
        ("iam:Pass*",)
    ]


def test_what_was_permitted_instead_is_named() -> None:
    (change,) = widened(compared([allow("s3:GetObject")], [allow("s3:Get*")]))
    assert (change.instead, change.grants.actions, change.grants.resources) == (("s3:GetObject",), ("s3:Get*",), (ARN,))


def test_one_edit_of_many_actions_and_resources_is_one_finding() -> None:
    old = [allow(["s3:GetObject", "s3:ListBucket"], ["a", "b", "c"])]
    new = [allow(["s3:GetObject", "s3:ListBucket", "s3:PutObject", "s3:DeleteObject"], ["a", "b", "c"])]
    (change,) = widened(compared(old, new))
    assert change.grants.actions == ("s3:DeleteObject", "s3:PutObject")
    assert change.grants.resources == ("a", "b", "c")


def policy(kind: str, *statements: Statement, **properties: Any) -> dict[str, Any]:
    return resource(kind, {"PolicyDocument": {"Statement": list(statements)}, **properties})


ROLES = [{"Ref": "Role"}]


@pytest.mark.parametrize("kind", ["IAM::Policy", "IAM::ManagedPolicy"])
def test_a_policy_of_its_own_counts_for_the_role_that_has_it(kind: str) -> None:
    old, new = ({"Role": role(), "P": policy(kind, allow(action), Roles=ROLES)} for action in ("s3:GetObject", "s3:*"))
    (change,) = widened(difference(old, new))
    assert (change.holder.logical_id, change.policy) == ("Role", "identity policy")


def test_a_statement_that_moves_between_a_roles_policies_changes_nothing() -> None:
    places = [
        {"Role": role(allow())},
        {"Role": role(), "P": policy("IAM::Policy", allow(), Roles=ROLES)},
        {"Role": role(), "P": policy("IAM::ManagedPolicy", allow(), Roles=ROLES)},
        {"Role": role(ManagedPolicyArns=[{"Ref": "P"}]), "P": policy("IAM::ManagedPolicy", allow())},
        {"Role": role(), "P": policy("IAM::RolePolicy", allow(), RoleName={"Ref": "Role"})},
    ]
    for old in places:
        for new in places:
            assert difference(old, new).permissions == ()


def test_a_managed_policy_that_nothing_attaches_is_a_holder_itself() -> None:
    old, new = ({"P": policy("IAM::ManagedPolicy", allow(action))} for action in ("s3:GetObject", "s3:*"))
    (change,) = widened(difference(old, new))
    assert change.holder.logical_id == "P"


def test_a_policy_of_another_stack_counts_for_the_role() -> None:
    def app(action: str) -> dict:
        return {
            ("dev", "access"): template(
                {"Role": role()}, Outputs={"R": {"Value": {"Ref": "Role"}, "Export": {"Name": "dev-role"}}}
            ),
            ("dev", "jobs"): template(
                {"P": policy("IAM::Policy", allow(action), Roles=[{"Fn::ImportValue": "dev-role"}])}
            ),
        }

    (change,) = widened(compare(app("s3:GetObject"), app("s3:*")))
    assert (change.holder.stack, change.holder.logical_id) == ("access", "Role")


READ_ONLY, ADMIN = (f"arn:aws:iam::aws:policy/{name}" for name in ("AmazonS3ReadOnlyAccess", "AdministratorAccess"))


def test_attaching_a_managed_policy_is_more_and_detaching_it_less() -> None:
    few, many = {"Role": role(ManagedPolicyArns=[READ_ONLY])}, {"Role": role(ManagedPolicyArns=[READ_ONLY, ADMIN])}
    (more,) = widened(difference(few, many))
    assert (more.respect, more.grants.resources, more.instead) == (Respect.ATTACHMENT, (ADMIN,), (READ_ONLY,))
    (less,) = narrowed(difference(many, few))
    assert less.grants.resources == (ADMIN,)


def test_exchanging_a_managed_policy_is_more_and_less() -> None:
    found = difference({"Role": role(ManagedPolicyArns=[READ_ONLY])}, {"Role": role(ManagedPolicyArns=[ADMIN])})
    assert (len(widened(found)), len(narrowed(found))) == (1, 1)


def test_a_user_in_another_group_may_do_more() -> None:
    old, new = ({"U": resource("IAM::User", {"Groups": groups})} for groups in (["a"], ["a", "admins"]))
    assert [change.grants.resources for change in widened(difference(old, new))] == [("admins",)]


BOUND, UNBOUND = {"Role": role(PermissionsBoundary=READ_ONLY)}, {"Role": role()}


def test_a_permissions_boundary_removed_or_exchanged_is_more_and_added_is_less() -> None:
    other = {"Role": role(PermissionsBoundary=ADMIN)}
    assert [change.respect for change in widened(difference(BOUND, UNBOUND))] == [Respect.BOUNDARY]
    assert [change.respect for change in widened(difference(BOUND, other))] == [Respect.BOUNDARY]
    assert [change.respect for change in narrowed(difference(UNBOUND, BOUND))] == [Respect.BOUNDARY]
    assert widened(difference(UNBOUND, BOUND)) == []


def test_a_boundary_policy_that_allows_more_is_more() -> None:
    old, new = (
        {"Role": role(PermissionsBoundary={"Ref": "P"}), "P": policy("IAM::ManagedPolicy", allow(action))}
        for action in ("s3:*", "*")
    )
    (change,) = widened(difference(old, new))
    assert (change.holder.logical_id, change.policy) == ("P", "permissions boundary")


def trust(*principals: dict[str, Any], **more: Any) -> dict[str, Any]:
    statements = [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal, **more} for principal in principals
    ]
    return {"Role": resource("IAM::Role", {"AssumeRolePolicyDocument": {"Statement": statements}})}


LAMBDA, SAGEMAKER = {"Service": "lambda.amazonaws.com"}, {"Service": "sagemaker.amazonaws.com"}
ACCOUNT = "111122223333"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (trust(LAMBDA), trust(LAMBDA, SAGEMAKER)),
        (trust({"AWS": ACCOUNT}), trust({"AWS": "*"})),
        (trust({"AWS": ACCOUNT}), trust("*")),
        (trust({"AWS": ACCOUNT}), trust({"AWS": [ACCOUNT, "444455556666"]})),
        (
            trust({"Federated": "cognito"}, Condition={"StringEquals": {"aud": "pool"}}),
            trust({"Federated": "cognito"}),
        ),
    ],
)
def test_more_that_may_assume_a_role_is_a_widened_trust_policy(old: dict, new: dict) -> None:
    (change,) = widened(difference(old, new))
    assert change.policy == "trust policy"
    assert widened(difference(new, old)) == []


def test_an_account_and_a_role_in_it_are_two_principals() -> None:
    # Who is named in person needs no identity policy in that account, the others do
    account, one = trust({"AWS": ACCOUNT}), trust({"AWS": f"arn:aws:iam::{ACCOUNT}:role/a"})
    assert len(widened(difference(account, one))) == len(widened(difference(one, account))) == 1


def test_the_spellings_of_an_account_are_one_principal() -> None:
    assert difference(trust({"AWS": ACCOUNT}), trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"})).permissions == ()


def bucket_with(*statements: Statement) -> dict[str, Any]:
    document = {"PolicyDocument": {"Statement": list(statements)}, "Bucket": {"Ref": "Bucket"}}
    return {"Bucket": resource("S3::Bucket"), "Policy": resource("S3::BucketPolicy", document)}


PLAIN_TEXT = deny(Principal="*", Condition={"Bool": {"aws:SecureTransport": "false"}})


def test_a_bucket_policy_removed_with_its_deny_is_more() -> None:
    found = difference(bucket_with(PLAIN_TEXT), {"Bucket": resource("S3::Bucket")})
    (change,) = widened(found)
    assert (change.holder.logical_id, change.policy, change.denied) == ("Bucket", "bucket policy", True)


def test_a_deny_removed_together_with_its_bucket_is_not_more() -> None:
    assert difference(bucket_with(PLAIN_TEXT), {}).permissions == ()


IT = {"Ref": "It"}
WITHIN = {
    "key policy": ("KMS::Key", "KeyPolicy"),
    "repository policy": ("ECR::Repository", "RepositoryPolicyText"),
    "file system policy": ("EFS::FileSystem", "FileSystemPolicy"),
    "endpoint policy": ("EC2::VPCEndpoint", "PolicyDocument"),
    "model package group policy": ("SageMaker::ModelPackageGroup", "ModelPackageGroupPolicy"),
}


def with_policy(kind: str, principals: list[str]) -> dict[str, Any]:
    document = {"Statement": [allow("*", "*", Principal={"AWS": principals})]}
    beside = {
        "bucket policy": ("S3::Bucket", "S3::BucketPolicy", {"Bucket": IT, "PolicyDocument": document}),
        "queue policy": ("SQS::Queue", "SQS::QueuePolicy", {"Queues": [IT], "PolicyDocument": document}),
        "topic policy": ("SNS::Topic", "SNS::TopicPolicy", {"Topics": [IT], "PolicyDocument": document}),
        "secret policy": (
            "SecretsManager::Secret",
            "SecretsManager::ResourcePolicy",
            {"SecretId": IT, "ResourcePolicy": document},
        ),
    }
    if kind in beside:
        holder, declared_by, properties = beside[kind]
        return {"It": resource(holder), "P": resource(declared_by, properties)}
    holder, member = WITHIN[kind]
    return {"It": resource(holder, {member: document})}


@pytest.mark.parametrize("kind", ["bucket policy", "queue policy", "topic policy", "secret policy", *WITHIN])
def test_a_principal_more_in_a_resource_policy_is_more(kind: str) -> None:
    old, new = with_policy(kind, [ACCOUNT]), with_policy(kind, [ACCOUNT, "444455556666"])
    (change,) = widened(difference(old, new))
    assert (change.holder.logical_id, change.policy, change.respect) == ("It", kind, Respect.PRINCIPAL)
    assert change.grants.principals == ("account:444455556666",)
    assert widened(difference(new, old)) == []


def test_a_policy_written_as_json_text_is_read() -> None:
    old, new = (
        {"It": resource("Logs::ResourcePolicy", {"PolicyDocument": f'{{"Statement": [{statement}]}}'})}
        for statement in (
            '{"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "a", "Principal": "*"}',
            '{"Effect": "Allow", "Action": "logs:*", "Resource": "a", "Principal": "*"}',
        )
    )
    assert [change.policy for change in widened(difference(old, new))] == ["log resource policy"]


def test_an_endpoint_without_its_policy_lets_everything_through() -> None:
    old = {"It": resource("EC2::VPCEndpoint", {"PolicyDocument": {"Statement": [allow(Principal="*")]}})}
    new = {"It": resource("EC2::VPCEndpoint")}
    assert [change.grants.actions for change in widened(difference(old, new))] == [("*",)]


def permission(**properties: Any) -> dict[str, Any]:
    invoke = {"Action": "lambda:InvokeFunction", "FunctionName": {"Fn::GetAtt": ["Function", "Arn"]}}
    return {
        "Function": resource("Lambda::Function"),
        "P": resource("Lambda::Permission", {**invoke, "Principal": "events.amazonaws.com", **properties}),
    }


def test_a_lambda_permission_without_its_source_is_a_weaker_condition() -> None:
    (change,) = widened(difference(permission(SourceArn="arn:aws:events:rule/x"), permission()))
    assert (change.holder.logical_id, change.policy, change.respect) == (
        "Function",
        "function policy",
        Respect.CONDITION,
    )


def test_what_a_new_role_may_do_counts_as_widened() -> None:
    found = difference({}, {"Role": role(allow())})
    assert {change.policy for change in widened(found)} == {"identity policy", "trust policy"}
    assert all(change.new_holder for change in found.permissions)
    assert found.exit_code is ExitCode.WIDENS_PERMISSIONS


def test_a_new_policy_for_an_existing_bucket_counts_as_widened() -> None:
    found = difference({"Bucket": resource("S3::Bucket")}, bucket_with(allow(Principal="*")))
    assert [change.new_holder for change in widened(found)] == [False]


def test_a_new_resource_that_only_denies_widens_nothing() -> None:
    assert difference({}, bucket_with(PLAIN_TEXT)).exit_code is ExitCode.SAFE


def test_a_new_endpoint_or_boundary_widens_nothing_since_it_only_limits() -> None:
    endpoint = {"E": resource("EC2::VPCEndpoint")}
    boundary = {"P": policy("IAM::ManagedPolicy", allow("*", "*")), "Role": role(PermissionsBoundary={"Ref": "P"})}
    assert difference({}, endpoint).exit_code is ExitCode.SAFE
    assert {change.policy for change in widened(difference({"Role": role()}, boundary))} == set()


def test_a_renamed_role_is_compared_with_itself() -> None:
    old = {"Old": role(), "P": policy("IAM::Policy", allow(), Roles=[{"Ref": "Old"}])}
    new = {"New": role(), "P": policy("IAM::Policy", allow(), Roles=[{"Ref": "New"}])}
    assert difference(old, new).permissions == ()
    new["P"] = policy("IAM::Policy", allow("s3:*"), Roles=[{"Ref": "New"}])
    assert [change.respect for change in widened(difference(old, new))] == [Respect.ACTION]


def test_a_statement_about_a_renamed_resource_is_compared_with_itself() -> None:
    def app(name: str) -> dict:
        bucket = resource("S3::Bucket", DeletionPolicy="Retain")
        return {name: bucket, "Role": role(allow(on={"Fn::Sub": f"${{{name}.Arn}}/*"}))}

    assert difference(app("Old"), app("New")).permissions == ()


def test_both_versions_of_a_conditional_statement_are_permitted() -> None:
    conditional = {"Fn::If": ["Wanted", allow("s3:*"), {"Ref": "AWS::NoValue"}]}
    found = compared([allow()], [allow(), conditional])
    assert [change.grants.actions for change in widened(found)] == [("s3:*",)]


def test_two_different_references_are_two_resources() -> None:
    old, new = ([allow(on={"Fn::GetAtt": [name, "Arn"]})] for name in ("A", "B"))
    found = compared(old, new)
    assert (len(widened(found)), len(narrowed(found))) == (1, 1)


def test_a_literal_wildcard_contains_a_reference_but_a_reference_contains_only_itself() -> None:
    reference = {"Fn::Sub": "arn:aws:s3:::${Bucket}/*"}
    assert widened(compared([allow(on="arn:aws:s3:::*")], [allow(on=reference)])) == []
    assert len(widened(compared([allow(on=reference)], [allow(on="arn:aws:s3:::*")]))) == 1
