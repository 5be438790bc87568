"""The key, and the buckets for data, models and access logs.

The bucket of access logs has S3's own encryption, not the key: S3 delivers no access logs to a bucket with a KMS key.
"""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from launchpad.settings import EnvironmentSettings
from stacks.constructs.key_policy import key_policy
from stacks.constructs.platform_stack import PlatformStack

NONCURRENT_DAYS = 90
ACCESS_LOG_DAYS = 365


class StorageStack(PlatformStack):
    """Where data and models lie, encrypted, versioned, and readable by nobody who was not granted it."""

    def __init__(self, scope: Construct, settings: EnvironmentSettings) -> None:
        super().__init__(scope, settings, "storage", "Encryption key, and buckets for data, models and access logs")
        self.key = kms.Key(
            self,
            "Key",
            description=f"Everything that the {settings.name} environment keeps",
            policy=key_policy(),
            enable_key_rotation=True,
            removal_policy=self.data_removal,
        )
        self.key.add_to_resource_policy(self._logs_may_encrypt())
        self.log_bucket = self._log_bucket()
        self.data_bucket = self._bucket("Data")
        _send_events(self.data_bucket)
        self.model_bucket = self._bucket("Model")
        # Each is asked for often, and each time CDK would be called.
        self.key_arn = self.key.key_arn
        self.data_arn, self.model_arn, self.log_arn = (
            bucket.bucket_arn for bucket in (self.data_bucket, self.model_bucket, self.log_bucket)
        )
        self.output("DataBucketName", self.data_bucket.bucket_name, "Training data, by workload, and packaged scripts")
        self.output("ModelBucketName", self.model_bucket.bucket_name, "Model artefacts and checkpoints, by workload")
        self.output("LogBucketName", self.log_bucket.bucket_name, "Access logs of the other buckets")

    def _bucket(self, name: str) -> s3.Bucket:
        return s3.Bucket(
            self,
            f"{name}Bucket",
            encryption=s3.BucketEncryption.KMS,
            encryption_key=self.key,
            bucket_key_enabled=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            server_access_logs_bucket=self.log_bucket,
            server_access_logs_prefix=f"{name.lower()}/",
            lifecycle_rules=[
                s3.LifecycleRule(
                    noncurrent_version_expiration=cdk.Duration.days(NONCURRENT_DAYS),
                    abort_incomplete_multipart_upload_after=cdk.Duration.days(7),
                )
            ],
            removal_policy=self.data_removal,
        )

    def _log_bucket(self) -> s3.Bucket:
        return s3.Bucket(
            self,
            "LogBucket",
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            lifecycle_rules=[
                s3.LifecycleRule(
                    expiration=cdk.Duration.days(ACCESS_LOG_DAYS),
                    noncurrent_version_expiration=cdk.Duration.days(NONCURRENT_DAYS),
                    abort_incomplete_multipart_upload_after=cdk.Duration.days(7),
                )
            ],
            removal_policy=self.data_removal,
        )

    def _logs_may_encrypt(self) -> iam.PolicyStatement:
        """CloudWatch Logs encrypts this account's log groups with the key. In a key policy, `*` is the key itself."""
        return iam.PolicyStatement(
            principals=[iam.ServicePrincipal(f"logs.{self.region}.amazonaws.com")],
            actions=[
                "kms:Decrypt",
                "kms:DescribeKey",
                "kms:Encrypt",
                "kms:GenerateDataKey",
                "kms:ReEncryptFrom",
                "kms:ReEncryptTo",
            ],
            resources=["*"],
            conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": self.arn("logs", "log-group:*")}},
        )


def _send_events(bucket: s3.Bucket) -> None:
    """Tell EventBridge of each new object. The L2 property for it would bring a custom resource with a function."""
    resource = bucket.node.default_child
    assert isinstance(resource, s3.CfnBucket)  # noqa: S101 (so it is with every L2 bucket)
    resource.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
        event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(event_bridge_enabled=True)
    )
