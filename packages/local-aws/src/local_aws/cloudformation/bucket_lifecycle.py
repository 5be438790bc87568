"""A template's lifecycle rule in the form of S3's API: the same content under other names."""

from __future__ import annotations

from typing import Any

Rule = dict[str, Any]


def lifecycle_rule(rule: Rule) -> Rule:
    """Convert a rule of AWS::S3::Bucket to one of `PutBucketLifecycleConfiguration`."""
    made = {
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
    return {name: value for name, value in made.items() if value or name == "Filter"}


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
    made = {ours: rule[theirs] for theirs, ours in names.items() if theirs in rule}
    if "ExpiredObjectDeleteMarker" in made:
        made["ExpiredObjectDeleteMarker"] = str(made["ExpiredObjectDeleteMarker"]).lower() == "true"
    return _numbers(made)


def _transition(item: Rule) -> Rule:
    made = {"StorageClass": item["StorageClass"]}
    if "TransitionInDays" in item:
        made["Days"] = int(item["TransitionInDays"])
    if "TransitionDate" in item:
        made["Date"] = item["TransitionDate"]
    return made


def _noncurrent(rule: Rule) -> Rule:
    if "NoncurrentVersionExpirationInDays" in rule:
        return {"NoncurrentDays": int(rule["NoncurrentVersionExpirationInDays"])}
    return _numbers(rule.get("NoncurrentVersionExpiration"))


def _noncurrent_transition(item: Rule) -> Rule:
    made = {"StorageClass": item["StorageClass"], "NoncurrentDays": int(item["TransitionInDays"])}
    if "NewerNoncurrentVersions" in item:
        made["NewerNoncurrentVersions"] = int(item["NewerNoncurrentVersions"])
    return made


def _numbers(value: Rule | None) -> Rule:
    """Convert numbers, because templates may write them as strings."""
    return {
        name: int(item) if isinstance(item, str) and item.isdigit() else item for name, item in (value or {}).items()
    }
