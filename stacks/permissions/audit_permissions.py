"""What CloudTrail may do with the bucket of its records, and with the key: for this environment's trail only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from stacks.base.platform_stack import PlatformStack
from stacks.permissions.policies import Statement, statement

SERVICE = {"Principal": {"Service": "cloudtrail.amazonaws.com"}}


def trail_name(stack: PlatformStack) -> str:
    """The name of the environment's trail: the policies of bucket and key name it before it exists."""
    return f"launchpad-{stack.settings.name}-audit"


def deliver_records(stack: PlatformStack, bucket_arn: str) -> Iterator[Statement]:
    """Allow the trail to write its records ("Amazon S3 bucket policy for CloudTrail")."""
    source = {"aws:SourceArn": _trail(stack)}
    yield {**statement(["s3:GetBucketAcl"], [bucket_arn], {"StringEquals": source}), **SERVICE}
    owned = {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", **source}}
    objects = f"{bucket_arn}/AWSLogs/{stack.account_id}/*"
    yield {**statement(["s3:PutObject"], [objects], owned), **SERVICE}


def encrypt_records(stack: PlatformStack) -> Iterator[dict[str, Any]]:
    """Allow the trail to encrypt its records ("Configure AWS KMS key policies for CloudTrail").

    `*` is the key. The bucket uses a key of the bucket (S3 Bucket Keys), for which the guide asks for Decrypt too.
    """
    source = {"StringEquals": {"aws:SourceArn": _trail(stack)}}
    context = {"StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": _trail(stack)}}
    yield {**statement(["kms:DescribeKey", "kms:Decrypt"], ["*"], source), **SERVICE}
    yield {**statement(["kms:GenerateDataKey"], ["*"], {**source, **context}), **SERVICE}


def _trail(stack: PlatformStack) -> str:
    return stack.arn("cloudtrail", f"trail/{trail_name(stack)}")
