"""AWS's managed policies in ministack's IAM, which has 20 of them, and what IAM refuses to attach.

Note: ministack attaches whatever ARN it is given, and lists all policies at once.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any
from xml.sax.saxutils import escape

from ministack.services import iam

from local_aws.api.numbers import NotANumberError, whole
from local_aws.iam.managed_policies import OF_SERVICES, PREFIX, managed_policies

Params = Mapping[str, Any]
Handler = Callable[[Params], Any]
ATTACHING = ("AttachRolePolicy", "AttachUserPolicy", "AttachGroupPolicy")
BOUNDING = ("CreateRole", "CreateUser", "PutRolePermissionsBoundary", "PutUserPermissionsBoundary")
PAGE = 100
"""The MaxItems of a request without one, as the API reference says."""
SERVICE_ROLE_POLICY = "Cannot attach a Service Role Policy to a Customer Role."


@functools.cache
def add_managed_policies() -> None:
    """Put every policy of AWS into IAM, and refuse what can't be attached; takes a tenth of a second, once."""
    for policy in managed_policies():
        iam._aws_managed_policies[policy.arn] = {
            "PolicyName": policy.name,
            "Arn": policy.arn,
            "PolicyId": iam._gen_id("ANPA"),
            "CreateDate": policy.created,
            "UpdateDate": policy.updated,
            "DefaultVersionId": policy.version,
            "AttachmentCount": 0,
            "IsAttachable": True,
            "Path": policy.path,
            "Description": "",
            "Tags": [],
            "Versions": {policy.version: _version(policy.version, policy.document, policy.updated)},
        }
    for operation in ATTACHING:
        _refuse(operation, "PolicyArn", _unattachable)
    for operation in BOUNDING:
        _refuse(operation, "PermissionsBoundary", _no_boundary)
    iam._IAM_HANDLERS["ListPolicies"] = _list_policies


def add_on_lookup() -> None:
    """Add the policies when one is first looked up: those of an earlier run decide before any request to IAM."""
    inner = iam._lookup_policy

    def lookup(arn: str) -> Any:
        if iam._is_aws_managed_arn(arn):
            add_managed_policies()
        return inner(arn)

    iam._lookup_policy = lookup


def missing_policy(arn: str) -> str | None:
    """IAM's words if there is nothing to attach by this ARN."""
    add_managed_policies()
    return None if iam.policy_known(arn) else f"Policy {arn} does not exist or is not attachable."


def _version(name: str, document: str, created: str) -> dict[str, Any]:
    return {"Document": document, "VersionId": name, "IsDefaultVersion": True, "CreateDate": created}


def _refuse(operation: str, parameter: str, check: Callable[[str], Any]) -> None:
    inner: Handler = iam._IAM_HANDLERS[operation]

    def handler(params: Params) -> Any:
        arn = iam._p(params, parameter)
        return (check(arn) if arn else None) or inner(params)

    iam._IAM_HANDLERS[operation] = handler


def _unattachable(arn: str) -> Any:
    if not arn.startswith("arn:"):
        return iam._error(400, "ValidationError", f"Invalid ARN:  Could not be parsed!{escape(arn)}", ns="iam")
    if message := missing_policy(arn):
        return iam._error(404, "NoSuchEntity", escape(message), ns="iam")
    if arn.startswith(f"{PREFIX}{OF_SERVICES}"):
        return iam._error(400, "PolicyNotAttachable", SERVICE_ROLE_POLICY, ns="iam")
    return None


def _no_boundary(arn: str) -> Any:
    if missing_policy(arn) is None:
        return None
    return iam._error(404, "NoSuchEntity", f"Scope ARN: {escape(arn)} does not exist or is not attachable.", ns="iam")


def _list_policies(params: Params) -> Any:
    """ListPolicies: every filter, and pages of MaxItems."""
    scope, attached = iam._p(params, "Scope") or "All", iam._p(params, "OnlyAttached").lower() == "true"
    stores = ([iam._policies] if scope != "AWS" else []) + ([iam._aws_managed_policies] if scope != "Local" else [])
    counts = iam._boundary_usage_counts()
    usage = iam._p(params, "PolicyUsageFilter")
    arns = [
        arn
        for store in stores
        for arn, policy in store.items()
        if policy.get("Path", "/").startswith(iam._p(params, "PathPrefix") or "/")
        and (usage != "PermissionsBoundary" or counts.get(arn))
        and (not (attached or usage == "PermissionsPolicy") or _attachments(arn))
    ]
    try:
        start = whole(iam._p(params, "Marker") or "0")
    except NotANumberError:
        return iam._error(400, "ValidationError", "Invalid Marker.", ns="iam")
    end = start + int(iam._p(params, "MaxItems") or PAGE)
    members = "".join(f"<member>{iam._managed_policy_xml(arn, counts)}</member>" for arn in arns[start:end])
    more = f"<IsTruncated>true</IsTruncated><Marker>{end}</Marker>" if end < len(arns) else ""
    body = f"<Policies>{members}</Policies>{more or '<IsTruncated>false</IsTruncated>'}"
    return iam._xml(200, "ListPoliciesResponse", f"<ListPoliciesResult>{body}</ListPoliciesResult>", ns="iam")


def _attachments(arn: str) -> int:
    own = (iam._policies.get(arn) or {}).get("AttachmentCount", 0)
    return int(iam._aws_managed_attachment_counts.get(arn, 0) if iam._is_aws_managed_arn(arn) else own)
