"""The key, and the buckets for data, models and access logs.

The bucket for access logs uses S3's own encryption: S3 delivers no access logs to a bucket with a KMS key.
"""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from launchpad.catalogue.working_copies import EXPIRES_DAYS
from launchpad.catalogue.working_copies import FOLDER as WORKING_COPIES
from launchpad.requests.capture import FOLDER as CAPTURED
from launchpad.settings import AuditSettings, EnvironmentSettings
from launchpad.settings.retention import NONCURRENT_DAYS
from stacks.base.platform_stack import PlatformStack
from stacks.base.storage import Storage
from stacks.permissions.key_policy import key_policy
from stacks.permissions.promotion_permissions import decrypt_models, read_models

ACCESS_LOG_DAYS = 365
BROKEN_UPLOAD_DAYS = 7


class StorageStack(PlatformStack):
    """Encrypted, versioned storage: TLS only, no public access, noncurrent versions kept for 90 days.

    `storage` is what it passes to the other stacks.
    """

    def __init__(
        self, scope: Construct, settings: EnvironmentSettings, readers: Sequence[EnvironmentSettings] = ()
    ) -> None:
        """`readers` are the environments in other accounts that models are promoted to."""
        super().__init__(scope, settings, "storage", "Encryption key, and buckets for data, models and access logs")
        self._key = self._create_key(readers)
        self._log_bucket = self._bucket("Log", expires=cdk.Duration.days(ACCESS_LOG_DAYS))
        data = self._encrypted_bucket("Data", *self._data_rules())
        model = self._encrypted_bucket("Model", self._captured_rule())
        for permission in read_models(self, model.bucket_arn, readers):
            model.add_to_resource_policy(iam.PolicyStatement.from_json(permission))
        _send_events(data)
        if settings.audit:
            self._audit(settings.audit, data, model)
        self.storage = Storage(
            key=self._key,
            key_arn=self._key.key_arn,
            data_bucket=data.bucket_name,
            data_arn=data.bucket_arn,
            model_bucket=model.bucket_name,
            model_arn=model.bucket_arn,
            log_bucket=self._log_bucket.bucket_name,
            log_arn=self._log_bucket.bucket_arn,
        )
        self.hand_over(self.storage.log_arn, self.storage.log_bucket)
        self.output("DataBucketName", self.storage.data_bucket, "Training data, by workload, and packaged scripts")
        self.output("ModelBucketName", self.storage.model_bucket, "Model artefacts and checkpoints, by workload")
        self.output("KeyArn", self.storage.key_arn, "Encrypts all that the environment keeps; for a pin elsewhere")
        self.output("LogBucketName", self.storage.log_bucket, "Access logs of the other buckets")

    def _audit(self, settings: AuditSettings, *watched: s3.Bucket) -> None:
        """Record the requests for objects: imported here, because most environments have no such section."""
        from stacks.constructs.audit_trail import audit_trail

        expires = s3.LifecycleRule(expiration=cdk.Duration.days(settings.days))
        bucket = self._encrypted_bucket("Audit", expires)
        arns = [each.bucket_arn for each in watched]
        audit_trail(self, settings, bucket=bucket, key_arn=self._key.key_arn, watched=arns)
        self.output("AuditBucketName", bucket.bucket_name, "CloudTrail's records of the requests for objects")

    def _create_key(self, readers: Sequence[EnvironmentSettings]) -> kms.Key:
        return kms.Key(
            self,
            "Key",
            description=f"Everything that the {self.settings.name} environment keeps",
            policy=iam.PolicyDocument.from_json(key_policy(self, decrypt_models(self, readers))),
            enable_key_rotation=True,
            removal_policy=self.data_removal,
        )

    def _encrypted_bucket(self, name: str, *more_rules: s3.LifecycleRule) -> s3.Bucket:
        return self._bucket(name, key=self._key, logs_to=self._log_bucket, more_rules=more_rules)

    def _data_rules(self) -> list[s3.LifecycleRule]:
        """Working copies are needed only while their jobs run; what they ran is kept below `code/`."""
        if not self.settings.takes_working_copies:
            return []
        expiration = cdk.Duration.days(EXPIRES_DAYS)
        return [s3.LifecycleRule(prefix=f"{WORKING_COPIES}/", expiration=expiration)]

    def _captured_rule(self) -> s3.LifecycleRule:
        """Captured requests expire also after the last workload is monitored; no noncurrent version is kept."""
        return s3.LifecycleRule(
            prefix=f"{CAPTURED}/",
            expiration=cdk.Duration.days(self.settings.captured_data_days),
            noncurrent_version_expiration=cdk.Duration.days(1),
        )

    def _bucket(
        self,
        name: str,
        *,
        key: kms.Key | None = None,
        logs_to: s3.Bucket | None = None,
        expires: cdk.Duration | None = None,
        more_rules: Sequence[s3.LifecycleRule] = (),
    ) -> s3.Bucket:
        return s3.Bucket(
            self,
            f"{name}Bucket",
            encryption=s3.BucketEncryption.KMS if key else s3.BucketEncryption.S3_MANAGED,
            encryption_key=key,
            bucket_key_enabled=True if key else None,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=None if logs_to else s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            server_access_logs_bucket=logs_to,
            server_access_logs_prefix=f"{name.lower()}/" if logs_to else None,
            lifecycle_rules=[
                s3.LifecycleRule(
                    expiration=expires,
                    noncurrent_version_expiration=cdk.Duration.days(NONCURRENT_DAYS),
                    abort_incomplete_multipart_upload_after=cdk.Duration.days(BROKEN_UPLOAD_DAYS),
                ),
                *more_rules,
            ],
            removal_policy=self.data_removal,
        )


def _send_events(bucket: s3.Bucket) -> None:
    """Send an event to EventBridge for each new object. `event_bridge_enabled` would add a custom resource for it."""
    resource = bucket.node.default_child
    assert isinstance(resource, s3.CfnBucket)  # noqa: S101 -- true of every bucket
    resource.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
        event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(event_bridge_enabled=True)
    )
