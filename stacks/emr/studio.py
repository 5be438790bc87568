"""An EMR Studio: notebooks on the Spark cluster, for people who sign in with IAM.

People create workspaces, and link Git repositories to them, in the Studio: neither CloudFormation nor EMR's API can.
The stack opens the network to the repository, and has its address as an output.
"""

from __future__ import annotations

from collections.abc import Iterator

import aws_cdk as cdk
from aws_cdk import aws_emr as emr
from aws_cdk import aws_iam as iam
from constructs import Construct

from launchpad.settings import SparkSettings
from stacks.base.job_network import JobNetwork
from stacks.base.platform_stack import PlatformStack
from stacks.base.storage import Storage
from stacks.emr.network import SparkNetwork
from stacks.emr.statements import (
    EMR_TAG,
    REQUESTED,
    TAGGED,
    change_rules,
    emr_principal,
    encrypt,
    group_arns,
    made_by_emr,
    tag_while_making,
)
from stacks.permissions.inline_policies import attach_default
from stacks.permissions.policies import Statement, statement

PREFIX = "emr-studio/"
MOST_SUBNETS = 5
LOOK = [
    f"ec2:Describe{what}" for what in ("Instances", "NetworkInterfaces", "SecurityGroups", "Subnets", "Tags", "Vpcs")
]


class EmrStudio(Construct):
    """The Studio and its role; `studio` is the resource."""

    def __init__(
        self,
        scope: PlatformStack,
        name: str,
        *,
        settings: SparkSettings,
        storage: Storage,
        network: JobNetwork,
        groups: SparkNetwork,
    ) -> None:
        super().__init__(scope, name)
        self._stack = scope
        self._storage = storage
        role = iam.Role(self, "Role", assumed_by=emr_principal(scope), description="EMR Studio")
        permissions = attach_default(
            role, (*self._connect(network, groups), *self._keep_notebooks(), *_clone(scope, settings))
        )
        self.studio = emr.CfnStudio(
            self,
            "Studio",
            auth_mode="IAM",
            name=f"launchpad-{scope.settings.name}",
            description=f"Notebooks on the Spark cluster of {scope.settings.name}",
            vpc_id=network.vpc_id,
            subnet_ids=list(network.subnet_ids[:MOST_SUBNETS]),
            engine_security_group_id=groups.engine,
            workspace_security_group_id=groups.workspace,
            service_role=role.role_arn,
            default_s3_location=f"s3://{storage.data_bucket}/{PREFIX}",
            encryption_key_arn=storage.key_arn,
            tags=[cdk.CfnTag(key=EMR_TAG, value="true")],
        )
        self.studio.node.add_dependency(groups.rules, permissions)

    def _connect(self, network: JobNetwork, groups: SparkNetwork) -> Iterator[Statement]:
        """Describe clusters, and put workspaces into the network. EC2's Describe actions take no resources."""
        stack, interfaces = self._stack, made_by_emr(self._stack, "network-interface")
        cluster = stack.arn("elasticmapreduce", "cluster/*")
        describe = [f"elasticmapreduce:{action}" for action in ("DescribeCluster", "ListInstances", "ListSteps")]
        yield statement(describe, [cluster])
        locations = [*network.subnet_arns, *group_arns(stack, groups.of_the_studio)]
        yield statement(["ec2:CreateNetworkInterface"], locations)
        yield statement(["ec2:CreateNetworkInterface"], interfaces, REQUESTED)
        yield tag_while_making(stack, ["CreateNetworkInterface"], "network-interface")
        yield statement(
            [
                "ec2:CreateNetworkInterfacePermission",
                "ec2:DeleteNetworkInterface",
                "ec2:DeleteNetworkInterfacePermission",
            ],
            interfaces,
            TAGGED,
        )
        # It puts the engine's group on the cluster's interfaces. AWS requires this permission without a condition.
        attached = made_by_emr(stack, "instance", "network-interface", "security-group")
        yield statement(["ec2:ModifyNetworkInterfaceAttribute"], attached)
        yield change_rules(stack, groups.of_the_studio)
        yield statement(LOOK, ["*"])

    def _keep_notebooks(self) -> Iterator[Statement]:
        bucket = self._storage.data_arn
        yield statement(["s3:DeleteObject", "s3:GetObject", "s3:PutObject"], [f"{bucket}/{PREFIX}*"])
        yield statement(["s3:GetEncryptionConfiguration", "s3:ListBucket"], [bucket])
        yield encrypt(self._storage.key_arn)


def _clone(stack: PlatformStack, settings: SparkSettings) -> Iterator[Statement]:
    """Read the secret of a private repository. The secret needs EMR's tag."""
    if settings.repository:
        secrets = stack.arn("secretsmanager", "secret:*")
        yield statement(["secretsmanager:GetSecretValue"], [secrets], TAGGED)
