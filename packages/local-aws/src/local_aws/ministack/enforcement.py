"""Decides with ministack's policy evaluator, on the roles and sessions that it keeps."""

from __future__ import annotations

import json
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import request_scope
from ministack.services import iam, sts

from local_aws.api.documents import as_list
from local_aws.api.service import Scope
from local_aws.clients import Credentials
from local_aws.iam.enforcement import Enforcement, Need, refusal, session_credentials
from local_aws.iam.recording import Recorder
from local_aws.ministack.accounts import owner_of, policy_of


def register(scope: Scope, role_arn: str, session: str, credentials: Credentials) -> None:
    """Make the credentials those of a role's session, unless they are already."""
    role = role_arn.rpartition("/")[2]
    details = {
        "Arn": f"arn:aws:sts::{scope.account}:assumed-role/{role}/{session}",
        "UserId": f"{role}:{session}",
        "AccountId": scope.account,
        "PrincipalType": "AssumedRole",
        "SecretAccessKey": credentials.secret_key,
        "SessionToken": credentials.session_token,
    }
    if credentials.access_key not in sts._sessions:
        sts.register_session(credentials.access_key, details)


class MinistackEnforcement(Enforcement):
    """See `Enforcement`."""

    def __init__(self, recorder: Recorder, secret: str) -> None:
        self.recorder, self._secret = recorder, secret

    def credentials(self, scope: Scope, role_arn: str, session: str) -> Credentials:
        """See `Enforcement.credentials`."""
        credentials = session_credentials(self._secret, scope, role_arn, session)
        register(scope, role_arn, session, credentials)
        return credentials

    def trusts(self, scope: Scope, role_arn: str, service: str) -> bool:
        """See `Enforcement.trusts`."""
        with request_scope(scope.account, scope.region):
            role = iam._roles.get(role_arn.rpartition("/")[2])
            if role is None or role["Arn"] != role_arn:
                return False
            document = statements_on(role.get("AssumeRolePolicyDocument"), "Service", service)
            context = iam_evaluator.EvalContext(
                principal_arn=service,
                principal_type="Service",
                principal_account=scope.account,
                action="sts:AssumeRole",
                resource_arn=role_arn,
                region=scope.region,
                # Lambda sends neither of the two, so a condition on them denies it access, as on AWS.
                service_context={} if service.startswith("lambda.") else _source(scope, service),
            )
            return bool(iam_evaluator.evaluate_trust_policy(document, service, context))

    def serves(self, scope: Scope, service: str, need: Need) -> bool:
        """See `Enforcement.serves`."""
        with request_scope(owner_of(need.resource) or scope.account, scope.region):
            policy = iam_evaluator._resource_policy(need.action.partition(":")[0], need.resource)
            context = iam_evaluator.EvalContext(
                principal_arn=service,
                principal_type="Service",
                principal_account=scope.account,
                action=need.action,
                resource_arn=need.resource,
                region=scope.region,
                service_context=dict(need.context),
            )
            decision = iam_evaluator.evaluate_resource_policy(policy[0] if policy else None, context, service).decision
        return bool(decision == "Allow")

    def decide(self, scope: Scope, access_key: str, need: Need) -> str | None:
        """See `Enforcement.decide`."""
        with request_scope(scope.account, scope.region):
            principal = iam_evaluator.resolve_principal(access_key, scope.account)
            if isinstance(principal, iam_evaluator.AuthError):
                return str(principal.message)
            decision, by_resource = self._decision(scope, principal, need)
        self.recorder.record(principal.arn, need.action, need.resource, allowed=decision == "Allow")
        if decision == "Allow":
            return None
        return refusal(principal.arn, need, by_resource=by_resource, explicit=decision == "Deny")

    def _decision(self, scope: Scope, principal: Any, need: Need) -> tuple[str, bool]:
        """Allow, Deny or ImplicitDeny, and whether the resource's policy is the cause."""
        context = iam_evaluator.EvalContext(
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
        found = policy_of(service, need.resource)
        if principal.policies is None:  # an account's own key: all that is the account's
            if found is None or found[1] == principal.account:
                return "Allow", False
            return str(iam_evaluator.evaluate_resource_policy(found[0], context).decision), True
        own = iam_evaluator.evaluate(context, principal.policies, *principal.limits)
        if found is None or own.decision == "Deny":
            return str(own.decision), False
        both = iam_evaluator.combine_resource_policy(
            own, context, *found, required=service in iam_evaluator._POLICY_REQUIRED, limits=principal.limits
        )
        return str(both.decision), both.decision == "Deny" or own.decision == "Allow"


def _source(scope: Scope, service: str) -> dict[str, str]:
    name = service.partition(".")[0]
    return {
        "aws:sourceaccount": scope.account,
        "aws:sourcearn": f"arn:aws:{name}:{scope.region}:{scope.account}:any",
    }


def statements_on(document: Any, kind: str, name: str) -> dict[str, Any]:
    """The statements of a trust policy on a service or a provider, with the principal `*`.

    The evaluator knows no other kinds of principals than AWS's own and those of web identities. What denies every
    principal denies this one, and what allows every principal does not name it.
    """
    parsed = json.loads(document) if isinstance(document, str) else document or {}
    kept = []
    for statement in as_list(parsed.get("Statement", [])):
        principal = statement.get("Principal")
        named = principal if isinstance(principal, dict) else {"AWS": principal}
        principals = {each: as_list(names or []) for each, names in named.items()}
        everyone = any("*" in names for names in principals.values())
        if name in principals.get(kind, ()) or (everyone and statement.get("Effect") == "Deny"):
            kept.append({**statement, "Principal": "*"})
    return {"Statement": kept}
