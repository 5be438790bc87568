"""CloudTrail's trails as a stack makes them; nothing is recorded."""

from __future__ import annotations

import uuid

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.accounts import DEV, STAGING, Account
from tests.local_aws.conftest import PLAIN
from tests.local_aws.launcher import running_local_aws
from tests.local_aws.permissions import allow

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


@pytest.mark.parametrize(
    "key", ["00000000-0000-0000-0000-000000000000", "alias/none", "arn:aws:kms:us-east-1:123456789012:key/none"]
)
def test_a_trail_without_its_key_is_refused(plain_aws, bucket, key):
    with pytest.raises(ClientError, match="KmsKeyNotFoundException"):
        plain_aws.client("cloudtrail").create_trail(Name="without-key", S3BucketName=bucket, KmsKeyId=key)


def test_a_trail_writes_to_the_bucket_of_another_account(plain_aws):
    audit, name = {"aws_access_key_id": "999999999999"}, f"audit-{uuid.uuid4().hex[:8]}"
    plain_aws.client("s3", **audit).create_bucket(Bucket=name)
    trail = plain_aws.client("cloudtrail").create_trail(Name=name, S3BucketName=name)
    assert trail["S3BucketName"] == name


@pytest.mark.parametrize("trusted", [True, False])
def test_with_iam_the_policies_of_another_accounts_bucket_and_alias_count(trusted):
    with running_local_aws(*PLAIN, "--iam") as aws:
        own, audit = Account(aws, DEV), Account(aws, STAGING)
        service = {"Principal": {"Service": "cloudtrail.amazonaws.com"}}
        bucket = audit.bucket(*([{**allow(["s3:GetBucketAcl", "s3:PutObject"]), **service}] if trusted else []))
        alias = f"alias/{bucket}"
        key = own.key({**allow("kms:GenerateDataKey"), **service})
        own.client("kms").create_alias(AliasName=alias, TargetKeyId=key)
        create = own.client("cloudtrail").create_trail
        if trusted:
            assert create(Name=bucket, S3BucketName=bucket, KmsKeyId=alias)["Name"] == bucket
            return
        with pytest.raises(ClientError, match="InsufficientS3BucketPolicyException"):
            create(Name=bucket, S3BucketName=bucket, KmsKeyId=alias)
