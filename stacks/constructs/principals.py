"""Who may take on a role, or use a resource: AWS's services, for this account only (no confused deputy)."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

ACCOUNT = cdk.Aws.ACCOUNT_ID
"""Of whoever deploys; CDK would be asked each time."""


def of_this_account(service: str, source: str | None = None) -> iam.ServicePrincipal:
    """`service`, such as ``states.amazonaws.com``, acting for this account; with `source`, for such ARNs of it only."""
    conditions: dict[str, Any] = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    if source is not None:
        conditions["ArnLike"] = {"aws:SourceArn": source}
    return iam.ServicePrincipal(service, conditions=conditions)
