"""The base class of the platform's stacks."""

from __future__ import annotations

import aws_cdk as cdk
from constructs import Construct

from launchpad.images.image_lock import partition_of
from launchpad.settings import EnvironmentSettings

ACCOUNT = cdk.Aws.ACCOUNT_ID
"""The deploying account, cached: each read through jsii is a round trip."""

ENVIRONMENT_TAG = "launchpad:environment"
"""The tag of every stack and resource, by which `launchpad destroy` finds an environment whose config is gone."""


class PlatformStack(cdk.Stack):
    """A stack named `launchpad-<environment>-<part>`, because people look for its name."""

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
            tags={ENVIRONMENT_TAG: settings.name},
            synthesizer=synthesizer,
        )
        self.settings = settings
        # Read once: each read through jsii is a round trip, and CDK loads a table of regions to find the partition.
        self.partition_name = partition_of(settings.region) or cdk.Aws.PARTITION
        self.account_id = settings.account or ACCOUNT

    @property
    def data_removal(self) -> cdk.RemovalPolicy:
        """Whether resources with data are retained or deleted when they leave the template.

        A stack whose first creation fails retains none (RetainExceptOnCreate): they are empty, and those with a fixed
        name would block the next creation.
        """
        return cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if self.settings.retain_data else cdk.RemovalPolicy.DESTROY

    def arn(self, service: str, resource: str, *, region: str | None = None, account: str | None = None) -> str:
        """Build an ARN, by default in this stack's region and account; `format_arn` is a round trip through jsii."""
        own_region, own_account = self.settings.region, self.account_id
        location = f"{own_region if region is None else region}:{own_account if account is None else account}"
        return f"arn:{self.partition_name}:{service}:{location}:{resource}"

    def hand_over(self, *values: str) -> None:
        """Export what optional stacks import, whether the environment has them or not.

        CDK exports only what a stack of the app imports. An export in use can't be removed, so switching a section off
        would first need a deploy that keeps it.
        """
        for value in values:
            self.export_value(value)

    def output(self, name: str, value: str, description: str) -> None:
        """Add a stack output, for the command line and for people."""
        cdk.CfnOutput(self, name, value=value, description=description)
