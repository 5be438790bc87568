"""Decides whether a principal may do something, with the emulator's policy evaluator, and records every decision.

The emulator's gateway decides requests over HTTP. This module decides what no request shows: what a service does with a
role that was passed to it, what our operations need in addition to their own action, and the key of an S3 object.
The evaluator's modules are arguments, so that only `ministack.hooks` imports the emulator.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from local_aws.api.errors import AwsError
from local_aws.api.service import Scope
from local_aws.clients import Credentials
from local_aws.iam.recording import Recorder

Context = Mapping[str, Any]
"""Condition keys, in lower case, to values."""


@dataclass(frozen=True)
class Need:
    """A permission that an operation requires."""

    action: str
    resource: str = "*"
    context: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Emulator:
    """The parts of the emulator that are used here."""

    evaluator: Any
    sessions: Any
    roles: Any
    in_scope: Callable[[str, str], AbstractContextManager[Any]]


PARTS = (b"key ", b"secret ", b"token ")
"""Parts of a session's credentials: each is derived separately."""


class Enforcement:
    """One per server."""

    def __init__(self, emulator: Emulator, recorder: Recorder, secret: str) -> None:
        self._emulator = emulator
        self._recorder = recorder
        self._secret = secret.encode()

    def credentials(self, scope: Scope, role_arn: str, session: str) -> Credentials:
        """A session of a role, as for the service that the role was passed to; always the same one.

        It is derived from the server's secret, so that no one else can compute it.
        """
        role = role_arn.rpartition("/")[2]
        session_of = f"{scope}{role_arn}{session}".encode()
        key, secret, token = (hmac.digest(self._secret, part + session_of, "sha256").hex() for part in PARTS)
        credentials = Credentials(f"ASIA{key[:16].upper()}", secret[:40], token)
        details = {
            "Arn": f"arn:aws:sts::{scope.account}:assumed-role/{role}/{session}",
            "UserId": f"{role}:{session}",
            "AccountId": scope.account,
            "PrincipalType": "AssumedRole",
            "SecretAccessKey": credentials.secret_key,
            "SessionToken": credentials.session_token,
        }
        if credentials.access_key not in self._emulator.sessions._sessions:
            self._emulator.sessions.register_session(credentials.access_key, details)
        return credentials

    def trusts(self, scope: Scope, role_arn: str, service: str) -> bool:
        """Whether the role exists, and lets the service assume it for this account."""
        with self._emulator.in_scope(scope.account, scope.region):
            role = self._emulator.roles._roles.get(role_arn.rpartition("/")[2])
            if role is None or role["Arn"] != role_arn:
                return False
            document = _for_service(role.get("AssumeRolePolicyDocument"), service)
            context = self._emulator.evaluator.EvalContext(
                principal_arn=service,
                principal_type="Service",
                principal_account=scope.account,
                action="sts:AssumeRole",
                resource_arn=role_arn,
                region=scope.region,
                # Lambda sends neither of the two, so a condition on them denies it access, as on AWS.
                service_context={} if service.startswith("lambda.") else _source(scope, service),
            )
            return bool(self._emulator.evaluator.evaluate_trust_policy(document, service, context))

    def require(self, scope: Scope, access_key: str, need: Need) -> None:
        """Raise AccessDeniedException, with AWS's message, unless the key's principal has the permission."""
        denied = self.decide(scope, access_key, need)
        if denied:
            raise AwsError("AccessDeniedException", denied)

    def decide(self, scope: Scope, access_key: str, need: Need) -> str | None:
        """Why the principal may not, or None if it may."""
        evaluator = self._emulator.evaluator
        with self._emulator.in_scope(scope.account, scope.region):
            principal = evaluator.resolve_principal(access_key, scope.account)
            if isinstance(principal, evaluator.AuthError):
                return str(principal.message)
            allowed = principal.policies is None or self._allows(scope, principal, need)
        self._recorder.record(principal.arn, need.action, need.resource, allowed=allowed)
        return None if allowed else refusal(principal.arn, need)

    def _allows(self, scope: Scope, principal: Any, need: Need) -> bool:
        evaluator = self._emulator.evaluator
        context = evaluator.EvalContext(
            principal_arn=principal.arn,
            principal_type=principal.type,
            principal_account=principal.account,
            action=need.action,
            resource_arn=need.resource,
            region=scope.region,
            service_context={"aws:tagkeys": None, **dict(need.context)},
            principal_keys=principal.keys,
        )
        service = need.action.partition(":")[0]
        result = evaluator.evaluate(context, principal.policies, *principal.limits)
        resource_policy = evaluator._resource_policy(service, need.resource)
        if resource_policy is not None:
            result = evaluator.combine_resource_policy(
                result,
                context,
                *resource_policy,
                required=service in evaluator._POLICY_REQUIRED,
                limits=principal.limits,
            )
        return bool(result.decision == "Allow")


def refusal(principal: str, need: Need) -> str:
    """AWS's message for a denied request."""
    return (
        f"User: {principal} is not authorized to perform: {need.action} on resource: {need.resource} "
        f"because no identity-based policy allows the {need.action} action"
    )


def _source(scope: Scope, service: str) -> dict[str, str]:
    name = service.partition(".")[0]
    return {
        "aws:sourceaccount": scope.account,
        "aws:sourcearn": f"arn:aws:{name}:{scope.region}:{scope.account}:any",
    }


def _for_service(document: Any, service: str) -> dict[str, Any]:
    """The statements whose principal is the service, because the evaluator ignores services in trust policies."""
    parsed = json.loads(document) if isinstance(document, str) else document or {}
    statements = parsed.get("Statement", [])
    own_statements = []
    for statement in statements if isinstance(statements, list) else [statements]:
        principal = statement.get("Principal")
        services = principal.get("Service", []) if isinstance(principal, dict) else []
        if service in ([services] if isinstance(services, str) else services):
            own_statements.append({**statement, "Principal": "*"})
    return {"Statement": own_statements}
