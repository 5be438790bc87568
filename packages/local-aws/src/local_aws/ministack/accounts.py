"""Between accounts, where ministack knows one: who calls, and the policies of buckets and keys of other accounts.

"Cross-account policy evaluation logic" (IAM user guide): the caller's own policies and the resource's must both allow.
ministack's S3 asks a foreign bucket's policy about the caller's account as a whole; here it is asked about the caller,
so that a condition on `aws:PrincipalArn` counts. The condition key is a role's ARN for each of its sessions ("AWS
global condition context keys"). RestrictPublicBuckets "blocks all cross-account access" to a bucket whose policy is
public ("Blocking public access to your Amazon S3 storage").
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

from ministack.core import iam_actions, iam_evaluator, router
from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import iam, s3

_caller: ContextVar[str] = ContextVar("caller of S3", default="")
"""The ARN of the principal whose request S3 handles; empty for a service and without credentials."""
_asked: ContextVar[Any] = ContextVar("request that a foreign bucket's policy is asked about", default=None)
BUCKET = "arn:aws:s3:::"


def extend_accounts() -> None:
    """Change S3 and the evaluation of policies. Once per process."""
    iam_evaluator._resolve_condition_key = _with_owners(iam_evaluator._resolve_condition_key)
    iam_evaluator.evaluate_resource_policy = _about_the_caller(iam_evaluator.evaluate_resource_policy)
    s3._apply_bucket_scope = _knowing_the_caller(s3._apply_bucket_scope)
    s3._foreign_bucket_allows = _by_policy(s3._foreign_bucket_allows)


def owner_of(resource: str) -> str | None:
    """The account of a resource, by its ARN: a bucket's is not in it. None if nothing is known of it."""
    if resource.startswith(BUCKET):
        return str(owner) if (owner := s3._bucket_owner_account(bucket_of(resource))) else None
    account = iam_evaluator._account_from_arn(resource)
    return str(account) if account else None


def bucket_of(resource: str) -> str:
    """The bucket of an object's or a bucket's ARN."""
    return resource.removeprefix(BUCKET).partition("/")[0]


def policy_of(service: str, resource: str) -> tuple[Any, str] | None:
    """The policy of a resource and its account, whichever asks; None if the service has no policies of resources.

    A repository that no account here has is AWS's own, which every account may pull from.
    """
    owner = owner_of(resource)
    if service not in iam_evaluator._RESOURCE_POLICY_LOOKUPS or owner is None:
        return None
    parts = resource.split(":")
    region = parts[3] if len(parts) > 3 and parts[3] else get_region()
    module, lookup = iam_evaluator._RESOURCE_POLICY_LOOKUPS[service]
    with request_scope(owner, region):
        policy = getattr(importlib.import_module(f"ministack.services.{module}"), lookup)(resource)
    if policy and service == "s3" and owner != get_account_id() and _is_restricted(owner, bucket_of(resource)):
        return "", owner  # it grants nothing
    return policy or (("", owner) if service == "kms" and owner != get_account_id() else None)


def not_let_in(access_key: str | None, account: str, policy: Any, action: str, resource: str) -> str | None:
    """The ARN of the caller whom a policy of another account's resource does not let in; None if it does."""
    identity = iam_evaluator.resolve_caller_identity(access_key) or {} if access_key else {}
    principal = identity.get("userArn") or f"arn:aws:iam::{account}:root"
    context = _context(principal, account, action, resource, {})
    return None if iam_evaluator.evaluate_resource_policy(policy, context).decision == "Allow" else principal


def _context(principal: str, account: str, action: str, resource: str, keys: Mapping[str, Any]) -> Any:
    return iam_evaluator.EvalContext(
        principal_arn=principal,
        principal_type="AssumedRole" if ":assumed-role/" in principal else "User",
        principal_account=account,
        action=action,
        resource_arn=resource,
        region=get_region(),
        service_context={name.lower(): value for name, value in keys.items()},
    )


def _with_owners(inner: Callable[..., Any]) -> Callable[..., Any]:
    """The condition keys of the caller and of the account that owns a bucket."""

    def resolve(key: str, context: Any) -> Any:
        name = key.lower()
        if name == "aws:principalarn":
            return role_of(context.principal_arn)
        if name in ("aws:resourceaccount", "s3:resourceaccount") and context.resource_arn.startswith(BUCKET):
            return owner_of(context.resource_arn) or context.principal_account
        return inner(key, context)

    return resolve


def role_of(principal: str) -> str:
    """The ARN of a session's role, with its path; any other principal's own."""
    account, _, session = principal.removeprefix("arn:aws:sts::").partition(":assumed-role/")
    if not session:
        return principal
    name = session.partition("/")[0]
    role = iam._roles.get_scoped(account, None, name)
    return str(role["Arn"]) if role else f"arn:aws:iam::{account}:role/{name}"


def _knowing_the_caller(inner: Callable[..., Any]) -> Callable[..., Any]:
    def apply(method: str, bucket: str, key: str, headers: dict[str, str], query: Any, *rest: Any) -> Any:
        access_key = router.extract_access_key_id(headers, query) or ""
        identity = iam_evaluator.resolve_caller_identity(access_key) or {} if access_key else {}
        before = _caller.set(identity.get("userArn", ""))
        try:
            return inner(method, bucket, key, headers, query, *rest)
        finally:
            _caller.reset(before)

    return apply


def _is_restricted(owner: str, bucket: str) -> bool:
    """Whether RestrictPublicBuckets keeps other accounts from a bucket, because its policy is public."""
    policy = s3._bucket_policies.get_scoped(owner, None, bucket)
    return bool(
        policy and s3._public_access_blocked(owner, bucket, "RestrictPublicBuckets") and s3._policy_is_public(policy)
    )


def _about_the_caller(inner: Callable[..., Any]) -> Callable[..., Any]:
    """Ask a policy about the caller of S3, where ministack asks about the root of the caller's account."""

    def evaluate(policy: Any, context: Any, *rest: Any, **more: Any) -> Any:
        return inner(policy, _asked.get() or context, *rest, **more)

    return evaluate


def _by_policy(inner: Callable[..., bool]) -> Callable[..., bool]:
    """Ask a foreign bucket's policy about the caller; ACLs, and requests without credentials, stay ministack's."""

    def allows(owner: str, bucket: str, key: str, method: str, query: Any, account: str, headers: Any = None) -> bool:
        principal, policy = _caller.get(), s3._bucket_policies.get_scoped(owner, None, bucket)
        if not account or not principal or not policy:
            return bool(inner(owner, bucket, key, method, query, account, headers))
        path = f"/{bucket}/{key}" if key else f"/{bucket}"
        name = iam_actions._s3_action(method, path, query) or (
            "GetObject" if method in ("GET", "HEAD") else "PutObject"
        )
        with request_scope(owner, get_region()):
            context = iam_actions.s3_service_context(f"s3:{name}", query, path, headers or {})
        resource = f"{BUCKET}{bucket}/{key}" if key else f"{BUCKET}{bucket}"
        asked = _context(principal, account, f"s3:{name}", resource, context)
        decision = iam_evaluator.evaluate_resource_policy(policy, asked).decision
        if decision == "Deny" or _is_restricted(owner, bucket):
            return False
        before = _asked.set(asked)
        try:
            return bool(inner(owner, bucket, key, method, query, account, headers))
        finally:
            _asked.reset(before)

    return allows
