"""The audit option: one trail of the objects in the buckets of an environment, and the bucket of its records."""

from __future__ import annotations

import json

import pytest

from launchpad.settings import AuditSettings

TRAIL = "trail/launchpad-dev-audit"


@pytest.fixture
def storage(templates):
    def synthesize(**audit):
        return templates(name="dev", region="eu-west-1", audit=AuditSettings(**audit))["storage"]["Resources"]

    return synthesize


def of_type(resources, name):
    return [each["Properties"] for each in resources.values() if each["Type"] == name]


def fields(selector):
    return {field["Field"]: {key: each for key, each in field.items() if key != "Field"} for field in selector}


def test_no_environment_has_a_trail_by_default(templates):
    assert of_type(templates(name="dev", region="eu-west-1")["storage"]["Resources"], "AWS::CloudTrail::Trail") == []


def test_the_trail_records_objects_of_the_two_buckets_only(storage):
    resources = storage()
    (trail,) = of_type(resources, "AWS::CloudTrail::Trail")
    assert trail["EnableLogFileValidation"]
    assert "KMSKeyId" in trail
    (selector,) = trail["AdvancedEventSelectors"]
    selected = fields(selector["FieldSelectors"])
    assert selected["eventCategory"] == {"Equals": ["Data"]}
    watched = json.dumps(selected["resources.ARN"])
    assert watched.count("Fn::GetAtt") == 2
    assert "DataBucket" in watched
    assert "ModelBucket" in watched
    assert "readOnly" not in selected
    assert not trail["IsMultiRegionTrail"]


def test_reads_are_left_out_and_management_events_added_if_asked(storage):
    (trail,) = of_type(storage(reads=False, management_events=True), "AWS::CloudTrail::Trail")
    objects, changes = trail["AdvancedEventSelectors"]
    assert fields(objects["FieldSelectors"])["readOnly"] == {"Equals": ["false"]}
    assert fields(changes["FieldSelectors"]) == {
        "eventCategory": {"Equals": ["Management"]},
        "readOnly": {"Equals": ["false"]},
    }


def test_management_events_have_changes_of_iam_in_any_region(storage):
    """CloudTrail delivers IAM's events to a trail of all regions only, or of us-east-1."""
    (trail,) = of_type(storage(management_events=True), "AWS::CloudTrail::Trail")
    assert trail["IncludeGlobalServiceEvents"]
    assert trail["IsMultiRegionTrail"]


def test_of_all_trails_only_this_one_is_let_in_to_bucket_and_key(storage):
    resources = storage()
    policies = [each["PolicyDocument"]["Statement"] for each in of_type(resources, "AWS::S3::BucketPolicy")]
    policies.append(of_type(resources, "AWS::KMS::Key")[0]["KeyPolicy"]["Statement"])
    allowed = [
        statement
        for policy in policies
        for statement in policy
        if statement["Principal"] == {"Service": "cloudtrail.amazonaws.com"}
    ]
    assert len(allowed) == 4
    assert all(TRAIL in json.dumps(each["Condition"]["StringEquals"]["aws:SourceArn"]) for each in allowed)


def test_records_are_deleted_after_the_days_of_the_config(storage):
    buckets = of_type(storage(days=90), "AWS::S3::Bucket")
    rules = [rule for bucket in buckets for rule in bucket["LifecycleConfiguration"]["Rules"]]
    assert {"ExpirationInDays": 90, "Status": "Enabled"} in rules


def test_the_trail_is_made_after_the_policy_that_lets_it_write(storage):
    resources = storage()
    (trail,) = [each for each in resources.values() if each["Type"] == "AWS::CloudTrail::Trail"]
    assert any(name.startswith("AuditBucketPolicy") for name in trail["DependsOn"])
