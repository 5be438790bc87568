"""What a template demands of buckets, functions and topics is there, and gone when it no longer demands it."""

from __future__ import annotations

import uuid

import pytest
from botocore.exceptions import ClientError

KEY = {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Version": "2012-10-17", "Statement": []}}}
KEY_ARN = {"Fn::GetAtt": ["Key", "Arn"]}


def bucket_of(**properties):
    return {"Type": "AWS::S3::Bucket", "Properties": properties}


FULL = {
    "Key": KEY,
    "Logs": bucket_of(),
    "Bucket": bucket_of(
        BucketEncryption={
            "ServerSideEncryptionConfiguration": [
                {
                    "BucketKeyEnabled": "true",
                    "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY_ARN},
                }
            ]
        },
        LifecycleConfiguration={
            "Rules": [
                {"Id": "scratch", "Status": "Enabled", "Prefix": "tmp/", "ExpirationInDays": "30"},
                {
                    "Id": "versions",
                    "Status": "Enabled",
                    "NoncurrentVersionExpiration": {"NoncurrentDays": 7, "NewerNoncurrentVersions": 2},
                    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 3},
                    "Transitions": [{"StorageClass": "GLACIER", "TransitionInDays": 90}],
                    "TagFilters": [{"Key": "keep", "Value": "no"}, {"Key": "cold", "Value": "yes"}],
                },
            ]
        },
        LoggingConfiguration={"DestinationBucketName": {"Ref": "Logs"}, "LogFilePrefix": "data/"},
        VersioningConfiguration={"Status": "Enabled"},
        OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]},
        Tags=[{"Key": "team", "Value": "a"}],
    ),
}
BARE = {"Key": KEY, "Logs": bucket_of(), "Bucket": bucket_of()}
NAMES = {"Bucket": {"Ref": "Bucket"}, "Logs": {"Ref": "Logs"}, "Key": KEY_ARN}


def lifecycle(s3, name):
    return {rule["ID"]: rule for rule in s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]}


def test_a_bucket_is_as_its_template_has_it(plain_aws, stack):
    assert stack.apply(FULL, NAMES) == "CREATE_COMPLETE"
    s3, outputs = plain_aws.client("s3"), stack.outputs()
    name = outputs["Bucket"]
    (rule,) = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": outputs["Key"]}
    assert rule["BucketKeyEnabled"] is True
    rules = lifecycle(s3, name)
    assert rules["scratch"]["Expiration"] == {"Days": 30}
    assert rules["scratch"]["Filter"] == {"Prefix": "tmp/"}
    assert rules["versions"]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 7, "NewerNoncurrentVersions": 2}
    assert rules["versions"]["Transitions"] == [{"Days": 90, "StorageClass": "GLACIER"}]
    assert len(rules["versions"]["Filter"]["And"]["Tags"]) == 2
    logged = s3.get_bucket_logging(Bucket=name)["LoggingEnabled"]
    assert (logged["TargetBucket"], logged["TargetPrefix"]) == (outputs["Logs"], "data/")
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    (ownership,) = s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"]
    assert ownership == {"ObjectOwnership": "BucketOwnerPreferred"}
    tags = {tag["Key"]: tag["Value"] for tag in s3.get_bucket_tagging(Bucket=name)["TagSet"]}
    assert tags["team"] == "a"
    assert tags["aws:cloudformation:stack-name"] == stack.name


def test_an_object_of_an_encrypted_bucket_is_encrypted(plain_aws, stack):
    stack.apply(FULL, NAMES)
    s3, outputs = plain_aws.client("s3"), stack.outputs()
    s3.put_object(Bucket=outputs["Bucket"], Key="a", Body=b"1")
    head = s3.head_object(Bucket=outputs["Bucket"], Key="a")
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", outputs["Key"])


def test_a_write_that_asks_for_kms_and_names_no_key_takes_the_accounts_own(plain_aws, bucket):
    s3 = plain_aws.client("s3")
    s3.put_object(Bucket=bucket, Key="a", Body=b"1", ServerSideEncryption="aws:kms")
    assert s3.head_object(Bucket=bucket, Key="a")["SSEKMSKeyId"].endswith("alias/aws/s3")


def test_a_template_lets_customers_encrypt_with_their_keys(plain_aws, stack):
    name = f"keys-{uuid.uuid4().hex[:8]}"
    rule = {"BlockedEncryptionTypes": {"EncryptionType": ["NONE"]}}
    properties = {"BucketName": name, "BucketEncryption": {"ServerSideEncryptionConfiguration": [rule]}}
    assert stack.apply({"Bucket": {"Type": "AWS::S3::Bucket", "Properties": properties}}) == "CREATE_COMPLETE"
    s3, keys = plain_aws.client("s3"), {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32}
    s3.put_object(Bucket=name, Key="secret", Body=b"1", **keys)
    assert s3.get_object(Bucket=name, Key="secret", **keys)["Body"].read() == b"1"
    s3.delete_object(Bucket=name, Key="secret")


def test_what_an_update_takes_away_is_gone(plain_aws, stack):
    stack.apply(FULL, NAMES)
    assert stack.apply(BARE, NAMES) == "UPDATE_COMPLETE"
    s3, name = plain_aws.client("s3"), stack.outputs()["Bucket"]
    (rule,) = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    with pytest.raises(ClientError, match="NoSuchLifecycleConfiguration"):
        s3.get_bucket_lifecycle_configuration(Bucket=name)
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=name)
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Suspended"


def test_a_wrong_value_fails_the_stack_and_leaves_no_bucket(plain_aws, stack):
    rule = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "rot13"}}
    wrong = bucket_of(BucketEncryption={"ServerSideEncryptionConfiguration": [rule]})
    before = len(plain_aws.client("s3").list_buckets()["Buckets"])
    assert stack.apply({"Bucket": wrong}) == "ROLLBACK_COMPLETE"
    assert len(plain_aws.client("s3").list_buckets()["Buckets"]) == before


def function(queue="Dead", **properties):
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = {"Version": "2012-10-17", "Statement": [trust]}
    code = "def handler(event, context):\n    raise ValueError('boom')\n"
    return {
        "Dead": {"Type": "AWS::SQS::Queue"},
        "Key": KEY,
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": role}},
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Runtime": "python3.13",
                "Handler": "index.handler",
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "Code": {"ZipFile": code},
                **properties,
            },
        },
        "Retries": {
            "Type": "AWS::Lambda::EventInvokeConfig",
            "Properties": {"FunctionName": {"Ref": "Function"}, "Qualifier": "$LATEST", "MaximumRetryAttempts": 0},
        },
    }


def test_an_event_that_fails_reaches_the_dead_letter_queue(plain_aws, stack):
    dead = {"DeadLetterConfig": {"TargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}}}
    outputs = {"Name": {"Ref": "Function"}, "Queue": {"Ref": "Dead"}}
    assert stack.apply(function(**dead), outputs) == "CREATE_COMPLETE"
    name, queue = stack.outputs()["Name"], stack.outputs()["Queue"]
    plain_aws.client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=b'{"lost": false}')
    (message,) = plain_aws.client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=10)["Messages"]
    assert '"lost": false' in message["Body"]


def test_a_function_keeps_its_key_and_its_reserved_concurrency(plain_aws, stack):
    outputs = {"Name": {"Ref": "Function"}, "Key": KEY_ARN}
    stack.apply(function(KmsKeyArn=KEY_ARN, ReservedConcurrentExecutions=2), outputs)
    lambda_, name = plain_aws.client("lambda"), stack.outputs()["Name"]
    assert lambda_.get_function_configuration(FunctionName=name)["KMSKeyArn"] == stack.outputs()["Key"]
    assert lambda_.get_function_concurrency(FunctionName=name)["ReservedConcurrentExecutions"] == 2
    assert stack.apply(function(), outputs) == "UPDATE_COMPLETE"
    assert "ReservedConcurrentExecutions" not in lambda_.get_function_concurrency(FunctionName=name)


def test_a_topic_is_encrypted_with_its_key(plain_aws, stack):
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"KmsMasterKeyId": {"Ref": "Key"}}}
    stack.apply({"Key": KEY, "Topic": topic}, {"Topic": {"Ref": "Topic"}, "Key": {"Ref": "Key"}})
    attributes = plain_aws.client("sns").get_topic_attributes(TopicArn=stack.outputs()["Topic"])["Attributes"]
    assert attributes["KmsMasterKeyId"] == stack.outputs()["Key"]
