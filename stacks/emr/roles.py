"""The roles of a Spark cluster: for EMR, for the nodes, and for the steps.

Steps use a separate role (an EMR runtime role), so that the nodes have no credentials for data, and the request to EMR
decides what a step may do. Managed scaling needs no role.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aws_cdk import aws_iam as iam
from constructs import Construct, IDependable

from launchpad.settings import SparkSettings
from stacks.base.job_network import JobNetwork
from stacks.base.platform_stack import PlatformStack
from stacks.base.storage import Storage
from stacks.emr.network import SparkNetwork
from stacks.emr.statements import (
    LOG_PREFIX,
    REQUESTED,
    TAGGED,
    change_rules,
    emr_principal,
    encrypt,
    group_arns,
    made_by_emr,
    tag_while_making,
)
from stacks.permissions import statements as allow
from stacks.permissions.inline_policies import attach_default
from stacks.permissions.policies import Statement, statement
from stacks.permissions.principals import allow_session_actions

LAUNCH = ["ec2:CreateFleet", "ec2:RunInstances"]
TEMPLATES = ["ec2:CreateLaunchTemplate", "ec2:CreateLaunchTemplateVersion"]
LOOK = [
    f"ec2:Describe{what}"
    for what in (
        "AccountAttributes",
        "CapacityReservations",
        "DhcpOptions",
        "Images",
        "InstanceTypeOfferings",
        "Instances",
        "LaunchTemplates",
        "NetworkAcls",
        "NetworkInterfaces",
        "PlacementGroups",
        "RouteTables",
        "SecurityGroups",
        "Subnets",
        "VolumeStatus",
        "Volumes",
        "VpcAttribute",
        "VpcEndpoints",
        "Vpcs",
    )
]
SESSION_ACTIONS = ("sts:SetSourceIdentity", "sts:TagSession")
"""A step's session carries the identity of the principal that submitted it, and EMR's tags."""


class SparkRoles(Construct):
    """`service`, `instance` (with the profile that EC2 requires) and `step`. A cluster depends on `permissions`."""

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
        self._settings = settings
        self._storage = storage
        self.permissions: list[IDependable] = []
        self.instance = self._role("Instance", iam.ServicePrincipal("ec2.amazonaws.com"), "Nodes of the Spark cluster")
        self.profile = iam.CfnInstanceProfile(self, "InstanceProfile", roles=[self.instance.role_name])
        nodes = iam.ArnPrincipal(self.instance.role_arn)
        self.step = self._role("Step", nodes, "Spark steps and notebooks on the cluster")
        allow_session_actions(self.step, nodes, *SESSION_ACTIONS)
        self._allow(self.step, self._step())
        self._allow(self.instance, self._instance())
        self.service = self._role("Service", emr_principal(scope), "EMR")
        self._allow(self.service, self._service(network, groups))

    def _role(self, name: str, principal: iam.IPrincipal, description: str) -> iam.Role:
        return iam.Role(self, name, assumed_by=principal, description=description)

    def _allow(self, role: iam.Role, statements: Iterable[Statement]) -> None:
        self.permissions.append(attach_default(role, statements))

    def _instance(self) -> Iterator[Statement]:
        """Fetch certificates, write logs, assume the role of a step. The nodes have no access to other data."""
        certificates = f"{self._storage.data_arn}/{self._settings.certificates}"
        yield statement(["s3:GetObject"], [certificates])
        yield allow.write_objects(self._storage.log_arn, LOG_PREFIX)
        yield statement(["sts:AssumeRole", *SESSION_ACTIONS], [self.step.role_arn])
        yield encrypt(self._storage.key_arn)

    def _step(self) -> Iterator[Statement]:
        """Read data, models and scripts, write data but no scripts. Spark also deletes: it moves what it wrote."""
        yield from allow.read_objects(self._storage.data_arn)
        yield from allow.read_objects(self._storage.model_arn)
        yield allow.write_objects(self._storage.data_arn)
        yield statement(["s3:DeleteObject"], [f"{self._storage.data_arn}/*"])
        yield allow.never_write(self._storage.data_arn, "code/")
        yield allow.use_key(self._storage.key_arn)

    def _service(self, network: JobNetwork, groups: SparkNetwork) -> Iterator[Statement]:
        """Start and end instances in these subnets and groups. EC2's Describe actions need `*`."""
        locations = [*network.subnet_arns, *group_arns(self._stack, groups.of_the_cluster)]
        yield statement(["ec2:CreateNetworkInterface", *LAUNCH, *TEMPLATES], locations)
        yield statement([*LAUNCH, *TEMPLATES], [*self._any("network-interface", "fleet"), self._machine_images()])
        yield from self._make_tagged()
        yield from self._manage_tagged()
        yield change_rules(self._stack, groups.of_the_cluster)
        yield statement(LOOK, ["*"])
        yield allow.pass_role(self.instance, "ec2.amazonaws.com")
        yield encrypt(self._storage.key_arn)
        yield statement(["kms:CreateGrant"], [self._storage.key_arn], {"Bool": {"kms:GrantIsForAWSResource": "true"}})

    def _make_tagged(self) -> Iterator[Statement]:
        yield statement(LAUNCH, self._any("instance", "volume"), REQUESTED)
        yield statement(["ec2:CreateNetworkInterface"], self._any("network-interface"), REQUESTED)
        yield statement(["ec2:CreateLaunchTemplate"], self._any("launch-template"), REQUESTED)
        yield tag_while_making(
            self._stack,
            ["RunInstances", "CreateFleet", "CreateLaunchTemplate", "CreateNetworkInterface"],
            "instance",
            "launch-template",
            "network-interface",
            "volume",
        )

    def _manage_tagged(self) -> Iterator[Statement]:
        yield statement([*LAUNCH, "ec2:CreateLaunchTemplateVersion"], self._any("launch-template"), TAGGED)
        yield statement(
            [
                "ec2:DeleteLaunchTemplate",
                "ec2:DeleteNetworkInterface",
                "ec2:ModifyInstanceAttribute",
                "ec2:TerminateInstances",
            ],
            self._any("instance", "launch-template", "network-interface"),
            TAGGED,
        )
        yield statement(
            ["ec2:CreateTags", "ec2:DeleteTags"], self._any("instance", "launch-template", "volume"), TAGGED
        )

    def _any(self, *kinds: str) -> list[str]:
        return made_by_emr(self._stack, *kinds)

    def _machine_images(self) -> str:
        """Return an ARN without an account, because EMR's images belong to AWS."""
        return self._stack.arn("ec2", "image/ami-*", account="")
