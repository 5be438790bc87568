"""A template's lifecycle rule in the form of S3's API: the same content under other names."""

from __future__ import annotations

from typing import Any

from local_aws.api.numbers import is_digits

Rule = dict[str, Any]


def lifecycle_rule(rule: Rule) -> Rule:
    """Convert a rule of AWS::S3::Bucket to one of `PutBucketLifecycleConfiguration`."""
    converted = {
        "ID": rule.get("Id"),
        "Status": rule["Status"],
        "Filter": _filter(rule),
        "Expiration": _expiration(rule),
        "Transitions": [_transition(item) for item in rule.get("Transitions", ())],
        "NoncurrentVersionExpiration": _noncurrent(rule),
        "NoncurrentVersionTransitions": [
            _noncurrent_transition(item) for item in rule.get("NoncurrentVersionTransitions", ())
        ],
        "AbortIncompleteMultipartUpload": _numbers(rule.get("AbortIncompleteMultipartUpload")),
    }
    return {name: value for name, value in converted.items() if value or name == "Filter"}


def _filter(rule: Rule) -> Rule:
    parts: Rule = {}
    if rule.get("Prefix"):
        parts["Prefix"] = rule["Prefix"]
    for name in ("ObjectSizeGreaterThan", "ObjectSizeLessThan"):
        if name in rule:
            parts[name] = int(rule[name])
    tags = rule.get("TagFilters", ())
    if len(parts) + len(tags) < 2:
        return {**parts, **({"Tag": tags[0]} if tags else {})} or {"Prefix": ""}
    return {"And": {**parts, **({"Tags": list(tags)} if tags else {})}}


def _expiration(rule: Rule) -> Rule:
    names = {
        "ExpirationInDays": "Days",
        "ExpirationDate": "Date",
        "ExpiredObjectDeleteMarker": "ExpiredObjectDeleteMarker",
    }
    expiration = {member: rule[property_name] for property_name, member in names.items() if property_name in rule}
    if "ExpiredObjectDeleteMarker" in expiration:
        expiration["ExpiredObjectDeleteMarker"] = str(expiration["ExpiredObjectDeleteMarker"]).lower() == "true"
    return _numbers(expiration)


def _transition(item: Rule) -> Rule:
    transition = {"StorageClass": item["StorageClass"]}
    if "TransitionInDays" in item:
        transition["Days"] = int(item["TransitionInDays"])
    if "TransitionDate" in item:
        transition["Date"] = item["TransitionDate"]
    return transition


def _noncurrent(rule: Rule) -> Rule:
    if "NoncurrentVersionExpirationInDays" in rule:
        return {"NoncurrentDays": int(rule["NoncurrentVersionExpirationInDays"])}
    return _numbers(rule.get("NoncurrentVersionExpiration"))


def _noncurrent_transition(item: Rule) -> Rule:
    transition = {"StorageClass": item["StorageClass"], "NoncurrentDays": int(item["TransitionInDays"])}
    if "NewerNoncurrentVersions" in item:
        transition["NewerNoncurrentVersions"] = int(item["NewerNoncurrentVersions"])
    return transition


def _numbers(value: Rule | None) -> Rule:
    """Convert numbers, because templates may write them as strings."""
    return {
        name: int(item) if isinstance(item, str) and is_digits(item) else item for name, item in (value or {}).items()
    }
