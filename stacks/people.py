"""Roles for people, one per duty that the config lists: who may assume them, and what their duty needs.

People's identities stay where they are, in IAM Identity Center or an organisation's own provider.

Note: only an administrator changes these roles. No duty may change a policy or assume another role.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from launchpad.duties import Duty, role_name
from launchpad.settings import EnvironmentSettings
from launchpad.settings.people import DutySettings, PeopleSettings
from stacks.base.platform_stack import PlatformStack
from stacks.permissions.inline_policies import attach_default
from stacks.permissions.people_permissions import PeoplesResources, peoples_permissions
from stacks.permissions.principals import allow_session_actions, provider_audience, reserved_role

WORK = {
    Duty.DATA_SCIENTIST: "trains and serves models",
    Duty.APPROVER: "approves models",
    Duty.ON_CALL: "stops what runs, goes back, removes what is old",
    Duty.AUDITOR: "reads roles, job events and history",
}


class PeopleStack(PlatformStack):
    """The roles; their names are fixed, because identity providers and people's profiles have them."""

    def __init__(
        self, scope: Construct, settings: EnvironmentSettings, people: PeopleSettings, *, resources: PeoplesResources
    ) -> None:
        super().__init__(scope, settings, "people", "Roles for people, one per duty")
        self._people = people
        for duty, holder in people.duties.items():
            role = self._role(duty, holder)
            attach_default(role, peoples_permissions(self, resources, duty))

    def _role(self, duty: Duty, holder: DutySettings) -> iam.Role:
        principal = self._principal(holder)
        role = iam.Role(
            self,
            f"{duty.value.title().replace('-', '')}Role",
            role_name=role_name(self.settings.name, duty),
            description=f"People of environment {self.settings.name}: {WORK[duty]}",
            assumed_by=principal,
            max_session_duration=cdk.Duration.hours(self._people.session_hours or 1),
        )
        # CloudTrail then has the person's name with every call, and refuses a provider's tags without the permission.
        allow_session_actions(role, principal, "sts:SetSourceIdentity", "sts:TagSession")
        return role

    def _principal(self, holder: DutySettings) -> iam.IPrincipal:
        provider = self._people.identity_provider
        if provider is None:
            return self._of_a_permission_set(str(holder.permission_set))
        saml = self._people.kind == "saml"
        return iam.FederatedPrincipal(
            provider,
            provider_audience(self, provider, holder.client_id),
            "sts:AssumeRoleWithSAML" if saml else "sts:AssumeRoleWithWebIdentity",
        )

    def _of_a_permission_set(self, name: str) -> iam.IPrincipal:
        """Identity Center's role for the set: its name ends with what AWS chose, so it can be no principal."""
        conditions: Mapping[str, Any] = {"ArnLike": {"aws:PrincipalArn": reserved_role(self, name)}}
        return iam.PrincipalWithConditions(iam.ArnPrincipal(self.arn("iam", "root", region="")), conditions)
