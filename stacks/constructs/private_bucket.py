"""A bucket that nobody sees who was not granted it: TLS only, nothing public, every version kept for a while."""

from __future__ import annotations

from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.constructs.platform_stack import PlatformStack
from stacks.constructs.policies import Statement, document, never_without_tls

NONCURRENT_DAYS = 90
BROKEN_UPLOAD_DAYS = 7


class PrivateBucket(Construct):
    """A bucket of S3, and its policy once it is protected: after those that write their access logs to it."""

    bucket_name: str
    arn: str

    def __init__(
        self,
        scope: PlatformStack,
        name: str,
        *,
        key_arn: str | None,
        logs_to: PrivateBucket | None = None,
        log_prefix: str | None = None,
        expires_days: int | None = None,
        sends_events: bool = False,
    ) -> None:
        """Without a key, S3's own encryption. With `sends_events`, EventBridge is told of each new object."""
        super().__init__(scope, name)
        bucket = s3.CfnBucket(
            self,
            "Resource",
            bucket_encryption=_encryption(key_arn),
            public_access_block_configuration=s3.CfnBucket.PublicAccessBlockConfigurationProperty(
                block_public_acls=True, block_public_policy=True, ignore_public_acls=True, restrict_public_buckets=True
            ),
            versioning_configuration=s3.CfnBucket.VersioningConfigurationProperty(status="Enabled"),
            lifecycle_configuration=_lifecycle(expires_days),
            logging_configuration=s3.CfnBucket.LoggingConfigurationProperty(
                destination_bucket_name=logs_to.bucket_name, log_file_prefix=log_prefix
            )
            if logs_to
            else None,
            ownership_controls=None if logs_to else _OWNED,
            notification_configuration=_EVENTS if sends_events else None,
        )
        bucket.apply_removal_policy(scope.data_removal)
        self.bucket_name, self.arn = bucket.ref, bucket.attr_arn
        self._deliveries: list[Statement] = []
        if logs_to:
            logs_to._deliveries.append(_delivery(self.arn, f"{logs_to.arn}/{log_prefix}*", scope.account_id))

    def protect(self) -> None:
        """Give the bucket its policy: no access without TLS 1.2, and S3's own access logs, of these buckets only."""
        without_tls = never_without_tls("s3:*", self.arn, f"{self.arn}/*")
        with_old_tls = {**without_tls, "Condition": {"NumericLessThan": {"s3:TlsVersion": 1.2}}}
        s3.CfnBucketPolicy(
            Construct(self, "Policy"),
            "Resource",
            bucket=self.bucket_name,
            policy_document=document([without_tls, with_old_tls, *self._deliveries]),
        )


def _delivery(source_arn: str, objects: str, account: str) -> Statement:
    return {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": objects,
        "Condition": {"ArnLike": {"aws:SourceArn": source_arn}, "StringEquals": {"aws:SourceAccount": account}},
    }


def _encryption(key_arn: str | None) -> s3.CfnBucket.BucketEncryptionProperty:
    default = s3.CfnBucket.ServerSideEncryptionByDefaultProperty(
        sse_algorithm="aws:kms" if key_arn else "AES256", kms_master_key_id=key_arn
    )
    rule = s3.CfnBucket.ServerSideEncryptionRuleProperty(
        server_side_encryption_by_default=default, bucket_key_enabled=True if key_arn else None
    )
    return s3.CfnBucket.BucketEncryptionProperty(server_side_encryption_configuration=[rule])


def _lifecycle(expires_days: int | None) -> s3.CfnBucket.LifecycleConfigurationProperty:
    rule = s3.CfnBucket.RuleProperty(
        status="Enabled",
        expiration_in_days=expires_days,
        noncurrent_version_expiration=s3.CfnBucket.NoncurrentVersionExpirationProperty(noncurrent_days=NONCURRENT_DAYS),
        abort_incomplete_multipart_upload=s3.CfnBucket.AbortIncompleteMultipartUploadProperty(
            days_after_initiation=BROKEN_UPLOAD_DAYS
        ),
    )
    return s3.CfnBucket.LifecycleConfigurationProperty(rules=[rule])


_OWNED = s3.CfnBucket.OwnershipControlsProperty(
    rules=[s3.CfnBucket.OwnershipControlsRuleProperty(object_ownership="BucketOwnerEnforced")]
)
_EVENTS = s3.CfnBucket.NotificationConfigurationProperty(
    event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(event_bridge_enabled=True)
)
