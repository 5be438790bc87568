"""The identities with which GitHub's workflows plan and deploy an environment; only if a config names a repository.

No key is kept anywhere: GitHub gives each job a signed token that says which repository, branch and environment it is
of, and AWS exchanges it for credentials (AssumeRoleWithWebIdentity). A role trusts exactly one such subject.

Note: an administrator deploys this stack first (`launchpad deploy --only github`); afterwards it is updated as all
others are, by the role that it created.
"""

from __future__ import annotations

from collections.abc import Iterable

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from launchpad.images.containers import Container
from launchpad.settings import EnvironmentSettings, GithubSettings
from launchpad.settings.github import deploy_role_name, plan_role_name
from launchpad.settings.promotion import NO_NEIGHBOURS, Neighbours
from stacks.base.platform_stack import PlatformStack
from stacks.permissions.github_permissions import AUDIENCE, BRANCH, ISSUER, deploying, planning, token_of
from stacks.permissions.inline_policies import attach_default
from stacks.permissions.policies import Statement, document
from stacks.permissions.promotion_permissions import checking_as_caller, deploying_promotions
from stacks.registry import publishing_role_name

DEPLOY_HOURS = 6
"""The longest time that a job on GitHub's runners may take, so that a slow endpoint update doesn't outlive the
credentials."""


class GithubStack(PlatformStack):
    """The OIDC provider, a role that deploys, and a role that only reads stacks and what pins name."""

    def __init__(
        self,
        scope: Construct,
        settings: EnvironmentSettings,
        github: GithubSettings,
        *,
        containers: Iterable[Container],
        neighbours: Neighbours = NO_NEIGHBOURS,
    ) -> None:
        super().__init__(scope, settings, "github", "Identities of the workflows that deploy this environment")
        publishing = self.arn("iam", f"role/{publishing_role_name(settings.name)}", region="")
        promotion = [*deploying_promotions(self, neighbours)]
        deploy = [*deploying(self, publishing, containers), *promotion]
        plan = [*planning(self), *checking_as_caller(self, neighbours)]
        self._provider = self._new_provider() if github.new_provider else self._provider_arn()
        # An organisation's own boundary comes first: a role has only one.
        self._boundary = None if settings.permissions_boundary else self._new_boundary([*deploy, *plan])
        self._role(
            "DeployRole",
            deploy_role_name(settings.name),
            f"Workflows of {github.repository}: deploy",
            f"{github.subject}:environment:{settings.name}",
            deploy,
            hours=DEPLOY_HOURS,
        )
        self._role(
            "PlanRole",
            plan_role_name(settings.name),
            f"Workflows of {github.repository}: compare a commit with what is deployed",
            f"{github.subject}:ref:refs/heads/{BRANCH}",
            plan,
        )

    def _new_provider(self) -> str:
        """Register GitHub as an issuer of tokens.

        Thumbprints are left out: IAM checks the certificate of a provider by AWS's list of trusted authorities
        (API reference, UpdateOpenIDConnectProviderThumbprint).
        """
        provider = iam.CfnOIDCProvider(self, "Provider", url=f"https://{ISSUER}", client_id_list=[AUDIENCE])
        return provider.attr_arn

    def _provider_arn(self) -> str:
        return self.arn("iam", f"oidc-provider/{ISSUER}", region="")

    def _new_boundary(self, statements: list[Statement]) -> iam.IManagedPolicy:
        """The most that either role may ever do, whatever is attached to it later."""
        policy = iam.CfnManagedPolicy(
            self,
            "Boundary",
            description=f"The most that workflows may do in environment {self.settings.name}",
            policy_document=document(statements),
        )
        return iam.ManagedPolicy.from_managed_policy_arn(self, "BoundaryPolicy", policy.ref)

    def _role(
        self, name: str, role_name: str, description: str, subject: str, policy: list[Statement], *, hours: int = 1
    ) -> None:
        principal = iam.FederatedPrincipal(self._provider, token_of(subject), "sts:AssumeRoleWithWebIdentity")
        role = iam.Role(
            self,
            name,
            role_name=role_name,
            description=description,
            assumed_by=principal,
            max_session_duration=cdk.Duration.hours(hours),
            permissions_boundary=self._boundary,
        )
        attach_default(role, policy)
