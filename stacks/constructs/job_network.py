"""Where jobs, endpoints and notebooks run: what the network stack hands to the others."""

from __future__ import annotations

from dataclasses import dataclass

from stacks.constructs.platform_stack import PlatformStack


@dataclass(frozen=True)
class JobNetwork:
    """A VPC's private subnets, and the security group of everything that SageMaker runs in them."""

    stack: PlatformStack
    vpc_id: str
    subnet_ids: tuple[str, ...]
    security_group_id: str
    endpoint_security_group_id: str | None
    """Of the interface endpoints; None where there are none, or where they are someone else's."""

    @property
    def vpc_arn(self) -> str:
        """The VPC, as the condition key `ec2:Vpc` wants it."""
        return self._arn("vpc", self.vpc_id)

    @property
    def subnet_arns(self) -> list[str]:
        """The subnets, as IAM statements name them."""
        return [self._arn("subnet", subnet) for subnet in self.subnet_ids]

    @property
    def security_group_arn(self) -> str:
        """The jobs' security group, as IAM statements name it."""
        return self._arn("security-group", self.security_group_id)

    @property
    def interface_arns(self) -> str:
        """Every network interface of the region; its VPC or subnet is then a condition of the statement."""
        return self._arn("network-interface", "*")

    def _arn(self, kind: str, identifier: str) -> str:
        return self.stack.arn("ec2", f"{kind}/{identifier}")
