"""CloudTrail's trails as a stack makes them; nothing is recorded."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

OBJECTS = [
    {"Field": "eventCategory", "Equals": ["Data"]},
    {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
]


def trail(bucket, **more):
    properties = {
        "TrailName": f"trail-of-{bucket}",
        "S3BucketName": bucket,
        "IsLogging": True,
        "EnableLogFileValidation": True,
        "AdvancedEventSelectors": [{"Name": "objects", "FieldSelectors": OBJECTS}],
        **more,
    }
    return {"Trail": {"Type": "AWS::CloudTrail::Trail", "Properties": properties}}


def test_a_stack_makes_changes_and_deletes_a_trail(plain_aws, stack, bucket):
    cloudtrail = plain_aws.client("cloudtrail")
    tags = [{"Key": "launchpad:environment", "Value": "dev"}]
    assert stack.apply(trail(bucket, Tags=tags)) == "CREATE_COMPLETE", stack.reasons()
    (created,) = cloudtrail.describe_trails(trailNameList=[f"trail-of-{bucket}"])["trailList"]
    assert created["LogFileValidationEnabled"]
    assert cloudtrail.get_trail_status(Name=created["Name"])["IsLogging"]
    (selector,) = cloudtrail.get_event_selectors(TrailName=created["Name"])["AdvancedEventSelectors"]
    assert [field["Field"] for field in selector["FieldSelectors"]] == ["eventCategory", "resources.type"]
    writes = [*OBJECTS, {"Field": "readOnly", "Equals": ["false"]}]
    selectors = [{"Name": "objects", "FieldSelectors": writes}]
    changed = trail(bucket, AdvancedEventSelectors=selectors, IsLogging=False)
    assert stack.apply(changed) == "UPDATE_COMPLETE", stack.reasons()
    (selector,) = cloudtrail.get_event_selectors(TrailName=created["Name"])["AdvancedEventSelectors"]
    assert len(selector["FieldSelectors"]) == 3
    assert not cloudtrail.get_trail_status(Name=created["Name"])["IsLogging"]
    assert stack.delete() == "DELETE_COMPLETE"
    assert cloudtrail.describe_trails(trailNameList=[created["Name"]])["trailList"] == []


def test_a_trail_without_its_bucket_is_refused(plain_aws, stack):
    with pytest.raises(ClientError, match=r"S3BucketDoesNotExistException.*S3 bucket none-here does not exist!"):
        plain_aws.client("cloudtrail").create_trail(Name="without-bucket", S3BucketName="none-here")
    assert stack.apply(trail("none-here")) == "ROLLBACK_COMPLETE"
    assert any("does not exist" in reason for reason in stack.reasons())
