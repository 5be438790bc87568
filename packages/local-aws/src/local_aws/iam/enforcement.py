"""Permissions, and what decides whether a principal has them. Every decision is recorded.

The emulator's gateway decides requests over HTTP. `Enforcement` decides what no request shows: what a service does with
a role that was passed to it, what our operations need in addition to their own action, and the key of an S3 object.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Any, Protocol

from local_aws.api.errors import AwsError
from local_aws.api.service import Scope
from local_aws.clients import Credentials

PARTS = (b"key ", b"secret ", b"token ")
"""Parts of a session's credentials: each is derived separately."""


@dataclass(frozen=True)
class Need:
    """A permission that an operation requires."""

    action: str
    resource: str = "*"
    context: tuple[tuple[str, Any], ...] = ()
    """Condition keys, in lower case, with their values."""


class Enforcement(Protocol):
    """One per server."""

    def credentials(self, scope: Scope, role_arn: str, session: str) -> Credentials:
        """A session of a role, as for the service that the role was passed to; always the same one."""

    def trusts(self, scope: Scope, role_arn: str, service: str) -> bool:
        """Whether the role exists, and lets the service assume it for this account."""

    def serves(self, scope: Scope, service: str, need: Need) -> bool:
        """Whether the resource's policy, such as a key's, grants it to the service itself."""

    def decide(self, scope: Scope, access_key: str, need: Need) -> str | None:
        """Why the principal may not, or None if it may."""

    def require(self, scope: Scope, access_key: str, need: Need) -> None:
        """Raise AccessDeniedException, with AWS's message, unless the key's principal has the permission."""
        denied = self.decide(scope, access_key, need)
        if denied:
            raise AwsError("AccessDeniedException", denied)


def refusal(principal: str, need: Need, *, by_resource: bool = False, explicit: bool = False) -> str:
    """AWS's message for a denied request: whose policy is the cause, and whether a Deny in it is.

    "Troubleshoot access denied error messages" (IAM user guide).
    """
    words = f"User: {principal} is not authorized to perform: {need.action} on resource: {need.resource}"
    kind = "resource-based" if by_resource else "identity-based"
    if explicit:
        return f"{words} with an explicit deny in {'a' if by_resource else 'an'} {kind} policy"
    return f"{words} because no {kind} policy allows the {need.action} action"


def session_credentials(secret: str, scope: Scope, role_arn: str, session: str) -> Credentials:
    """The credentials of a role's session, derived from the server's secret, so that no one else can compute them."""
    session_of = f"{scope}{role_arn}{session}".encode()
    key, secret_key, token = (hmac.digest(secret.encode(), part + session_of, "sha256").hex() for part in PARTS)
    return Credentials(f"ASIA{key[:16].upper()}", secret_key[:40], token)
