"""The security groups of a Spark cluster and of the EMR Studio that works on it.

EMR adds missing rules to the groups of a cluster. Those rules refer to the other groups, so that none can be deleted.
So every rule is here, exactly as EMR would write it (Amazon EMR Management Guide, "Working with Amazon EMR-managed
security groups"), as a resource that is deleted with the stack.
"""

from __future__ import annotations

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from launchpad.settings import EnvironmentSettings
from stacks.base.job_network import JobNetwork
from stacks.constructs.security_groups import allow, https_anywhere, https_to_prefix_list, security_group

BETWEEN_NODES = {"Tcp": ("tcp", (0, 65535)), "Udp": ("udp", (0, 65535)), "Icmp": ("icmp", (-1, -1))}
"""EMR writes three rules instead of one for all protocols."""
TO_NODES, FROM_NODES = (8443, 8443), (9443, 9443)
"""The ports between EMR's managers and the nodes in a private subnet, in both directions."""
NOTEBOOK_KERNELS = (18888, 18888)
"""The port on which a cluster serves the kernels of an EMR Studio's workspaces."""


class SparkNetwork(Construct):
    """The ids of the groups. Resources that use them depend on `rules`, because EMR would add missing rules itself."""

    def __init__(self, scope: Construct, name: str, *, network: JobNetwork, settings: EnvironmentSettings) -> None:
        super().__init__(scope, name)
        self._vpc_id = network.vpc_id
        self._settings = settings
        self.primary = self._group("Primary", "Primary node of the Spark cluster", outside=True)
        self.core = self._group("Core", "Core nodes of the Spark cluster", outside=True)
        self.service = self._group("Service", "EMR, which manages the Spark cluster")
        self.engine = self._group("Engine", "Spark cluster, for the workspaces of the EMR Studio")
        self.workspace = self._group("Workspace", "Workspaces of the EMR Studio", outside=self._clones)
        self.rules = Construct(self, "Rules")
        self._add_rules(network.endpoint_security_group_id)

    @property
    def of_the_cluster(self) -> tuple[str, ...]:
        """The groups of the instances that EMR starts."""
        return (self.primary, self.core, self.service)

    @property
    def of_the_studio(self) -> tuple[str, ...]:
        """The groups of the network interfaces that EMR Studio creates."""
        return (self.engine, self.workspace)

    @property
    def _clones(self) -> bool:
        return bool(self._settings.spark and self._settings.spark.repository)

    def _group(self, name: str, description: str, *, outside: bool = False) -> str:
        egress = [self._https_outside()] if outside else []
        group = security_group(self, name, vpc_id=self._vpc_id, description=description, egress=egress)
        return group.attr_group_id

    def _https_outside(self) -> ec2.CfnSecurityGroup.EgressProperty:
        network = self._settings.network
        if network.s3_prefix_list:
            return https_to_prefix_list(network.s3_prefix_list)
        return https_anywhere("S3, Git where the config names a repository, and where else the routes lead")

    def _add_rules(self, endpoints: str | None) -> None:
        nodes = {"Primary": self.primary, "Core": self.core}
        for source, source_id in nodes.items():
            for target, target_id in nodes.items():
                for name, (protocol, ports) in BETWEEN_NODES.items():
                    allow(
                        self.rules,
                        f"{source}To{target}{name}",
                        source_id,
                        target_id,
                        "Between the nodes",
                        protocol=protocol,
                        ports=ports,
                    )
            allow(self.rules, f"ServiceTo{source}", self.service, source_id, "EMR to the nodes", ports=TO_NODES)
            allow(self.rules, f"{source}ToService", source_id, self.service, "Nodes to EMR", ports=FROM_NODES)
            if endpoints:
                allow(self.rules, f"{source}ToEndpoints", source_id, endpoints, "HTTPS to AWS services")
        allow(self.rules, "WorkspaceToEngine", self.workspace, self.engine, "Notebook kernels", ports=NOTEBOOK_KERNELS)
