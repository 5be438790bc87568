"""STS: only a role that exists can be assumed, whether IAM is enforced or not.

Note: here an account's own key may assume roles. On AWS it is the root user's, who may not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id
from ministack.services import iam, sts

from local_aws.iam.service_needs import caller


def refuse_missing_roles() -> None:
    """Change STS. Once per process."""
    sts._assumed_role_arn = _existing(sts._assumed_role_arn)


def _existing(inner: Callable[[str, str], Any]) -> Callable[[str, str], Any]:
    def assumed_role_arn(role_arn: str, session_name: str) -> Any:
        arn, refusal = inner(role_arn, session_name)
        if refusal or _exists(role_arn):
            return arn, refusal
        return None, sts._error(403, "AccessDenied", _words(role_arn), ns="sts")

    return assumed_role_arn


def _exists(role_arn: str) -> bool:
    role = iam._roles.get_scoped(role_arn.split(":")[4], None, role_arn.rpartition("/")[2])
    return role is not None and role["Arn"] == role_arn


def _words(role_arn: str) -> str:
    """AWS's words, which do not say whether the role exists."""
    identity = iam_evaluator.resolve_caller_identity(caller.get()) or {}
    user = identity.get("userArn") or f"arn:aws:iam::{get_account_id()}:root"
    return f"User: {user} is not authorized to perform: sts:AssumeRole on resource: {role_arn}"
