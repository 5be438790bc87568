"""The role that takes models and images over from the environment before this one; only where one promotes to it.

`launchpad deploy` assumes it, as it does the role that pushes images, to copy what the config pins before an endpoint
serves it. So this stack, with the buckets and repositories that it needs, is deployed first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from launchpad.images.containers import Container
from launchpad.requests.names import promotion_role_name
from launchpad.settings import EnvironmentSettings
from stacks.base.platform_stack import PlatformStack
from stacks.base.storage import Storage
from stacks.permissions.policies import document
from stacks.permissions.principals import account_root
from stacks.permissions.promotion_permissions import promoting


class PromotionStack(PlatformStack):
    """One role; its policy names the objects and versions that the config pins, and no others."""

    def __init__(
        self,
        scope: Construct,
        settings: EnvironmentSettings,
        *,
        storage: Storage,
        sources: Sequence[EnvironmentSettings],
        containers: Iterable[Container],
        promoted: Iterable[tuple[str, str, str]],
        registry: cdk.Stack | None = None,
    ) -> None:
        """`registry` has the repositories that images are copied to."""
        super().__init__(scope, settings, "promotion", "The role that takes over models and images")
        copying = promoting(self, storage, sources=sources, containers=containers, promoted=promoted)
        iam.Role(
            self,
            "Role",
            role_name=promotion_role_name(settings.name),
            description=f"Whoever deploys: copy what is promoted from {', '.join(each.name for each in sources)}",
            assumed_by=iam.ArnPrincipal(account_root(self)),
            inline_policies={"Promotion": iam.PolicyDocument.from_json(document(copying))},
        )
        if registry:
            self.add_stack_dependency(registry)
