"""What GitHub's workflows may do in the account: assume the CDK CLI's roles to deploy, or read the stacks to plan.

Note: who may deploy may do nearly everything. CloudFormation creates what a template asks for with the role
`cdk-hnb659fds-cfn-exec-role`, which the CDK's bootstrap gives AdministratorAccess. So the limit that counts is in the
trust policies: one repository, one environment.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from aws_cdk import DefaultStackSynthesizer

from launchpad.images import image_lock
from launchpad.images.containers import Container, repository_name
from stacks.base.platform_stack import PlatformStack
from stacks.permissions import statements as allow
from stacks.permissions.policies import Statement, statement

ISSUER = "token.actions.githubusercontent.com"
"""The issuer of the tokens that a workflow's job gets, without `https://`, as in an IAM condition key."""
AUDIENCE = "sts.amazonaws.com"
"""The audience that aws-actions/configure-aws-credentials asks for."""
BRANCH = "main"
"""The branch that is deployed (`.github/workflows/deploy.yaml`)."""
CDK_ROLES = ("deploy", "file-publishing")
"""The roles of CDK's bootstrap that `cdk deploy` assumes. It pushes images as `publishing_role` instead."""


def deploying(stack: PlatformStack, publishing_role: str, containers: Iterable[Container]) -> Iterator[Statement]:
    """Allow what `launchpad deploy` does with its caller's credentials.

    Note: it pushes images itself on the first deploy. The CDK CLI asks for `publishing_role` before it deploys the
    stack that creates it, goes on with the caller's credentials, and doesn't ask again.
    """
    built = list(containers)
    yield statement(["sts:AssumeRole"], [*(_cdk_role(stack, purpose) for purpose in CDK_ROLES), publishing_role])
    # Whether a pinned endpoint exists outside of its stack.
    yield statement(["sagemaker:DescribeEndpoint"], allow.sagemaker_arns(stack, stack.settings.name, "endpoint"))
    yield statement(["cloudformation:ListStackResources"], [_stacks(stack)])
    if stack.settings.endpoints:  # their logs are kept as long as the config says now
        logs = stack.arn("logs", f"log-group:/aws/sagemaker/Endpoints/{stack.settings.name}-*")
        yield statement(["logs:PutRetentionPolicy"], [logs])
    yield from allow.pull_images(_base_repositories(stack, built))
    if built:
        yield from allow.push_images(_repository(stack, container) for container in built)


def planning(stack: PlatformStack) -> Iterator[Statement]:
    """Allow what `make cloud-diff` reads. CDK's lookup role isn't needed: it may read the account's data too."""
    yield statement(["cloudformation:DescribeStacks", "cloudformation:GetTemplate"], [_stacks(stack)])
    # It names the stacks that the config no longer has; the action knows no resources.
    yield statement(["cloudformation:ListStacks"], ["*"])


def token_of(subject: str) -> Mapping[str, Any]:
    """The condition on a token: it was issued for AWS, to the job that `subject` describes."""
    return {"StringEquals": {f"{ISSUER}:aud": AUDIENCE, f"{ISSUER}:sub": subject}}


def _cdk_role(stack: PlatformStack, purpose: str) -> str:
    qualifier = DefaultStackSynthesizer.DEFAULT_QUALIFIER
    name = f"cdk-{qualifier}-{purpose}-role-{stack.account_id}-{stack.settings.region}"
    return stack.arn("iam", f"role/{name}", region="")


def _base_repositories(stack: PlatformStack, containers: Iterable[Container]) -> set[str]:
    """The repositories of AWS's images that the platform's images are built from."""
    built = (container.build_arguments(stack.settings.region) for container in containers)
    uris = [arguments["BASE_IMAGE"] for arguments in built if arguments]
    return {image_lock.repository_arn(uri, stack.partition_name) for uri in uris}


def _repository(stack: PlatformStack, container: Container) -> str:
    return stack.arn("ecr", f"repository/{repository_name(stack.settings.name, container.name)}")


def _stacks(stack: PlatformStack) -> str:
    return stack.arn("cloudformation", f"stack/launchpad-{stack.settings.name}-*")
