"""Drift detection: what was changed without the stack is reported by property; other types are not compared."""

from __future__ import annotations

import json

import pytest

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}
BLOCKED = dict.fromkeys(("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True)
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": {"Fn::Sub": "${Bucket.Arn}/*"},
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ],
}
KEY_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}},
            "Action": "kms:DescribeKey",
            "Resource": "*",
        }
    ],
}
TAG = {"Key": "team", "Value": "a"}
ALARM = {
    "Namespace": "N",
    "MetricName": "M",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 5,
    "ComparisonOperator": "GreaterThanThreshold",
}
KEY_ARN = {"Fn::GetAtt": ["Key", "Arn"]}
RESOURCES = {
    "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"PublicAccessBlockConfiguration": BLOCKED, "Tags": [TAG]}},
    "Policy": {
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": POLICY},
    },
    "Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": KEY_POLICY, "EnableKeyRotation": True}},
    "Logs": {"Type": "AWS::Logs::LogGroup", "Properties": {"KmsKeyId": KEY_ARN, "RetentionInDays": 7}},
    "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"KmsMasterKeyId": KEY_ARN}},
    "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"KmsMasterKeyId": KEY_ARN}},
    "Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": ALARM},
    "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST}},
    "Inline": {
        "Type": "AWS::IAM::Policy",
        "Properties": {
            "PolicyName": "inline",
            "Roles": [{"Ref": "Role"}],
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": {"Fn::GetAtt": "Bucket.Arn"}}],
            },
        },
    },
}


@pytest.fixture
def names(stack):
    """The physical ids of the stack's resources."""
    assert stack.apply(RESOURCES) == "CREATE_COMPLETE", stack.reasons()
    described = stack.cloudformation.describe_stack_resources(StackName=stack.name)["StackResources"]
    return {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in described}


def drift_of(stack):
    """The stack's status, and each compared resource's status with the paths that differ."""
    detection = stack.cloudformation.detect_stack_drift(StackName=stack.name)["StackDriftDetectionId"]
    outcome = stack.cloudformation.describe_stack_drift_detection_status(StackDriftDetectionId=detection)
    assert outcome["DetectionStatus"] == "DETECTION_COMPLETE"
    drifts = stack.cloudformation.describe_stack_resource_drifts(StackName=stack.name)["StackResourceDrifts"]
    resources = {
        each["LogicalResourceId"]: (
            each["StackResourceDriftStatus"],
            [difference["PropertyPath"] for difference in each.get("PropertyDifferences", ())],
        )
        for each in drifts
    }
    return outcome["StackDriftStatus"], resources


def test_what_a_stack_created_is_in_sync(stack, names):
    status, resources = drift_of(stack)
    assert status == "IN_SYNC"
    assert {name: state for name, (state, _) in resources.items() if state != "NOT_CHECKED"} == dict.fromkeys(
        set(names) - {"Inline"}, "IN_SYNC"
    )


def test_what_was_changed_is_reported_by_property(plain_aws, stack, names):
    plain_aws.client("s3").delete_public_access_block(Bucket=names["Bucket"])
    plain_aws.client("kms").disable_key_rotation(KeyId=names["Key"])
    plain_aws.client("logs").disassociate_kms_key(logGroupName=names["Logs"])
    plain_aws.client("cloudwatch").put_metric_alarm(AlarmName=names["Alarm"], **{**ALARM, "Threshold": 6.5})
    plain_aws.client("s3").delete_bucket_policy(Bucket=names["Bucket"])
    status, resources = drift_of(stack)
    assert status == "DRIFTED"
    assert resources["Bucket"] == ("MODIFIED", ["/PublicAccessBlockConfiguration"])
    assert resources["Key"] == ("MODIFIED", ["/EnableKeyRotation"])
    assert resources["Logs"] == ("MODIFIED", ["/KmsKeyId"])
    assert resources["Alarm"] == ("MODIFIED", ["/Threshold"])
    assert resources["Policy"] == ("DELETED", [])
    assert resources["Queue"][0] == resources["Topic"][0] == resources["Role"][0] == "IN_SYNC"


def test_a_key_whose_policy_was_replaced_has_drifted(plain_aws, stack, names):
    policy = '{"Version": "2012-10-17", "Statement": []}'
    plain_aws.client("kms").put_key_policy(KeyId=names["Key"], PolicyName="default", Policy=policy)
    _, resources = drift_of(stack)
    state, paths = resources["Key"]
    assert state == "MODIFIED"
    assert all(path.startswith("/KeyPolicy/Statement") for path in paths)


def inline(action):
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    return {"PolicyName": "permissions", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}


def metric(name):
    return [{"Id": "m", "MetricStat": {"Metric": {"Namespace": "N", "MetricName": name}, "Period": 60, "Stat": "Sum"}}]


OF_METRICS = {name: ALARM[name] for name in ("EvaluationPeriods", "Threshold", "ComparisonOperator")}
ENCRYPTION = {
    "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}],
}
MORE = {
    "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketEncryption": ENCRYPTION}},
    "Role": {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": TRUST, "Policies": [inline("s3:GetObject")]},
    },
    "Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": {**OF_METRICS, "Metrics": metric("M"), "Tags": [TAG]}},
    "Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": KEY_POLICY, "Tags": [TAG]}},
    "Halves": {
        "Type": "AWS::S3::Bucket",
        "Properties": {
            "PublicAccessBlockConfiguration": {"BlockPublicAcls": True, "IgnorePublicAcls": True},
        },
    },
    "Unread": {"Type": "AWS::S3::Bucket", "Properties": {"WebsiteConfiguration": {"IndexDocument": "a.html"}}},
}


def test_policies_encryption_and_metrics_are_compared(plain_aws, stack):
    assert stack.apply(MORE) == "CREATE_COMPLETE", stack.reasons()
    described = stack.cloudformation.describe_stack_resources(StackName=stack.name)["StackResources"]
    names = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in described}
    status, resources = drift_of(stack)
    assert status == "IN_SYNC"
    assert resources.pop("Unread") == ("NOT_CHECKED", [])
    assert resources == dict.fromkeys(resources, ("IN_SYNC", []))
    plain_aws.client("s3").delete_bucket_encryption(Bucket=names["Bucket"])
    policy = json.dumps(inline("s3:*")["PolicyDocument"])
    plain_aws.client("iam").put_role_policy(RoleName=names["Role"], PolicyName="permissions", PolicyDocument=policy)
    plain_aws.client("cloudwatch").put_metric_alarm(AlarmName=names["Alarm"], **OF_METRICS, Metrics=metric("Other"))
    _, resources = drift_of(stack)
    assert resources["Bucket"] == ("MODIFIED", ["/BucketEncryption"])
    assert resources["Role"] == ("MODIFIED", ["/Policies/0/PolicyDocument/Statement/0/Action"])
    assert resources["Alarm"] == ("MODIFIED", ["/Metrics/0/MetricStat/Metric/MetricName"])
    assert resources["Key"] == resources["Halves"] == ("IN_SYNC", [])
