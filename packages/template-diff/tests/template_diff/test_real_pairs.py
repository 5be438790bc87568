"""Real edits of real CDK apps: what the report makes of the templates that the CDK writes."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs

from template_diff.compare import compare
from template_diff.dangers import dangers
from template_diff.grouping import by_environments
from template_diff.model import Action, Difference, ExitCode, Respect
from tests.template_diff.pairs import narrowed, real_difference, synthesized, widened

DESTROY = cdk.RemovalPolicy.DESTROY


def by_action(comparison: Difference, action: Action) -> list[str]:
    return [change.resource_type for change in comparison.resources if change.action is action]


def role(stack: cdk.Stack, **more: Any) -> iam.Role:
    return iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"), **more)


def test_the_same_app_twice_does_not_differ() -> None:
    def app(stack: cdk.Stack) -> None:
        key = kms.Key(stack, "Key")
        s3.Bucket(stack, "Data", encryption_key=key, enforce_ssl=True).grant_read(role(stack))

    comparison = real_difference(app, app)
    assert (comparison.resources, comparison.permissions, comparison.network) == ((), (), ())


def test_a_renamed_construct_leaves_its_bucket_and_moves_its_policy() -> None:
    def app(name: str) -> Any:
        def build(stack: cdk.Stack) -> None:
            s3.Bucket(stack, name, enforce_ssl=True, removal_policy=DESTROY).grant_read(role(stack))

        return build

    comparison = real_difference(app("Data"), app("Datasets"))
    assert sorted(by_action(comparison, Action.RENAMED)) == ["AWS::S3::Bucket", "AWS::S3::BucketPolicy"]
    assert comparison.permissions == ()
    assert [danger.kind for _, danger in dangers(comparison)] == ["Leaves data behind", "Replaces"]
    assert comparison.exit_code is ExitCode.SAFE


def test_a_bucket_that_the_cdk_retains_by_default_is_left_behind() -> None:
    comparison = real_difference(lambda stack: s3.Bucket(stack, "Data"), lambda _: None)
    assert by_action(comparison, Action.REMOVED) == ["AWS::S3::Bucket"]
    assert [danger.kind for _, danger in dangers(comparison)] == ["Leaves data behind"]
    assert comparison.exit_code is ExitCode.SAFE


def test_another_key_replaces_the_notebook_and_loses_its_volume() -> None:
    def app(name: str) -> Any:
        def build(stack: cdk.Stack) -> None:
            keys = {key_id: kms.Key(stack, key_id) for key_id in ("Old", "New")}
            sagemaker.CfnNotebookInstance(
                stack,
                "Notebook",
                instance_type="ml.t3.medium",
                role_arn=role(stack).role_arn,
                kms_key_id=keys[name].key_id,
            )

        return build

    comparison = real_difference(app("Old"), app("New"))
    (change,) = comparison.resources
    assert (change.action, change.causes, change.loses_data) == (Action.REPLACED, ("KmsKeyId",), True)


def studio(auth_mode: str) -> Any:
    def build(app: cdk.App) -> None:
        stage = cdk.Stage(app, "dev")
        domain = sagemaker.CfnDomain(
            cdk.Stack(stage, "studio"),
            "Domain",
            auth_mode=auth_mode,
            domain_name=f"studio-{auth_mode}",
            default_user_settings=sagemaker.CfnDomain.UserSettingsProperty(execution_role="role"),
        )
        users = cdk.Stack(stage, "users")
        sagemaker.CfnUserProfile(users, "Ada", domain_id=domain.attr_domain_id, user_profile_name="ada")

    return build


def test_a_replaced_domain_replaces_the_profiles_of_another_stack() -> None:
    comparison = compare(synthesized(studio("IAM")), synthesized(studio("SSO")))
    assert by_action(comparison, Action.REPLACED) == ["AWS::SageMaker::Domain", "AWS::SageMaker::UserProfile"]
    assert all(change.loses_data for change in comparison.resources)


def test_a_wider_grant_of_the_cdk_is_a_widened_policy() -> None:
    def app(grant: str) -> Any:
        def build(stack: cdk.Stack) -> None:
            getattr(s3.Bucket(stack, "Data"), grant)(role(stack))

        return build

    comparison = real_difference(app("grant_read"), app("grant_read_write"))
    assert {change.respect for change in widened(comparison)} == {Respect.ACTION}
    assert narrowed(comparison) == []
    back = real_difference(app("grant_read_write"), app("grant_read"))
    assert (widened(back), back.exit_code) == ([], ExitCode.SAFE)


def test_a_grant_on_a_key_widens_the_role() -> None:
    def app(granted: bool) -> Any:
        def build(stack: cdk.Stack) -> None:
            key, reader = kms.Key(stack, "Key"), role(stack)
            if granted:
                key.grant_decrypt(reader)

        return build

    comparison = real_difference(app(granted=False), app(granted=True))
    assert [(change.holder_type, change.grants.actions) for change in widened(comparison)] == [
        ("AWS::IAM::Role", ("kms:Decrypt",))
    ]


@pytest.mark.parametrize("kind", ["bucket", "queue", "topic", "key"])
def test_a_statement_in_a_real_resource_policy_widens_it(kind: str) -> None:
    def app(open_to_all: bool) -> Any:
        def build(stack: cdk.Stack) -> None:
            holder = {
                "bucket": lambda: s3.Bucket(stack, "It", enforce_ssl=True),
                "queue": lambda: sqs.Queue(stack, "It", enforce_ssl=True),
                "topic": lambda: sns.Topic(stack, "It", enforce_ssl=True),
                "key": lambda: kms.Key(stack, "It"),
            }[kind]()
            if open_to_all:
                service = {"bucket": "s3", "queue": "sqs", "topic": "sns", "key": "kms"}[kind]
                statement = iam.PolicyStatement(
                    principals=[iam.AnyPrincipal()], actions=[f"{service}:*"], resources=["*"]
                )
                holder.add_to_resource_policy(statement)

        return build

    comparison = real_difference(app(open_to_all=False), app(open_to_all=True))
    (change,) = widened(comparison)
    assert change.policy == f"{kind} policy"
    assert change.grants.principals == ("*",)
    assert comparison.exit_code is ExitCode.WIDENS_PERMISSIONS


def test_dropping_tls_only_widens_a_bucket() -> None:
    def app(enforce_ssl: bool) -> Any:
        return lambda stack: s3.Bucket(stack, "Data", enforce_ssl=enforce_ssl)

    comparison = real_difference(app(enforce_ssl=True), app(enforce_ssl=False))
    (change,) = widened(comparison)
    assert (change.denied, change.policy) == (True, "bucket policy")


def test_a_rule_with_a_lambda_target_grants_that_rule_only() -> None:
    def app(invoked: bool) -> Any:
        def build(stack: cdk.Stack) -> None:
            function = lambda_.Function(
                stack,
                "Function",
                runtime=lambda_.Runtime.PYTHON_3_13,
                handler="index.handler",
                code=lambda_.Code.from_inline("def handler(event, context): ..."),
            )
            rule = events.Rule(stack, "Rule", schedule=events.Schedule.rate(cdk.Duration.days(1)))
            if invoked:
                rule.add_target(targets.LambdaFunction(function))

        return build

    (change,) = widened(real_difference(app(invoked=False), app(invoked=True)))
    assert change.policy == "function policy"
    assert change.grants.principals == ("Service:events.amazonaws.com",)
    assert "aws:SourceArn" in change.grants.condition


def test_managed_policies_and_boundaries_of_real_roles_are_read() -> None:
    def app(**properties: Any) -> Any:
        return lambda stack: role(stack, **properties)

    managed = iam.ManagedPolicy.from_aws_managed_policy_name
    comparison = real_difference(app(), app(managed_policies=[managed("AdministratorAccess")]))
    assert [change.respect for change in widened(comparison)] == [Respect.ATTACHMENT]

    def bounded(stack: cdk.Stack) -> None:
        boundary = iam.ManagedPolicy(
            stack, "Boundary", statements=[iam.PolicyStatement(actions=["s3:*"], resources=["*"])]
        )
        role(stack, permissions_boundary=boundary)

    assert Respect.BOUNDARY in [change.respect for change in widened(real_difference(bounded, app()))]
    assert widened(real_difference(app(), bounded)) == []


def network(open_to: str | None, **more: Any) -> Any:
    def build(stack: cdk.Stack) -> None:
        vpc = ec2.Vpc.from_vpc_attributes(stack, "Vpc", vpc_id="vpc-1", availability_zones=["a"])
        group = ec2.SecurityGroup(stack, "Group", vpc=vpc, **more)
        other = ec2.SecurityGroup(stack, "Other", vpc=vpc)
        if open_to:
            group.add_ingress_rule(ec2.Peer.ipv4(open_to), ec2.Port.tcp(22))
            group.connections.allow_from(other, ec2.Port.tcp(443))

    return build


def test_rules_in_groups_and_of_their_own_open_the_network() -> None:
    comparison = real_difference(network(None), network("0.0.0.0/0"))
    rules = [change.rule for change in comparison.network if change.opened]
    assert rules[0] == "tcp 22 from 0.0.0.0/0"
    assert rules[1].startswith("tcp 443 from ")
    assert len(rules) == 2


def test_allowing_all_outbound_opens_egress() -> None:
    comparison = real_difference(network(None, allow_all_outbound=False), network(None))
    assert [(change.direction, change.rule) for change in comparison.network if change.opened] == [
        ("egress", "all traffic to 0.0.0.0/0")
    ]


def test_the_same_edit_in_several_environments_is_one_danger() -> None:
    def app(name: str) -> Any:
        def build(app: cdk.App) -> None:
            for environment in ("prod", "dev"):
                stack = cdk.Stack(cdk.Stage(app, environment), "storage")
                retained = cdk.RemovalPolicy.RETAIN if environment == "prod" else DESTROY
                logs.LogGroup(stack, "Logs", log_group_name=f"/{environment}/{name}", removal_policy=retained)
                logs.LogGroup(stack, "More", log_group_name=f"/{environment}/{name}/more", removal_policy=DESTROY)

        return build

    comparison = compare(synthesized(app("a")), synthesized(app("b")))
    grouped = [
        (environments, danger.kind, danger.logical_id[:4])
        for environments, danger in by_environments(dangers(comparison))
    ]
    assert grouped == [
        (("dev",), "Loses data", "Logs"),
        (("dev", "prod"), "Loses data", "More"),
        (("prod",), "Leaves data behind", "Logs"),
    ]
