"""The network of jobs, endpoints and notebooks: what the network stack passes to the others."""

from __future__ import annotations

from dataclasses import dataclass

from stacks.base.platform_stack import PlatformStack


@dataclass(frozen=True)
class JobNetwork:
    """A VPC's private subnets, and the security group of everything that SageMaker runs in them."""

    stack: PlatformStack
    vpc_id: str
    subnet_ids: tuple[str, ...]
    security_group_id: str
    endpoint_security_group_id: str | None
    """The security group of the interface endpoints; None without endpoints, or in an existing VPC."""

    @property
    def vpc_arn(self) -> str:
        """The VPC's ARN, for the condition key `ec2:Vpc`."""
        return self._arn("vpc", self.vpc_id)

    @property
    def subnet_arns(self) -> list[str]:
        """The subnets' ARNs."""
        return [self._arn("subnet", subnet) for subnet in self.subnet_ids]

    @property
    def security_group_arn(self) -> str:
        """The ARN of the jobs' security group."""
        return self._arn("security-group", self.security_group_id)

    @property
    def interface_arns(self) -> str:
        """An ARN pattern for every network interface of the region; a statement limits it by VPC or subnet."""
        return self._arn("network-interface", "*")

    def _arn(self, kind: str, identifier: str) -> str:
        return self.stack.arn("ec2", f"{kind}/{identifier}")
