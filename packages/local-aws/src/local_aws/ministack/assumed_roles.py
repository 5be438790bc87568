"""STS: who may have which session and for how long, whether IAM is enforced or not.

Only a role that exists can be assumed, and no longer than it says. GetSessionToken and GetFederationToken take no
session, and give the root user an hour at most, whatever was asked for (API reference).

Note: here an account's own key may assume roles. On AWS it is the root user's, who may not.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id
from ministack.services import iam, sts

from local_aws.api.errors import Response
from local_aws.front.requests import Request, read_request
from local_aws.iam.service_needs import caller

TOO_LONG = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
CHAINED = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
"""AWS's words, both by users' reports."""
CHAINED_SECONDS = ROOT_SECONDS = 3600
OF_LONG_TERM_KEYS = ("GetSessionToken", "GetFederationToken")
ASSUMING = ("AssumeRole", "AssumeRoleWithWebIdentity")


def refuse_missing_roles() -> None:
    """Change STS. Once per process."""
    sts._assumed_role_arn = _existing(sts._assumed_role_arn)
    sts._session_caller_refused = _refusing_sessions
    sts.handle_request = _no_longer_than_allowed(sts.handle_request)


def _existing(inner: Callable[[str, str], Any]) -> Callable[[str, str], Any]:
    def assumed_role_arn(role_arn: str, session_name: str) -> Any:
        arn, refusal = inner(role_arn, session_name)
        if refusal or _exists(role_arn):
            return arn, refusal
        return None, sts._error(403, "AccessDenied", _words(role_arn), ns="sts")

    return assumed_role_arn


def _no_longer_than_allowed(inner: Callable[..., Awaitable[Response]]) -> Callable[..., Awaitable[Response]]:
    async def handle_request(method: str, path: str, headers: Any, body: bytes, query: Any) -> Response:
        request = read_request("sts", method, path, headers, body, query)
        if request and (words := _too_long(request)):
            refusal: Response = sts._error(400, "ValidationError", words, ns="sts")
            return refusal
        if request and request.operation.name in OF_LONG_TERM_KEYS and body and _user().endswith(":root"):
            seconds = min(request.members.get("DurationSeconds", ROOT_SECONDS), ROOT_SECONDS)
            body = urlencode({**dict(parse_qsl(body.decode())), "DurationSeconds": seconds}).encode()
        return await inner(method, path, headers, body, query)

    return handle_request


def _refusing_sessions(identity: Mapping[str, Any], operation: str) -> Response | None:
    """AWS's answer to a caller who has a session already; ministack's own holds only where IAM is enforced."""
    if not identity["isTemporary"]:
        return None
    refusal: Response = sts._error(403, "AccessDenied", f"Cannot call {operation} with session credentials", ns="sts")
    return refusal


def _too_long(request: Request) -> str | None:
    """AWS's words for a session that would last longer than its role allows, or longer than one in a chain."""
    operation, seconds = request.operation.name, request.members.get("DurationSeconds", 0)
    if operation == "AssumeRole" and seconds > CHAINED_SECONDS and _is_session():
        return CHAINED
    role = role_of(request.members.get("RoleArn", "")) if operation in ASSUMING else None
    return TOO_LONG if role and exceeds(role, seconds) else None


def _is_session() -> bool:
    """True if the caller's credentials are an assumed role's."""
    return ":assumed-role/" in _user()


def _user() -> str:
    """The caller's ARN."""
    identity = iam_evaluator.resolve_caller_identity(caller.get()) or {}
    return identity.get("userArn") or f"arn:aws:iam::{get_account_id()}:root"


def _exists(role_arn: str) -> bool:
    return role_of(role_arn) is not None


def role_of(role_arn: str) -> Any:
    """The role with this ARN, of any account, or None."""
    if role_arn.count(":") < 5:
        return None
    role = iam._roles.get_scoped(role_arn.split(":")[4], None, role_arn.rpartition("/")[2])
    return role if role is not None and role["Arn"] == role_arn else None


def exceeds(role: Mapping[str, Any], seconds: int) -> bool:
    """Whether a session of so many seconds lasts longer than its role lets it."""
    return seconds > int(role.get("MaxSessionDuration", 3600))


def _words(role_arn: str) -> str:
    """AWS's words, which do not say whether the role exists."""
    return f"User: {_user()} is not authorized to perform: sts:AssumeRole on resource: {role_arn}"
