"""What every stack of the platform has in common."""

from __future__ import annotations

import aws_cdk as cdk
from constructs import Construct

from launchpad.images import partition_of
from launchpad.settings import EnvironmentSettings

ACCOUNT = cdk.Aws.ACCOUNT_ID
"""Of whoever deploys; CDK would be asked each time."""


class PlatformStack(cdk.Stack):
    """A stack named `launchpad-<environment>-<part>`; the one name that is given by hand, for people look for it."""

    def __init__(
        self,
        scope: Construct,
        settings: EnvironmentSettings,
        part: str,
        description: str,
        *,
        synthesizer: cdk.IStackSynthesizer | None = None,
    ) -> None:
        super().__init__(
            scope,
            part,
            stack_name=f"launchpad-{settings.name}-{part}",
            description=description,
            termination_protection=settings.retain_data,
            synthesizer=synthesizer,
        )
        self.settings = settings
        # Known here: CDK would be asked each time, and loads all that it knows of regions to tell the partition.
        self.partition_name = partition_of(settings.region) or cdk.Aws.PARTITION
        self.account_id = settings.account or ACCOUNT

    @property
    def data_removal(self) -> cdk.RemovalPolicy:
        """What happens to resources with data when they leave the template."""
        return cdk.RemovalPolicy.RETAIN if self.settings.retain_data else cdk.RemovalPolicy.DESTROY

    def arn(self, service: str, resource: str, *, region: str | None = None, account: str | None = None) -> str:
        """Of something in this stack's region and account, or elsewhere; CDK's own `format_arn` is a call each time."""
        own_region, own_account = self.settings.region, self.account_id
        place = f"{own_region if region is None else region}:{own_account if account is None else account}"
        return f"arn:{self.partition_name}:{service}:{place}:{resource}"

    def output(self, name: str, value: str, description: str) -> None:
        """Tell the command line, and people, where something is."""
        cdk.CfnOutput(self, name, value=value, description=description)
