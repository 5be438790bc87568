"""IAM statements that several roles share, each as narrow as AWS allows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from stacks.constructs.job_network import JobNetwork


def read_objects(bucket: s3.IBucket, *prefixes: str) -> list[iam.PolicyStatement]:
    """Read objects below `prefixes` (all, without one) and list the bucket."""
    return [
        iam.PolicyStatement(actions=["s3:GetObject"], resources=_objects(bucket, prefixes)),
        iam.PolicyStatement(actions=["s3:ListBucket"], resources=[bucket.bucket_arn]),
    ]


def write_objects(bucket: s3.IBucket, *prefixes: str) -> iam.PolicyStatement:
    """Write objects below `prefixes`, in parts if they are large."""
    return iam.PolicyStatement(
        actions=["s3:PutObject", "s3:AbortMultipartUpload"], resources=_objects(bucket, prefixes)
    )


def read_elsewhere(partition: str, paths: Sequence[str]) -> list[iam.PolicyStatement]:
    """Read what begins with `paths` (`bucket/key`) in buckets that are not the platform's."""
    by_bucket = [(path.partition("/")[0], path.partition("/")[2]) for path in paths]
    return [
        statement
        for bucket, key in by_bucket
        for statement in (
            iam.PolicyStatement(actions=["s3:GetObject"], resources=[f"arn:{partition}:s3:::{bucket}/{key}*"]),
            iam.PolicyStatement(
                actions=["s3:ListBucket"],
                resources=[f"arn:{partition}:s3:::{bucket}"],
                conditions={"StringLike": {"s3:prefix": f"{key}*"}},
            ),
        )
    ]


def never_write(bucket: s3.IBucket, *prefixes: str) -> iam.PolicyStatement:
    """Refuse to write below `prefixes`, whatever else allows it."""
    return iam.PolicyStatement(
        effect=iam.Effect.DENY, actions=["s3:PutObject", "s3:DeleteObject"], resources=_objects(bucket, prefixes)
    )


def use_key(key: kms.IKey) -> iam.PolicyStatement:
    """Read and write what the key encrypts."""
    return iam.PolicyStatement(actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=[key.key_arn])


def read_encrypted(key: kms.IKey) -> iam.PolicyStatement:
    """Read what the key encrypts, and write nothing."""
    return iam.PolicyStatement(actions=["kms:Decrypt"], resources=[key.key_arn])


def attach_encrypted_volumes(key: kms.IKey) -> list[iam.PolicyStatement]:
    """Let SageMaker encrypt its instances' volumes with the key; grants go to AWS services only."""
    return [
        iam.PolicyStatement(actions=["kms:DescribeKey"], resources=[key.key_arn]),
        iam.PolicyStatement(
            actions=["kms:CreateGrant"],
            resources=[key.key_arn],
            conditions={"Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
    ]


def write_sagemaker_logs(stack: cdk.Stack, group: str) -> iam.PolicyStatement:
    """Write the streams of SageMaker's own log groups that begin with `/aws/sagemaker/<group>`."""
    return iam.PolicyStatement(
        actions=["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
        resources=[
            stack.format_arn(
                service="logs",
                resource="log-group",
                resource_name=f"/aws/sagemaker/{group}*",
                arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
            )
        ],
    )


def join_network(network: JobNetwork) -> list[iam.PolicyStatement]:
    """Put SageMaker's network interfaces into the private subnets, and take them away again.

    EC2's Describe actions know no resources, hence `*`; an interface has no name before it is there, hence its VPC.
    """
    within_vpc = {"ArnEquals": {"ec2:Vpc": network.vpc_arn}}
    return [
        iam.PolicyStatement(
            actions=["ec2:CreateNetworkInterface"],
            resources=[*network.subnet_arns, network.security_group_arn, network.interface_arns],
        ),
        iam.PolicyStatement(
            actions=[
                "ec2:CreateNetworkInterfacePermission",
                "ec2:DeleteNetworkInterface",
                "ec2:DeleteNetworkInterfacePermission",
            ],
            resources=[network.interface_arns],
            conditions=within_vpc,
        ),
        iam.PolicyStatement(
            actions=[
                "ec2:DescribeDhcpOptions",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSubnets",
                "ec2:DescribeVpcs",
            ],
            resources=["*"],
        ),
    ]


def put_sagemaker_metrics() -> iam.PolicyStatement:
    """Publish job and endpoint metrics. PutMetricData knows no resources: the namespace is the finest limit."""
    return iam.PolicyStatement(
        actions=["cloudwatch:PutMetricData"],
        resources=["*"],
        conditions={"StringLike": {"cloudwatch:namespace": ["/aws/sagemaker/*", "aws/sagemaker/*"]}},
    )


def pull_images(repository_arns: Iterable[str]) -> list[iam.PolicyStatement]:
    """Pull from `repository_arns`. A registry token is for the whole registry: AWS offers nothing finer than `*`."""
    resources = sorted(repository_arns)
    if not resources:
        return []
    return [
        iam.PolicyStatement(actions=["ecr:GetAuthorizationToken"], resources=["*"]),
        iam.PolicyStatement(
            actions=["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            resources=resources,
        ),
    ]


def push_images(repository_arns: Iterable[str]) -> list[iam.PolicyStatement]:
    """Push to `repository_arns`, and see what is there already. The token is for the whole registry, hence `*`."""
    return [
        iam.PolicyStatement(actions=["ecr:GetAuthorizationToken"], resources=["*"]),
        iam.PolicyStatement(
            actions=[
                "ecr:BatchCheckLayerAvailability",
                "ecr:BatchGetImage",
                "ecr:CompleteLayerUpload",
                "ecr:DescribeImages",
                "ecr:DescribeRepositories",
                "ecr:GetDownloadUrlForLayer",
                "ecr:InitiateLayerUpload",
                "ecr:PutImage",
                "ecr:UploadLayerPart",
            ],
            resources=sorted(repository_arns),
        ),
    ]


def sagemaker_arns(stack: cdk.Stack, environment: str, *kinds: str) -> list[str]:
    """The ARNs of this environment's SageMaker resources of some kinds, by the prefix that all their names have."""
    return [
        stack.format_arn(service="sagemaker", resource=kind, resource_name=f"{environment}-*") for kind in sorted(kinds)
    ]


def pass_role(role: iam.IRole, service: str = "sagemaker.amazonaws.com") -> iam.PolicyStatement:
    """Hand `role` to `service`, and to nothing else."""
    return iam.PolicyStatement(
        actions=["iam:PassRole"],
        resources=[role.role_arn],
        conditions={"StringEquals": {"iam:PassedToService": service}},
    )


def _objects(bucket: s3.IBucket, prefixes: tuple[str, ...]) -> list[str]:
    return [bucket.arn_for_objects(f"{prefix}*") for prefix in prefixes or ("",)]
