"""Principals: who may assume a role or use a resource. AWS services act for this account only (no confused deputy)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_cdk import aws_iam as iam

from stacks.base.platform_stack import ACCOUNT, PlatformStack
from stacks.permissions.actions import check_actions

SIGN_IN = {"aws": "aws.amazon.com", "aws-cn": "amazonaws.cn", "aws-us-gov": "amazonaws-us-gov.com"}
"""The domain of AWS's sign-in page, by partition."""


def of_this_account(service: str, source: str | None = None) -> iam.ServicePrincipal:
    """`service`, such as ``states.amazonaws.com``, acting for this account, and only for the ARN pattern `source`."""
    return iam.ServicePrincipal(service, conditions=_own_account(source))


def regional_logs(stack: PlatformStack) -> str:
    """The principal of CloudWatch Logs in this region: the only one here that ends otherwise in China.

    Source: CDK's region-info (`servicePrincipal`), which adds the partition's suffix to the principal of `logs` only.
    """
    suffix = "amazonaws.com.cn" if stack.partition_name == "aws-cn" else "amazonaws.com"
    return f"logs.{stack.settings.region}.{suffix}"


def allow_session_actions(role: iam.Role, principal: iam.IPrincipal, *actions: str) -> None:
    """Let `principal`, which may assume `role`, also do `actions` with the session, such as ``sts:TagSession``."""
    check_actions(actions)
    trust = role.assume_role_policy
    assert trust is not None  # noqa: S101 -- only an imported role has none
    trust.add_statements(iam.PolicyStatement(actions=list(actions), principals=[principal]))


def account_root(stack: PlatformStack) -> str:
    """The ARN that stands for every principal of the account that its own IAM policies allow the action."""
    return stack.arn("iam", "root", region="")


def reserved_role(stack: PlatformStack, permission_set: str) -> list[str]:
    """The ARN patterns of the role that IAM Identity Center makes for a permission set in this account.

    Its path has Identity Center's region, unless that is us-east-1 ("Referencing permission sets in resource
    policies", user guide; the exception is not in it, so both are written).
    Its name ends with 16 characters that change with the assignment; so many `?` fit no longer name.
    """
    name, path = f"AWSReservedSSO_{permission_set}_{'?' * 16}", "role/aws-reserved/sso.amazonaws.com"
    return [stack.arn("iam", f"{path}/{name}", region=""), stack.arn("iam", f"{path}/*/{name}", region="")]


def provider_audience(stack: PlatformStack, provider: str, client_id: str | None) -> dict[str, Any]:
    """The condition on a token of a SAML or OIDC provider: whom it was issued for.

    AWS's sign-in page is a SAML assertion's audience, worldwide or the region's ("Configure a relying party").
    """
    if client_id is not None:
        issuer = provider.partition(":oidc-provider/")[2]
        return {"StringEquals": {f"{issuer}:aud": client_id}}
    domain = SIGN_IN[stack.partition_name]
    pages = [f"https://signin.{domain}/saml", f"https://{stack.settings.region}.signin.{domain}/saml"]
    return {"StringEquals": {"SAML:aud": pages}}


def publishers(stack: PlatformStack) -> dict[str, Mapping[str, Any]]:
    """`Principal` and `Condition` of the services that publish alerts directly, by name.

    AWS Budgets may publish for this account's budgets, CloudWatch for this environment's alarms, and with
    `anomaly_detection` Cost Anomaly Detection for this account's subscriptions ("Creating an Amazon SNS topic for
    anomaly notifications").
    """
    sources = {
        "budgets": stack.arn("budgets", "*", region=""),
        "cloudwatch": stack.arn("cloudwatch", f"alarm:launchpad-{stack.settings.name}-*"),
    }
    if stack.settings.anomaly_detection:
        sources["costalerts"] = stack.arn("ce", "anomalysubscription/*", region="")
    return {
        service: {"Principal": {"Service": f"{service}.amazonaws.com"}, "Condition": _own_account(source)}
        for service, source in sources.items()
    }


def _own_account(source: str | None) -> dict[str, Any]:
    conditions: dict[str, Any] = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    if source is not None:
        conditions["ArnLike"] = {"aws:SourceArn": source}
    return conditions
