"""A CloudTrail trail of the requests for objects in the environment's buckets.

L1, because CDK's `Trail` has no advanced event selectors, which alone can leave reads out by the bucket. A trail and no
event data store, because AWS closed CloudTrail Lake to new customers on 2026-05-31.
"""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from launchpad.settings.audit import AuditSettings
from stacks.base.platform_stack import PlatformStack
from stacks.permissions.audit_permissions import deliver_records, trail_name

Selector = cloudtrail.CfnTrail.AdvancedEventSelectorProperty
Field = cloudtrail.CfnTrail.AdvancedFieldSelectorProperty


def audit_trail(
    stack: PlatformStack, settings: AuditSettings, *, bucket: s3.Bucket, key_arn: str, watched: Sequence[str]
) -> cloudtrail.CfnTrail:
    """Record requests for objects of the buckets `watched`, by their ARNs, into `bucket`."""
    for statement in deliver_records(stack, bucket.bucket_arn):
        bucket.add_to_resource_policy(iam.PolicyStatement.from_json(statement))
    trail = cloudtrail.CfnTrail(
        stack,
        "Trail",
        trail_name=trail_name(stack),
        is_logging=True,
        s3_bucket_name=bucket.bucket_name,
        kms_key_id=key_arn,
        enable_log_file_validation=True,
        # IAM is a global service: its events reach a trail of all regions only, or of us-east-1
        is_multi_region_trail=settings.management_events,
        include_global_service_events=settings.management_events,
        advanced_event_selectors=list(_selectors(settings, watched)),
    )
    policy = bucket.policy
    assert policy is not None  # noqa: S101 -- made by the statements above
    trail.node.add_dependency(policy)  # CloudTrail tries to write when the trail is created
    return trail


def _selectors(settings: AuditSettings, watched: Sequence[str]) -> list[Selector]:
    objects = [
        Field(field="eventCategory", equal_to=["Data"]),
        Field(field="resources.type", equal_to=["AWS::S3::Object"]),
        Field(field="resources.ARN", starts_with=[f"{arn}/" for arn in watched]),
    ]
    if not settings.reads:
        objects.append(Field(field="readOnly", equal_to=["false"]))
    selectors = [Selector(name="Objects of the environment", field_selectors=objects)]
    if settings.management_events:
        changes = [
            Field(field="eventCategory", equal_to=["Management"]),
            Field(field="readOnly", equal_to=["false"]),  # each Describe, List and Decrypt would be charged too
        ]
        selectors.append(Selector(name="Changes of the account", field_selectors=changes))
    return selectors
