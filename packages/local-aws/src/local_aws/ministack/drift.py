"""CloudFormation's drift detection, for types and properties that ministack's own readers leave out.

A type with a read handler in AWS's schema can be compared on AWS. Here a type without a reader is `NOT_CHECKED`, as one
that AWS can't read: never `IN_SYNC`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ministack.services.cloudformation import drift

Properties = dict[str, Any]
Reader = Callable[[str, Properties], Properties | None]
"""Physical id and the template's properties; what there is now, or None if the resource is gone."""
ALARM = (
    *("ActionsEnabled", "AlarmActions", "AlarmDescription", "ComparisonOperator", "DatapointsToAlarm", "Dimensions"),
    *("EvaluationPeriods", "ExtendedStatistic", "MetricName", "Namespace", "OKActions", "Period", "Statistic"),
    *("Threshold", "TreatMissingData"),
)
PUBLIC = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


def extend_drift() -> None:
    """Add the readers to ministack's table."""
    readers = drift._DRIFT_READERS
    readers["AWS::CloudWatch::Alarm"] = (_alarm, frozenset(ALARM))
    readers["AWS::KMS::Key"] = (_key, frozenset({"Description", "EnableKeyRotation", "KeyPolicy"}))
    readers["AWS::S3::BucketPolicy"] = (_bucket_policy, frozenset({"PolicyDocument"}))
    _extend("AWS::S3::Bucket", _bucket, "PublicAccessBlockConfiguration")
    _extend("AWS::Logs::LogGroup", _log_group, "KmsKeyId")
    _extend("AWS::SNS::Topic", _topic, "KmsMasterKeyId")
    _extend("AWS::SQS::Queue", _queue, "KmsMasterKeyId")


def _extend(type_name: str, more: Callable[[str], Properties], *properties: str) -> None:
    """Let a reader of ministack's own read more properties of a resource that exists."""
    inner, names = drift._DRIFT_READERS[type_name]

    def read(physical_id: str, expected: Properties) -> Properties | None:
        current = inner(physical_id, expected)
        return None if current is None else {**current, **more(physical_id)}

    drift._DRIFT_READERS[type_name] = (read, names | set(properties))


def _alarm(name: str, _expected: Properties) -> Properties | None:
    from ministack.services import cloudwatch

    alarm: Mapping[str, Any] | None = cloudwatch._alarms.get(name)
    if alarm is None:
        return None
    current = {key: alarm[key] for key in ALARM if alarm.get(key) is not None}
    return {**current, "Threshold": int(alarm["Threshold"]) if alarm["Threshold"] % 1 == 0 else alarm["Threshold"]}


def _key(key_id: str, _expected: Properties) -> Properties | None:
    from ministack.services import kms

    key = kms._resolve_key(key_id)
    if key is None or key["KeyState"] == "PendingDeletion":
        return None
    return {
        "Description": key.get("Description", ""),
        "EnableKeyRotation": bool(key.get("KeyRotationEnabled")),
        "KeyPolicy": _document(key.get("Policy")),
    }


def _bucket_policy(_physical_id: str, expected: Properties) -> Properties | None:
    from ministack.services import s3

    policy = s3._bucket_policies.get(expected["Bucket"])
    return {"PolicyDocument": _document(policy)} if policy else None


def _bucket(name: str) -> Properties:
    """What is blocked; S3 keeps the XML that it was sent, and a bucket without it blocks nothing."""
    from ministack.services import s3

    stored = s3._buckets[name].get("_public_access_block") or ""
    text = stored.decode() if isinstance(stored, bytes) else stored
    if not text:
        return {}
    return {"PublicAccessBlockConfiguration": {key: f"<{key}>true</{key}>" in text for key in PUBLIC}}


def _log_group(name: str) -> Properties:
    from ministack.services import cloudwatch_logs

    key = cloudwatch_logs._log_groups[name].get("kmsKeyId")
    return {"KmsKeyId": key} if key else {}


def _topic(arn: str) -> Properties:
    from ministack.services import sns

    key = sns._topics[arn]["attributes"].get("KmsMasterKeyId")
    return {"KmsMasterKeyId": key} if key else {}


def _queue(url: str) -> Properties:
    from ministack.services import sqs

    key = sqs._queues[url]["attributes"].get("KmsMasterKeyId")
    return {"KmsMasterKeyId": key} if key else {}


def _document(policy: Any) -> Any:
    return json.loads(policy) if isinstance(policy, str) else policy
