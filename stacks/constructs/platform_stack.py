"""What every stack of the platform has in common."""

from __future__ import annotations

import aws_cdk as cdk
from constructs import Construct

from launchpad.settings import EnvironmentSettings


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

    @property
    def data_removal(self) -> cdk.RemovalPolicy:
        """What happens to resources with data when they leave the template."""
        return cdk.RemovalPolicy.RETAIN if self.settings.retain_data else cdk.RemovalPolicy.DESTROY

    def output(self, name: str, value: str, description: str) -> None:
        """Tell the command line, and people, where something is."""
        cdk.CfnOutput(self, name, value=value, description=description)
