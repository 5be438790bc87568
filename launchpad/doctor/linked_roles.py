"""Service-linked roles that the resources need. AWS creates each with the first resource of its kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from botocore.exceptions import ClientError

from launchpad.doctor.check import Check, Finding, ok
from launchpad.doctor.deployment import Deployment

ROLES: Mapping[str, str] = {
    "AWS::ApplicationAutoScaling::ScalableTarget": "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint",
    "AWS::EMR::Cluster": "AWSServiceRoleForEMRCleanup",
    "AWS::EMRServerless::Application": "AWSServiceRoleForAmazonEMRServerless",
    "AWS::SageMaker::Domain": "AWSServiceRoleForAmazonSageMakerNotebooks",
}
"""Roles by the resource that needs them: "Service-linked roles" in the user guides of Application Auto Scaling, EMR,
EMR Serverless and SageMaker. All are created automatically, if the creator may call `iam:CreateServiceLinkedRole`, as
the role of CDK's bootstrap for CloudFormation may."""


def checks() -> list[Check]:
    """All checks of this group."""
    return [Check("service-linked roles", "roles", roles)]


def roles(deployment: Deployment) -> Iterable[Finding]:
    """Look each role up (IAM GetRole)."""
    needed = sorted({ROLES[resource["Type"]] for _, _, resource in _resources(deployment)})
    if not needed:
        yield ok("no resource needs one")
    for name in needed:
        yield _role(deployment, name)


def _resources(deployment: Deployment) -> Iterable[tuple[object, str, Mapping[str, str]]]:
    return deployment.assembly.resources(*ROLES) if deployment.assembly else ()


def _role(deployment: Deployment, name: str) -> Finding:
    try:
        deployment.client("iam").get_role(RoleName=name)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchEntity":
            raise
        return ok(f"{name} doesn't exist yet; the deploy makes AWS create it")
    return ok(f"{name} exists")
