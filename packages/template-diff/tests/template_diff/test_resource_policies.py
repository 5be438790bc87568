"""Trust policies, and the policies of buckets, keys, queues, topics and other resources."""

from __future__ import annotations

from typing import Any

import pytest

from template_diff.model import ExitCode, Respect
from tests.template_diff.pairs import Statement, allow, deny, difference, resource, widened


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
    account, role = trust({"AWS": ACCOUNT}), trust({"AWS": f"arn:aws:iam::{ACCOUNT}:role/a"})
    assert len(widened(difference(account, role))) == len(widened(difference(role, account))) == 1


def test_the_spellings_of_an_account_are_one_principal() -> None:
    assert difference(trust({"AWS": ACCOUNT}), trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"})).permissions == ()


def bucket_with(*statements: Statement) -> dict[str, Any]:
    document = {"PolicyDocument": {"Statement": list(statements)}, "Bucket": {"Ref": "Bucket"}}
    return {"Bucket": resource("S3::Bucket"), "Policy": resource("S3::BucketPolicy", document)}


PLAIN_TEXT = deny(Principal="*", Condition={"Bool": {"aws:SecureTransport": "false"}})


def test_a_bucket_policy_removed_with_its_deny_is_more() -> None:
    comparison = difference(bucket_with(PLAIN_TEXT), {"Bucket": resource("S3::Bucket")})
    (change,) = widened(comparison)
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


def test_a_new_policy_for_an_existing_bucket_counts_as_widened() -> None:
    comparison = difference({"Bucket": resource("S3::Bucket")}, bucket_with(allow(Principal="*")))
    assert [change.new_holder for change in widened(comparison)] == [False]


def test_a_new_resource_that_only_denies_widens_nothing() -> None:
    assert difference({}, bucket_with(PLAIN_TEXT)).exit_code is ExitCode.SAFE


def test_an_endpoint_that_gets_a_policy_permits_nothing_more() -> None:
    bare, all_of_it = resource("EC2::VPCEndpoint"), {"Statement": [allow("*", "*", Principal="*")]}
    with_policy = resource("EC2::VPCEndpoint", {"PolicyDocument": all_of_it})
    assert difference({"E": bare}, {"E": with_policy}).permissions == ()
