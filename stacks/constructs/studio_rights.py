"""What users of SageMaker Studio may do: what they may in any notebook, and look after their own spaces.

Spaces and applications are found by who owns them: Studio tells the user (`sagemaker:UserProfileName`), and SageMaker
the owner of what a request is about (`sagemaker:OwnerUserProfileArn`).
"""

from __future__ import annotations

from collections.abc import Iterator

from aws_cdk import aws_iam as iam

from stacks.constructs import statements as allow
from stacks.constructs.job_network import JobNetwork
from stacks.constructs.notebook_rights import people_rights
from stacks.constructs.platform_stack import PlatformStack
from stacks.storage import StorageStack

THEMSELVES = "${sagemaker:DomainId}/${sagemaker:UserProfileName}"
"""Policy variables, filled in by IAM."""
LOOK = ["sagemaker:DescribeDomain", "sagemaker:DescribeSpace", "sagemaker:DescribeUserProfile", "sagemaker:DescribeApp"]
LIST = ["sagemaker:ListApps", "sagemaker:ListDomains", "sagemaker:ListSpaces", "sagemaker:ListUserProfiles"]


def studio_rights(stack: PlatformStack, storage: StorageStack, network: JobNetwork) -> Iterator[iam.PolicyStatement]:
    """The statements of the role before there is a domain. To invoke the functions is granted in the studio stack."""
    yield from people_rights(stack, storage)
    yield from allow.attach_encrypted_volumes(storage.key)
    yield from allow.join_network(network)
    yield allow.write_sagemaker_logs(stack, "studio")


def domain_rights(stack: PlatformStack, domain_id: str) -> Iterator[iam.PolicyStatement]:
    """The statements about one domain. SageMaker's List actions know no resources that all of them share, hence `*`."""

    def named(kind: str, name: str) -> str:
        return stack.format_arn(service="sagemaker", resource=kind, resource_name=f"{domain_id}/{name}")

    spaces, apps = named("space", "*"), named("app", "*")
    domain = stack.format_arn(service="sagemaker", resource="domain", resource_name=domain_id)
    owner = stack.format_arn(service="sagemaker", resource="user-profile", resource_name=THEMSELVES)
    yield iam.PolicyStatement(actions=LOOK, resources=[domain, spaces, apps, named("user-profile", "*")])
    yield iam.PolicyStatement(actions=LIST, resources=["*"])
    yield iam.PolicyStatement(actions=["sagemaker:CreatePresignedDomainUrl"], resources=[owner])
    yield iam.PolicyStatement(
        actions=[
            "sagemaker:CreateApp",
            "sagemaker:CreateSpace",
            "sagemaker:DeleteApp",
            "sagemaker:DeleteSpace",
            "sagemaker:UpdateSpace",
        ],
        resources=[spaces, apps],
        conditions={
            "ArnLike": {"sagemaker:OwnerUserProfileArn": owner},
            "StringEquals": {"sagemaker:SpaceSharingType": "Private"},
        },
    )
    # Tags at the moment of making only.
    yield iam.PolicyStatement(
        actions=["sagemaker:AddTags"],
        resources=[spaces, apps],
        conditions={"Null": {"sagemaker:TaggingAction": "false"}},
    )
