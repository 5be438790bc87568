"""IAM statements that several roles share, each as narrow as AWS allows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aws_cdk import aws_iam as iam

from launchpad.images import registry_actions
from stacks.base.job_network import JobNetwork
from stacks.base.platform_stack import PlatformStack
from stacks.permissions.policies import Statement, statement

OF_SAGEMAKER = {"StringEquals": {"application-autoscaling:service-namespace": "sagemaker"}}
"""A scalable target's ARN has an id that AWS generates, so the service namespace is the limit."""


def read_objects(bucket_arn: str, *prefixes: str) -> list[Statement]:
    """Allow reading objects below `prefixes` (default: all), and listing the bucket."""
    return [
        statement(["s3:GetObject"], _objects(bucket_arn, prefixes)),
        statement(["s3:ListBucket"], [bucket_arn]),
    ]


def write_objects(bucket_arn: str, *prefixes: str) -> Statement:
    """Allow writing objects below `prefixes` (default: all), in parts if they are large."""
    return statement(["s3:PutObject", "s3:AbortMultipartUpload"], _objects(bucket_arn, prefixes))


def read_elsewhere(partition: str, paths: Sequence[str]) -> list[Statement]:
    """Allow reading objects that begin with `paths` (`bucket/key`) in buckets outside the platform."""
    return [
        permission
        for path in paths
        for permission in (
            statement(["s3:GetObject"], [f"arn:{partition}:s3:::{path.partition('/')[0]}/{path.partition('/')[2]}*"]),
            list_elsewhere(partition, path),
        )
    ]


def list_elsewhere(partition: str, path: str) -> Statement:
    """Allow listing the objects that begin with `path` (`bucket/key`) in a bucket outside the platform."""
    bucket, _, key = path.partition("/")
    return statement(["s3:ListBucket"], [f"arn:{partition}:s3:::{bucket}"], {"StringLike": {"s3:prefix": f"{key}*"}})


def never_write(bucket_arn: str, *prefixes: str) -> Statement:
    """Deny writing below `prefixes`, whatever other statements allow."""
    return statement(["s3:PutObject", "s3:DeleteObject"], _objects(bucket_arn, prefixes), effect="Deny")


def use_key(key_arn: str) -> Statement:
    """Allow reading and writing data that the key encrypts."""
    return statement(["kms:Decrypt", "kms:GenerateDataKey"], [key_arn])


def encrypt_output(key_arn: str) -> Statement:
    """Allow encrypting a job's output: "the SageMaker execution role must include permissions to call kms:Encrypt".

    That is the API reference's sentence on `OutputDataConfig.KmsKeyId`; "SageMaker AI Roles" (developer guide) asks for
    it of the roles of training, tuning and processing jobs.
    """
    return statement(["kms:Encrypt"], [key_arn])


def read_encrypted(key_arn: str) -> Statement:
    """Allow reading data that the key encrypts."""
    return statement(["kms:Decrypt"], [key_arn])


def attach_encrypted_volumes(key_arn: str) -> list[Statement]:
    """Allow SageMaker to encrypt its instances' volumes with the key. Grants are limited to AWS services."""
    return [
        statement(["kms:DescribeKey"], [key_arn]),
        statement(["kms:CreateGrant"], [key_arn], {"Bool": {"kms:GrantIsForAWSResource": "true"}}),
    ]


def protect_log_groups(stack: PlatformStack, *groups: str) -> Statement:
    """Allow creating SageMaker's log groups `/aws/sagemaker/<group>`, a pattern, with a key and a retention."""
    return statement(
        ["logs:AssociateKmsKey", "logs:CreateLogGroup", "logs:PutRetentionPolicy"],
        [stack.arn("logs", f"log-group:/aws/sagemaker/{group}") for group in groups],
    )


def write_sagemaker_logs(stack: PlatformStack, group: str) -> Statement:
    """Allow writing to SageMaker's log groups that begin with `/aws/sagemaker/<group>`."""
    return statement(
        ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
        [stack.arn("logs", f"log-group:/aws/sagemaker/{group}*")],
    )


def join_network(network: JobNetwork) -> list[Statement]:
    """Allow creating and deleting SageMaker's network interfaces in the private subnets.

    EC2's Describe actions take no resources: they need `*`. An interface has no ARN before it exists, so the VPC is the
    limit.
    """
    within_vpc = {"ArnEquals": {"ec2:Vpc": network.vpc_arn}}
    return [
        statement(
            ["ec2:CreateNetworkInterface"], [*network.subnet_arns, network.security_group_arn, network.interface_arns]
        ),
        statement(
            [
                "ec2:CreateNetworkInterfacePermission",
                "ec2:DeleteNetworkInterface",
                "ec2:DeleteNetworkInterfacePermission",
            ],
            [network.interface_arns],
            within_vpc,
        ),
        statement(
            [
                "ec2:DescribeDhcpOptions",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSubnets",
                "ec2:DescribeVpcs",
            ],
            ["*"],
        ),
    ]


def put_sagemaker_metrics() -> Statement:
    """Allow publishing metrics of jobs and endpoints. PutMetricData takes no resources: the namespace is the limit."""
    return statement(
        ["cloudwatch:PutMetricData"],
        ["*"],
        {"StringLike": {"cloudwatch:namespace": ["/aws/sagemaker/*", "aws/sagemaker/*"]}},
    )


def pull_images(repository_arns: Iterable[str]) -> list[Statement]:
    """Allow pulling from `repository_arns`. A token is for the whole registry: AWS offers nothing finer than `*`."""
    resources = sorted(repository_arns)
    if not resources:
        return []
    return [
        statement([registry_actions.TOKEN], ["*"]),
        statement([*registry_actions.PULL], resources),
    ]


def push_images(repository_arns: Iterable[str]) -> list[Statement]:
    """Allow pushing to `repository_arns`, and describing what exists. A token is for the whole registry: `*`."""
    return [
        statement([registry_actions.TOKEN], ["*"]),
        statement([*registry_actions.PUSH], list(repository_arns)),
    ]


def remove_scaling_and_alarms(stack: PlatformStack, environment: str) -> list[Statement]:
    """Allow deleting what would outlive an endpoint: its scalable targets and its alarms."""
    alarms = [stack.arn("cloudwatch", f"alarm:launchpad-{environment}-endpoint-*")]
    return [
        statement(
            ["application-autoscaling:DeregisterScalableTarget"],
            [stack.arn("application-autoscaling", "scalable-target/*")],
            OF_SAGEMAKER,
        ),
        statement(["cloudwatch:DeleteAlarms"], alarms),
    ]


def scale_endpoints(stack: PlatformStack, environment: str) -> list[Statement]:
    """Allow scaling endpoints ("Permissions needed" in the user guide of Application Auto Scaling).

    The alarms of target tracking are made with the caller's permissions. That a policy may name them is not confirmed:
    the guide's examples have `*`.
    """
    service = "sagemaker.application-autoscaling.amazonaws.com"
    role = f"role/aws-service-role/{service}/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
    changes = ("DeleteScalingPolicy", "DeleteScheduledAction", "PutScalingPolicy", "PutScheduledAction")
    return [
        statement(
            [f"application-autoscaling:{name}" for name in (*changes, "RegisterScalableTarget")],
            [stack.arn("application-autoscaling", "scalable-target/*")],
            OF_SAGEMAKER,
        ),
        # Describing takes no resources: `*` is the finest that AWS offers.
        statement(
            [
                "application-autoscaling:DescribeScalingPolicies",
                "application-autoscaling:DescribeScheduledActions",
            ],
            ["*"],
        ),
        statement(
            ["cloudwatch:DeleteAlarms", "cloudwatch:DescribeAlarms", "cloudwatch:PutMetricAlarm"],
            [stack.arn("cloudwatch", f"alarm:TargetTracking-endpoint/{environment}-*")],
        ),
        statement(
            ["cloudwatch:PutMetricAlarm"], [stack.arn("cloudwatch", f"alarm:launchpad-{environment}-endpoint-*")]
        ),
        # The first scalable target of an account creates the role with which SageMaker's endpoints are scaled.
        statement(
            ["iam:CreateServiceLinkedRole"],
            [stack.arn("iam", role, region="")],
            {"StringEquals": {"iam:AWSServiceName": service}},
        ),
    ]


def sagemaker_arns(stack: PlatformStack, environment: str, *kinds: str) -> list[str]:
    """Return ARN patterns for this environment's SageMaker resources of these kinds, by the prefix of their names."""
    return [stack.arn("sagemaker", f"{kind}/{environment}-*") for kind in sorted(kinds)]


def pass_role(role: iam.Role, service: str = "sagemaker.amazonaws.com") -> Statement:
    """Allow passing `role` to `service` only."""
    return statement(["iam:PassRole"], [role.role_arn], {"StringEquals": {"iam:PassedToService": service}})


def _objects(bucket_arn: str, prefixes: tuple[str, ...]) -> list[str]:
    return [f"{bucket_arn}/{prefix}*" for prefix in prefixes or ("",)]
