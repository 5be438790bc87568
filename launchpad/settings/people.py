"""Roles for people, one per duty, and who may assume them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import Field, model_validator

from launchpad.config_files.arns import ProviderArn
from launchpad.config_files.yaml_reader import Location
from launchpad.config_files.yaml_source import Settings, pattern, refuse
from launchpad.duties import Duty

PermissionSet = Annotated[
    str, pattern(r"^[A-Za-z0-9_+=,.@-]{1,32}$", "write the name of a permission set of IAM Identity Center")
]
"""`Name` of CreatePermissionSet (API reference of IAM Identity Center)."""
ClientId = Annotated[str, pattern(r"^[!-~]{1,255}$", "write the client's ID at the provider, without spaces")]
"""An audience of a provider (`ClientIDList` of CreateOpenIDConnectProvider)."""


class DutySettings(Settings):
    """Who has a duty. Empty with a SAML provider, which says for each person which role that is."""

    permission_set: PermissionSet | None = None
    """The permission set of IAM Identity Center whose people have this duty. It must be assigned to this account."""
    client_id: ClientId | None = None
    """The OIDC provider's client (application) whose users have this duty: the audience of their tokens."""


class PeopleSettings(Settings):
    """Let people work here with what their duty needs. It adds a stack with one role for each duty that is listed."""

    identity_provider: ProviderArn | None = None
    """A SAML or OIDC provider of the account. Without it, people come from IAM Identity Center."""
    session_hours: Annotated[int, Field(ge=1, le=12)] | None = None
    """How long credentials last at most; by default an hour. Only with a provider: a role that is assumed from a
    permission set's always lasts an hour."""
    data_scientist: DutySettings | None = None
    """Prepares data, runs jobs and pipelines, reads what they made, and serves models where `direct_deploy` is on."""
    approver: DutySettings | None = None
    """Reads what was registered and how it was judged, and approves or rejects it."""
    on_call: DutySettings | None = None
    """Looks at what runs and stops it, goes back to an earlier model, and removes what is idle or old."""
    auditor: DutySettings | None = None
    """Reads roles, job events and the history of endpoints: no data, no model and no job's log."""

    @property
    def kind(self) -> str:
        """`identity-center`, `saml` or `oidc`."""
        if self.identity_provider is None:
            return "identity-center"
        return "saml" if ":saml-provider/" in self.identity_provider else "oidc"

    @property
    def duties(self) -> dict[Duty, DutySettings]:
        """The duties that have a role."""
        listed = {duty: getattr(self, duty.key) for duty in Duty}
        return {duty: settings for duty, settings in listed.items() if settings is not None}

    @model_validator(mode="after")
    def _each_duty_has_its_people(self) -> Self:
        refuse(self._mistakes())
        return self

    def _mistakes(self) -> Iterator[tuple[Location, str]]:
        if not self.duties:
            yield (), f"list at least one of {', '.join(duty.key for duty in Duty)}, or remove the section"
        if self.session_hours and self.kind == "identity-center":
            yield (
                ("session_hours",),
                "a role that is assumed from a permission set's lasts an hour (role chaining): remove the line",
            )
        for duty, settings in self.duties.items():
            yield from self._mistakes_of(duty, settings)
        if self._shares_approval():
            yield (
                ("approver",),
                "who trains a model must not be who approves it: write another than below data_scientist",
            )

    def _mistakes_of(self, duty: Duty, settings: DutySettings) -> Iterator[tuple[Location, str]]:
        needed = _NEEDED[self.kind]
        if needed and getattr(settings, needed) is None:
            yield (duty.key,), f"with {_NAMES[self.kind]} nobody has this duty yet: write `{needed}` below it"
        for key in ("permission_set", "client_id"):
            if key != needed and getattr(settings, key) is not None:
                yield (duty.key, key), f"has no effect with {_NAMES[self.kind]}; remove the line"

    def _shares_approval(self) -> bool:
        """Whether one permission set or client makes its people scientists and approvers."""
        if self.kind == "saml" or not (self.data_scientist and self.approver):
            return False
        return self.data_scientist == self.approver


_NEEDED = {"identity-center": "permission_set", "saml": None, "oidc": "client_id"}
"""The key that says who has a duty, by the kind of identities. A SAML provider itself says who has which role."""
_NAMES = {
    "identity-center": "IAM Identity Center (no `identity_provider`)",
    "saml": "a SAML provider",
    "oidc": "an OIDC provider",
}
