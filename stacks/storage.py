"""The key, and the buckets for data, models and access logs.

The bucket of access logs has S3's own encryption, not the key: S3 delivers no access logs to a bucket with a KMS key.
"""

from __future__ import annotations

from aws_cdk import aws_kms as kms
from constructs import Construct

from launchpad.settings import EnvironmentSettings
from stacks.constructs.key_policy import key_policy
from stacks.constructs.platform_stack import PlatformStack
from stacks.constructs.private_bucket import PrivateBucket

ACCESS_LOG_DAYS = 365


class StorageStack(PlatformStack):
    """Where data and models lie, encrypted, versioned, and readable by nobody who was not granted it."""

    def __init__(self, scope: Construct, settings: EnvironmentSettings) -> None:
        super().__init__(scope, settings, "storage", "Encryption key, and buckets for data, models and access logs")
        self.key_arn = self._key()
        self.log_bucket = PrivateBucket(self, "LogBucket", key_arn=None, expires_days=ACCESS_LOG_DAYS)
        self.data_bucket = self._bucket("Data", sends_events=True)
        self.model_bucket = self._bucket("Model")
        for bucket in (self.log_bucket, self.data_bucket, self.model_bucket):
            bucket.protect()
        self.data_arn, self.model_arn, self.log_arn = self.data_bucket.arn, self.model_bucket.arn, self.log_bucket.arn
        self.output("DataBucketName", self.data_bucket.bucket_name, "Training data, by workload, and packaged scripts")
        self.output("ModelBucketName", self.model_bucket.bucket_name, "Model artefacts and checkpoints, by workload")
        self.output("LogBucketName", self.log_bucket.bucket_name, "Access logs of the other buckets")

    def _key(self) -> str:
        key = kms.CfnKey(
            Construct(self, "Key"),
            "Resource",
            description=f"Everything that the {self.settings.name} environment keeps",
            key_policy=key_policy(self),
            enable_key_rotation=True,
        )
        key.apply_removal_policy(self.data_removal)
        return key.attr_arn

    def _bucket(self, name: str, *, sends_events: bool = False) -> PrivateBucket:
        return PrivateBucket(
            self,
            f"{name}Bucket",
            key_arn=self.key_arn,
            logs_to=self.log_bucket,
            log_prefix=f"{name.lower()}/",
            sends_events=sends_events,
        )
