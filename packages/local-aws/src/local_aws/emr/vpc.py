"""A cluster's effects on its VPC: network interfaces, and the rules that EMR adds to its managed security groups.

EMR adds every missing rule, and never removes it. The groups then refer to each other and can't be deleted, unless the
template has the same rules as separate resources: then nothing is missing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from local_aws.api.service import Scope
from local_aws.context import Context
from local_aws.protocols import VpcNetwork

BETWEEN_NODES = (("tcp", 0, 65535), ("udp", 0, 65535), ("icmp", -1, -1))
TO_NODES, FROM_NODES = ("tcp", 8443, 8443), ("tcp", 9443, 9443)
"""EMR's managers and the nodes of a private subnet reach each other on these ports."""


NO_ROUTE = (
    "The VPC/subnet configuration was invalid: No route to any external sources detected in Route Table for Subnet: {} "
    "({})"
)
"""EMR's words for a subnet without a way to S3, as users quote them, and ours for what is missing."""
NODES_GROUPS = (
    *("EmrManagedMasterSecurityGroup", "EmrManagedSlaveSecurityGroup"),
    *("AdditionalMasterSecurityGroups", "AdditionalSlaveSecurityGroups"),
)


def nodes_network(instances: dict[str, Any]) -> VpcNetwork | None:
    """The network of a cluster's nodes. None without a subnet, or without groups, which EMR would create on AWS."""
    subnets = [instances["Ec2SubnetId"]] if "Ec2SubnetId" in instances else instances.get("Ec2SubnetIds", ())
    named = [instances.get(name) or [] for name in NODES_GROUPS]
    groups = [group for entry in named for group in ([entry] if isinstance(entry, str) else entry)]
    if not subnets or not groups:
        return None
    return VpcNetwork(tuple(subnets[:1]), tuple(dict.fromkeys(groups)), public=True)


class ClusterNetwork:
    """One cluster's network; for threads only."""

    def __init__(self, context: Context, scope: Scope, cluster: str, interfaces: Iterable[str] = ()) -> None:
        self._context, self._scope, self._cluster = context, scope, cluster
        self.interfaces = list(interfaces)

    def enter(self, instances: dict[str, Any], groups: list[dict[str, Any]]) -> None:
        """Add the rules, then an interface per instance. Raises if the subnet or a group does not exist."""
        subnet = instances.get("Ec2SubnetId") or next(iter(instances.get("Ec2SubnetIds", ())), None)
        primary, core = (instances.get(f"EmrManaged{name}SecurityGroup") for name in ("Master", "Slave"))
        if subnet is None:
            return
        self._check(subnet, [group for group in (primary, core) if group])
        if (vpc := nodes_network(instances)) and (
            missing := self._context.emulator.networks.missing(self._scope, vpc, "s3")
        ):
            raise RuntimeError(NO_ROUTE.format(subnet, missing))
        if primary and core:
            self._add_rules(primary, core, instances.get("ServiceAccessSecurityGroup"))
        for group in groups:
            managed = primary if group["InstanceGroupType"] == "MASTER" else core
            for _ in range(group["RequestedInstanceCount"]):
                self._add_interface(subnet, managed)

    def leave(self) -> None:
        """Remove the interfaces, but keep the rules."""
        while self.interfaces:
            self._ec2.delete_network_interface(NetworkInterfaceId=self.interfaces.pop())

    @property
    def _ec2(self) -> Any:
        return self._context.client("ec2", self._scope, None)

    def _check(self, subnet: str, groups: list[str]) -> None:
        if not self._ec2.describe_subnets(Filters=[{"Name": "subnet-id", "Values": [subnet]}])["Subnets"]:
            raise RuntimeError(f"The subnet ID '{subnet}' does not exist")
        existing = self._ec2.describe_security_groups()["SecurityGroups"] if groups else []
        if missing := set(groups) - {group["GroupId"] for group in existing}:
            raise RuntimeError(f"The security group '{min(missing)}' does not exist")

    def _add_rules(self, primary: str, core: str, service: str | None) -> None:
        for target in (primary, core):
            for source in (primary, core):
                self._admit(target, source, BETWEEN_NODES)
            if service:
                self._admit(target, service, (TO_NODES,))
                self._let_out(service, target, TO_NODES)
        if service:
            self._admit(service, primary, (FROM_NODES,))

    def _admit(self, target: str, source: str, rules: tuple[tuple[str, int, int], ...]) -> None:
        permissions = [_permission(source, rule) for rule in rules]
        self._ec2.authorize_security_group_ingress(GroupId=target, IpPermissions=permissions)

    def _let_out(self, source: str, target: str, rule: tuple[str, int, int]) -> None:
        self._ec2.authorize_security_group_egress(GroupId=source, IpPermissions=[_permission(target, rule)])

    def _add_interface(self, subnet: str, group: str | None) -> None:
        groups = {"Groups": [group]} if group else {}
        description = f"Instance of EMR cluster {self._cluster}"
        created = self._ec2.create_network_interface(SubnetId=subnet, Description=description, **groups)
        self.interfaces.append(created["NetworkInterface"]["NetworkInterfaceId"])


def _permission(group: str, rule: tuple[str, int, int]) -> dict[str, Any]:
    protocol, first, last = rule
    pair = [{"GroupId": group}]
    return {"IpProtocol": protocol, "FromPort": first, "ToPort": last, "UserIdGroupPairs": pair}
