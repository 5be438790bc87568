"""The network: private subnets that reach AWS's services, and nothing else unless the config says so.

For an existing VPC, only its ids are known: this stack then adds the jobs' security group to it, and its owner manages
endpoints, routes and flow logs.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from launchpad.settings import EnvironmentSettings, ExistingNetwork
from stacks.base.job_network import JobNetwork
from stacks.base.platform_stack import PlatformStack
from stacks.base.storage import Storage
from stacks.constructs.flow_logs import FlowLogs
from stacks.constructs.isolated_vpc import IsolatedVpc
from stacks.constructs.security_groups import allow, https_anywhere, https_to_prefix_list, security_group
from stacks.constructs.vpc_endpoints import add_gateway_endpoint, add_interface_endpoints


class NetworkStack(PlatformStack):
    """The VPC and its security groups; `jobs` is what the other stacks get."""

    jobs: JobNetwork

    def __init__(
        self,
        scope: Construct,
        settings: EnvironmentSettings,
        *,
        storage: Storage,
        external_inputs: Sequence[str],
        services: Collection[str],
    ) -> None:
        """`external_inputs` are what jobs read in other buckets, as `bucket/key`; `services` get private endpoints."""
        super().__init__(scope, settings, "network", "Private network of jobs, endpoints and notebooks")
        existing = settings.network.existing
        self._services = services
        self.jobs = (
            self._existing_network(existing) if existing else self._new_network(storage.key_arn, external_inputs)
        )
        if self.jobs.endpoint_security_group_id:
            self.hand_over(self.jobs.endpoint_security_group_id)
        self.output("VpcId", self.jobs.vpc_id, "Where jobs, endpoints and notebooks run")
        self.output("SubnetIds", ",".join(self.jobs.subnet_ids), "Private subnets")
        self.output("JobSecurityGroupId", self.jobs.security_group_id, "Of jobs, endpoints and notebooks")

    def _new_network(self, key_arn: str, external_inputs: Sequence[str]) -> JobNetwork:
        network = IsolatedVpc(self, "Network", settings=self.settings.network, label=self.stack_name)
        add_gateway_endpoint(self, network, self.settings, external_inputs)
        jobs = self._job_security_group(network.vpc.ref)
        # Their group is there without endpoints, too: it costs nothing, and other stacks import it.
        may_have_endpoints = self.settings.network.interface_endpoints is not False
        endpoints = self._interface_endpoints(network, jobs) if may_have_endpoints else None
        if self.settings.network.flow_logs:
            FlowLogs(self, "FlowLogs", vpc_id=network.vpc.ref, key_arn=key_arn)
        return JobNetwork(
            stack=self,
            vpc_id=network.vpc.ref,
            subnet_ids=tuple(subnet.ref for subnet in network.subnets),
            security_group_id=jobs,
            endpoint_security_group_id=endpoints,
        )

    def _existing_network(self, existing: ExistingNetwork) -> JobNetwork:
        return JobNetwork(
            stack=self,
            vpc_id=existing.vpc_id,
            subnet_ids=existing.subnet_ids,
            security_group_id=self._job_security_group(existing.vpc_id, f"-{existing.vpc_id}"),
            endpoint_security_group_id=None,
        )

    def _job_security_group(self, vpc_id: str, suffix: str = "") -> str:
        """Allow all traffic between members, because a training job may have several instances, and HTTPS outside.

        Each existing VPC has a `suffix` for the logical ids, so that in a move from one VPC to another both groups
        exist for a while: a group can't change its VPC, and CloudFormation doesn't replace what other stacks import.
        """
        group = security_group(
            self,
            f"JobSecurityGroup{suffix}",
            vpc_id=vpc_id,
            description="Jobs, endpoints and notebooks",
            egress=[self._https_outside()],
        )
        allow(
            self,
            f"JobsToJobs{suffix}",
            group.attr_group_id,
            group.attr_group_id,
            "Between the instances of a job",
            protocol="-1",
            ports=None,
        )
        return group.attr_group_id

    def _https_outside(self) -> ec2.CfnSecurityGroup.EgressProperty:
        network = self.settings.network
        if network.s3_prefix_list:
            return https_to_prefix_list(network.s3_prefix_list)
        if network.existing:
            return https_anywhere("Where the routes of the VPC lead")
        if network.nat:
            return https_anywhere("The config asks for a way to the internet")
        return https_anywhere("S3: the subnets have no route to anything else outside the VPC")

    def _interface_endpoints(self, network: IsolatedVpc, jobs: str) -> str:
        group = security_group(
            self,
            "EndpointSecurityGroup",
            vpc_id=network.vpc.ref,
            description="Endpoints of AWS services",
        )
        allow(self, "JobsToEndpoints", jobs, group.attr_group_id, "HTTPS to AWS services")
        add_interface_endpoints(self, network, group.attr_group_id, self._services, self.settings.endpoint_zones)
        return group.attr_group_id
