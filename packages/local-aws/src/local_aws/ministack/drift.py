"""CloudFormation's drift detection, for types and properties that ministack's own readers leave out.

A type with a read handler in AWS's schema can be compared on AWS. Here a type without a reader is `NOT_CHECKED`, as one
that AWS can't read, and so is a resource whose template sets a property that no reader reads: never `IN_SYNC`. Of
nested members only those count that the template sets ("CloudFormation only determines drift for property values that
are explicitly set", user guide).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from xml.etree.ElementTree import Element, fromstring

from ministack.services.cloudformation import drift

from local_aws.cloudformation.schema import create_only, schemas

Properties = dict[str, Any]
Reader = Callable[[str, Properties], Properties | None]
"""Physical id and the template's properties; what there is now, or None if the resource is gone."""
ALARM = (
    *("ActionsEnabled", "AlarmActions", "AlarmDescription", "ComparisonOperator", "DatapointsToAlarm", "Dimensions"),
    *("EvaluationPeriods", "ExtendedStatistic", "MetricName", "Namespace", "OKActions", "Period", "Statistic"),
    *("Threshold", "TreatMissingData", "Metrics"),
)
FUNCTION = {"DeadLetterConfig": "DeadLetterConfig", "KmsKeyArn": "KMSKeyArn", "LoggingConfig": "LoggingConfig"}
"""Properties of a function, and the members of its configuration that have them."""
WRITE_ONLY = {
    "AWS::KMS::Key": {"BypassPolicyLockoutSafetyCheck", "PendingWindowInDays"},
    "AWS::Lambda::Function": {"Code", "SnapStart"},
    "AWS::SecretsManager::Secret": {"GenerateSecretString", "SecretString"},
}
"""Properties that no API gives back, so that AWS compares them no more than we do."""
PUBLIC = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


def extend_drift() -> None:
    """Add the readers to ministack's table."""
    readers = drift._DRIFT_READERS
    readers["AWS::CloudWatch::Alarm"] = (_alarm, frozenset({*ALARM, "Tags"}))
    readers["AWS::KMS::Key"] = (_key, frozenset({"Description", "EnableKeyRotation", "KeyPolicy", "Tags"}))
    readers["AWS::S3::BucketPolicy"] = (_bucket_policy, frozenset({"PolicyDocument"}))
    _extend("AWS::S3::Bucket", _bucket, "PublicAccessBlockConfiguration", "BucketEncryption", "Tags")
    _extend("AWS::IAM::Role", _role, "PermissionsBoundary", "ManagedPolicyArns", "Policies")
    _extend("AWS::Lambda::Function", _function, *FUNCTION)
    _extend("AWS::Logs::LogGroup", _log_group, "KmsKeyId")
    _extend("AWS::SNS::Topic", _topic, "KmsMasterKeyId")
    _extend("AWS::SQS::Queue", _queue, "KmsMasterKeyId")

    drift.detect_resource_drift = _in_sync_if_all_is_read(drift.detect_resource_drift)


def _in_sync_if_all_is_read(inner: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Let nothing be `IN_SYNC` whose template sets what no reader reads and a change would not replace."""

    def detect(stack: Any, logical_id: str, record: Mapping[str, Any], timestamp: str) -> dict[str, Any]:
        found = inner(stack, logical_id, record, timestamp)
        name = record["ResourceType"]
        fixed = create_only(name) if name in schemas() else ()
        read = {*drift._DRIFT_READERS[name][1], *fixed, *WRITE_ONLY.get(name, ())}
        if found["StackResourceDriftStatus"] == "IN_SYNC" and set(record.get("Properties") or {}) - read:
            found["StackResourceDriftStatus"] = "NOT_CHECKED"
        return found

    return detect


def _extend(type_name: str, more: Callable[[str, Properties], Properties], *properties: str) -> None:
    """Let a reader of ministack's own read more properties of a resource that exists."""
    inner, names = drift._DRIFT_READERS[type_name]

    def read(physical_id: str, expected: Properties) -> Properties | None:
        current = inner(physical_id, expected)
        return None if current is None else {**current, **more(physical_id, expected)}

    drift._DRIFT_READERS[type_name] = (read, names | set(properties))


def _only_set(current: Any, expected: Any) -> Any:
    """What there is now, with those nested members only that the template sets."""
    if isinstance(current, dict) and isinstance(expected, dict):
        return {name: _only_set(current[name], expected[name]) for name in expected if name in current}
    if isinstance(current, list) and isinstance(expected, list) and len(current) == len(expected):
        return [_only_set(*pair) for pair in zip(current, expected, strict=True)]
    return current


def _alarm(name: str, expected: Properties) -> Properties | None:
    from ministack.services import cloudwatch

    alarm: Mapping[str, Any] | None = cloudwatch._alarms.get(name)
    if alarm is None:
        return None
    current = {key: alarm[key] for key in ALARM if alarm.get(key) is not None}
    if (threshold := alarm.get("Threshold")) is not None and threshold % 1 == 0:
        current["Threshold"] = int(threshold)
    metrics = _only_set(current.get("Metrics"), expected.get("Metrics"))
    return {**current, "Metrics": metrics, "Tags": cloudwatch._resource_tags.get(alarm["AlarmArn"], {})}


def _key(key_id: str, _expected: Properties) -> Properties | None:
    from ministack.services import kms

    key = kms._resolve_key(key_id)
    if key is None or key["KeyState"] == "PendingDeletion":
        return None
    return {
        "Description": key.get("Description", ""),
        "EnableKeyRotation": bool(key.get("KeyRotationEnabled")),
        "KeyPolicy": _document(key.get("Policy")),
        "Tags": {tag["TagKey"]: tag["TagValue"] for tag in key.get("Tags", ())},
    }


def _bucket_policy(_physical_id: str, expected: Properties) -> Properties | None:
    from ministack.services import s3

    policy = s3._bucket_policies.get(expected["Bucket"])
    return {"PolicyDocument": _document(policy)} if policy else None


def _bucket(name: str, expected: Properties) -> Properties:
    """What is blocked and how objects are encrypted: S3 keeps the XML that it was sent, and nothing where none was."""
    from ministack.services import s3

    tags = [{"Key": key, "Value": text} for key, text in s3._bucket_tags.get(name, {}).items()]
    current: Properties = {"Tags": tags} if tags else {}
    if (blocked := _xml(s3._buckets[name].get("_public_access_block"))) is not None:
        current["PublicAccessBlockConfiguration"] = {key: _text(blocked, key) == "true" for key in PUBLIC}
    if (encryption := _xml(s3._bucket_encryption.get(name))) is not None:
        rules = [_encryption(rule) for rule in encryption.iterfind("{*}Rule")]
        current["BucketEncryption"] = {"ServerSideEncryptionConfiguration": rules}
    return {key: member if key == "Tags" else _only_set(member, expected.get(key)) for key, member in current.items()}


def _encryption(rule: Element) -> Properties:
    default = {name: _text(rule, name) for name in ("SSEAlgorithm", "KMSMasterKeyID")}
    blocked = [element.text for element in rule.iterfind("{*}BlockedEncryptionTypes/{*}EncryptionType")]
    return {
        "ServerSideEncryptionByDefault": {name: text for name, text in default.items() if text},
        "BucketKeyEnabled": _text(rule, "BucketKeyEnabled") == "true",
        **({"BlockedEncryptionTypes": {"EncryptionType": blocked}} if blocked else {}),
    }


def _xml(stored: str | bytes | None) -> Element | None:
    return fromstring(stored) if stored else None  # noqa: S314 (S3 has parsed it before)


def _text(parent: Element, name: str) -> str:
    return parent.findtext(f".//{{*}}{name}") or ""


def _role(name: str, expected: Properties) -> Properties:
    """The boundary and the policies; of inline ones those of the template, because others may be a stack's policies."""
    from ministack.services import iam

    role, names = iam._roles[name], [policy["PolicyName"] for policy in expected.get("Policies", ())]
    inline = role["InlinePolicies"]
    current = {
        "PermissionsBoundary": role.get("PermissionsBoundary"),
        "ManagedPolicyArns": role["AttachedPolicies"],
        "Policies": [
            {"PolicyName": each, "PolicyDocument": _document(inline[each])} for each in names if each in inline
        ],
    }
    return {key: member for key, member in current.items() if member}


def _function(name: str, expected: Properties) -> Properties:
    from ministack.services import lambda_svc

    config = lambda_svc._functions[name]["config"]
    return {key: _only_set(config[own], expected.get(key)) for key, own in FUNCTION.items() if config.get(own)}


def _log_group(name: str, _expected: Properties) -> Properties:
    from ministack.services import cloudwatch_logs

    key = cloudwatch_logs._log_groups[name].get("kmsKeyId")
    return {"KmsKeyId": key} if key else {}


def _topic(arn: str, _expected: Properties) -> Properties:
    from ministack.services import sns

    key = sns._topics[arn]["attributes"].get("KmsMasterKeyId")
    return {"KmsMasterKeyId": key} if key else {}


def _queue(url: str, _expected: Properties) -> Properties:
    from ministack.services import sqs

    key = sqs._queues[url]["attributes"].get("KmsMasterKeyId")
    return {"KmsMasterKeyId": key} if key else {}


def _document(policy: Any) -> Any:
    return json.loads(policy) if isinstance(policy, str) else policy
