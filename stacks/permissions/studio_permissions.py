"""Permissions of SageMaker Studio's users: those of a notebook, and the management of the spaces that they own.

Spaces and applications are matched by owner: Studio sets the user (`sagemaker:UserProfileName`), and SageMaker the
owner of the requested resource (`sagemaker:OwnerUserProfileArn`).
"""

from __future__ import annotations

from collections.abc import Iterator

from stacks.base.job_network import JobNetwork
from stacks.base.platform_stack import PlatformStack
from stacks.base.storage import Storage
from stacks.permissions import statements as allow
from stacks.permissions.notebook_permissions import people_permissions
from stacks.permissions.policies import Statement, statement

THEMSELVES = "${sagemaker:DomainId}/${sagemaker:UserProfileName}"
"""Policy variables that IAM fills in."""
LOOK = ["sagemaker:DescribeDomain", "sagemaker:DescribeSpace", "sagemaker:DescribeUserProfile", "sagemaker:DescribeApp"]
LIST = ["sagemaker:ListApps", "sagemaker:ListDomains", "sagemaker:ListSpaces", "sagemaker:ListUserProfiles"]


def studio_permissions(stack: PlatformStack, storage: Storage, network: JobNetwork) -> Iterator[Statement]:
    """Return the statements that need no domain. The studio stack adds those for the domain and the functions."""
    yield from people_permissions(stack, storage)
    yield from allow.attach_encrypted_volumes(storage.key_arn)
    yield from allow.join_network(network)
    yield allow.write_sagemaker_logs(stack, "studio")


def domain_permissions(stack: PlatformStack, domain_id: str) -> Iterator[Statement]:
    """Return the statements for one domain. SageMaker's List actions share no resource type: they need `*`."""

    def named(kind: str, name: str) -> str:
        return stack.arn("sagemaker", f"{kind}/{domain_id}/{name}")

    spaces, apps = named("space", "*"), named("app", "*")
    domain = stack.arn("sagemaker", f"domain/{domain_id}")
    owner = stack.arn("sagemaker", f"user-profile/{THEMSELVES}")
    yield statement(LOOK, [domain, spaces, apps, named("user-profile", "*")])
    yield statement(LIST, ["*"])
    yield statement(["sagemaker:CreatePresignedDomainUrl"], [owner])
    yield statement(
        [
            "sagemaker:CreateApp",
            "sagemaker:CreateSpace",
            "sagemaker:DeleteApp",
            "sagemaker:DeleteSpace",
            "sagemaker:UpdateSpace",
        ],
        [spaces, apps],
        {
            "ArnLike": {"sagemaker:OwnerUserProfileArn": owner},
            "StringEquals": {"sagemaker:SpaceSharingType": "Private"},
        },
    )
    # Tags only while a resource is created.
    yield statement(["sagemaker:AddTags"], [spaces, apps], {"Null": {"sagemaker:TaggingAction": "false"}})
