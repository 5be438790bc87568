"""The roles that take over and check models of the environment before this one; only where one promotes to it.

`launchpad deploy` assumes the first, as it does the role that pushes images, to copy what the config pins before an
endpoint serves it. So this stack, with the buckets and repositories that it needs, is deployed first. The second only
reads: who compares a commit with what is deployed may check its pins, and write nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from launchpad.images.containers import Container
from launchpad.requests.names import pin_check_role_name, promotion_role_name
from launchpad.settings import EnvironmentSettings
from launchpad.settings.pinned_models import PromotedModel
from stacks.base.platform_stack import PlatformStack
from stacks.base.storage import Storage
from stacks.permissions.policies import Statement, document
from stacks.permissions.principals import account_root
from stacks.permissions.promotion_permissions import checking, promoting


class PromotionStack(PlatformStack):
    """Two roles; the policy of that which writes names the objects and versions that the config pins, and no others."""

    def __init__(
        self,
        scope: Construct,
        settings: EnvironmentSettings,
        *,
        storage: Storage,
        sources: Sequence[EnvironmentSettings],
        registries: Iterable[EnvironmentSettings],
        containers: Iterable[Container],
        promoted: Sequence[PromotedModel],
        registry: cdk.Stack | None = None,
    ) -> None:
        """`registries` are all environments on the way here; `registry` has the repositories for copied images."""
        super().__init__(scope, settings, "promotion", "The role that takes over models and images")
        names = ", ".join(each.name for each in sources)
        copying = promoting(self, storage, sources=sources, containers=containers, promoted=promoted)
        description = f"Whoever deploys: copy what is promoted from {names}"
        self._role("Role", promotion_role_name(settings.name), description, {"Promotion": copying})
        reading = checking(self, storage, registries=registries, promoted=promoted)
        description = f"Read what is promoted from {names}, to check a pin"
        self._role("CheckRole", pin_check_role_name(settings.name), description, {"Checks": reading})
        if registry:
            self.add_stack_dependency(registry)

    def _role(self, name: str, role_name: str, description: str, policy: Mapping[str, Iterable[Statement]]) -> None:
        """Create a role that principals of this account may assume, if their own policies allow it."""
        iam.Role(
            self,
            name,
            role_name=role_name,
            description=description,
            assumed_by=iam.ArnPrincipal(account_root(self)),
            inline_policies={
                policy_name: iam.PolicyDocument.from_json(document(statements))
                for policy_name, statements in policy.items()
            },
        )
