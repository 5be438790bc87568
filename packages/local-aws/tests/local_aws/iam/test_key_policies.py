"""Logs and topics that a key encrypts take the key's policy, or the caller's."""

from __future__ import annotations

import json
import uuid

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.permissions import allow, role, user
from tests.local_aws.stacks import Stack


@pytest.mark.parametrize("delivery", [True, False])
def test_a_machines_logs_take_its_keys_policy(aws, delivery):
    account = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "kms:*"}
    service = {"Effect": "Allow", "Principal": {"Service": "delivery.logs.amazonaws.com"}, "Action": "kms:Decrypt"}
    statements = [{**statement, "Resource": "*"} for statement in ([account, service] if delivery else [account])]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    group = "arn:aws:logs:us-east-1:123456789012:log-group:executions:*"
    properties = {
        "RoleArn": role(aws, allow("logs:*"), service="states.amazonaws.com"),
        "DefinitionString": json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}),
        "LoggingConfiguration": {"Level": "ALL", "Destinations": [{"CloudWatchLogsLogGroup": {"LogGroupArn": group}}]},
        "EncryptionConfiguration": {
            "Type": "CUSTOMER_MANAGED_KMS_KEY",
            "KmsKeyId": aws.client("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"],
        },
    }
    stack = Stack(aws)
    status = stack.apply({"Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}})
    assert status == ("CREATE_COMPLETE" if delivery else "ROLLBACK_COMPLETE"), stack.reasons()
    assert delivery or any("not authorized to access the Log Destination" in reason for reason in stack.reasons())
    stack.delete()


@pytest.mark.parametrize("permitted", [True, False])
def test_publishing_to_an_encrypted_topic_takes_its_key(aws, permitted):
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    name = f"topic-{uuid.uuid4().hex[:8]}"
    topic = aws.client("sns").create_topic(Name=name, Attributes={"KmsMasterKeyId": key})["TopicArn"]
    statements = [allow(["kms:Decrypt", "kms:GenerateDataKey"], key)] if permitted else []
    sns = aws.client("sns", **user(aws, allow("sns:Publish", topic), *statements))
    if permitted:
        assert sns.publish(TopicArn=topic, Message="idle")["MessageId"]
    else:
        with pytest.raises(ClientError, match=r"AuthorizationError|AccessDenied"):
            sns.publish(TopicArn=topic, Message="idle")


@pytest.mark.parametrize("served", [True, False])
def test_a_log_groups_key_takes_a_policy_for_cloudwatch_logs(aws, served):
    account = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "kms:*"}
    groups = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:us-east-1:123456789012:log-group:*"}}
    logs = {
        "Effect": "Allow",
        "Principal": {"Service": "logs.us-east-1.amazonaws.com"},
        "Action": ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
        "Condition": groups,
    }
    statements = [{**statement, "Resource": "*"} for statement in ([account, logs] if served else [account])]
    key = aws.client("kms").create_key(Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))
    stack = Stack(aws)
    group = {"Type": "AWS::Logs::LogGroup", "Properties": {"KmsKeyId": key["KeyMetadata"]["Arn"]}}
    assert stack.apply({"Group": group}) == ("CREATE_COMPLETE" if served else "ROLLBACK_COMPLETE"), stack.reasons()
    assert served or any("is not allowed to be used with LogGroup" in reason for reason in stack.reasons())
    stack.delete()
