"""The checks that ministack's IAM lacks, for a server that enforces IAM.

ministack checks each request over HTTP (its setting AUTH). Note: loading this loads Lambda's service.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import ministack.app as gateway
from ministack.core import iam_actions, iam_evaluator, router
from ministack.services import iam, tagging

from local_aws.iam import condition_keys
from local_aws.iam.service_needs import NEEDS
from local_aws.ministack.enforcement import MinistackEnforcement
from local_aws.ministack.iam_checks import check_functions, check_keys, check_targets
from local_aws.ministack.managed_policies import add_on_lookup

DECIDED_ELSEWHERE = frozenset({"s3", "sagemaker", "ses", *NEEDS})
"""Services whose actions the gateway does not know, but which are checked before they do anything."""


TaggedResources = Callable[[], Iterable[tuple[str, list[dict[str, str]]]]]
"""The ARNs of resources with their tags."""


def enforce_iam(enforcement: MinistackEnforcement, clusters: TaggedResources) -> None:
    """Enforce IAM in this process, before any of our code keeps references to ministack's functions.

    ``clusters`` are EMR's, by whose tags a policy may limit its actions (`aws:ResourceTag`).
    """
    tagging._RESOURCE_TAG_COLLECTORS["elasticmapreduce"] = clusters
    gateway._authenticate_only = _deny_undecided(gateway._authenticate_only)
    check_keys(enforcement)
    iam_evaluator._resolve_condition_key = condition_keys.over_tls(
        condition_keys.with_role_arns(iam_evaluator._resolve_condition_key, _role_arn)
    )
    iam_actions.s3_service_context = condition_keys.with_write_key(iam_actions.s3_service_context)
    iam_actions.extract_resource_arn = condition_keys.with_simulated_principals(
        condition_keys.with_repositories(
            condition_keys.with_log_streams(
                condition_keys.with_alarms(condition_keys.with_clusters(iam_actions.extract_resource_arn))
            )
        )
    )
    iam_actions.request_tag_context = condition_keys.with_service_keys(iam_actions.request_tag_context)
    add_on_lookup()
    check_targets(enforcement)
    check_functions(enforcement)


def _role_arn(account: str, name: str) -> str | None:
    role = iam._roles.get_scoped(account, None, name)
    return str(role["Arn"]) if role else None


def _deny_undecided(inner: Callable[..., Any]) -> Callable[..., Any]:
    """Allow unknown actions only to the account's own key, because ``inner`` only authenticates the caller."""

    def authenticate(service: str, headers: dict[str, str], query: Any, request_id: str) -> Any:
        failure = inner(service, headers, query, request_id)
        access_key = router.extract_access_key_id(headers, query) or ""
        if failure or service in DECIDED_ELSEWHERE or access_key.isdigit():
            return failure
        operation = headers.get("x-amz-target", "").rpartition(".")[2] or "UnknownOperation"
        arn = (iam_evaluator.resolve_caller_identity(access_key) or {}).get("userArn", "")
        return iam_actions.access_denied_response(service, f"{service}:{operation}", arn, request_id, headers=headers)

    return authenticate
