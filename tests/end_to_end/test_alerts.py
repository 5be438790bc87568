"""A failed job is reported to the environment's alert topic, with its reason; a job that ends well is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.end_to_end.conftest import WORKLOAD, Platform, until
from tests.local_aws.metrics import recent_sum


@pytest.fixture
def new_alerts(platform: Platform) -> Callable[[], list[dict[str, Any]]]:
    """Reads what came to the topic since the last time, alarms left out, by a queue that is subscribed to it."""
    sqs, topic = platform.client("sqs"), platform.output("observability", "AlertTopicArn")
    queue = sqs.create_queue(QueueName="alerts")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    platform.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)

    def read() -> list[dict[str, Any]]:
        alerts = []
        for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            alerts.append(json.loads(json.loads(message["Body"])["Message"]))
        return [message for message in alerts if "AlarmName" not in message]

    return read


def test_only_a_failed_job_raises_an_alert_with_its_reason(platform, new_alerts):
    platform.succeeds("run", WORKLOAD, "--token", "well")
    assert platform("run", "raising", "--token", "badly").returncode == 1
    job = platform.client("sagemaker").describe_training_job(TrainingJobName="local-raising-badly")
    assert '"' in job["FailureReason"]  # what stands in quotes has to come through whole
    for alert in until(new_alerts):  # SageMaker may send an event more than once
        assert alert["event"] == "SageMaker Training Job State Change"
        assert job["TrainingJobArn"] in json.dumps(alert["failed"])
        assert alert["reason"] == job["FailureReason"]


def test_every_state_of_a_job_is_kept_and_counted_for_the_dashboard(platform):
    cloudwatch, logs = platform.client("cloudwatch"), platform.client("logs")

    def completed() -> float:
        return recent_sum(cloudwatch, "Launchpad/local", "TrainingJob", State="Completed")

    before = completed()
    platform.succeeds("run", WORKLOAD, "--token", "counted")
    until(lambda: completed() > before)
    cloudformation = platform.client("cloudformation")
    (group,) = (
        resource["PhysicalResourceId"]
        for resource in cloudformation.list_stack_resources(StackName="launchpad-local-observability")[
            "StackResourceSummaries"
        ]
        if resource["ResourceType"] == "AWS::Logs::LogGroup" and resource["LogicalResourceId"].startswith("JobEvents")
    )
    details = [json.loads(event["message"])["detail"] for event in logs.filter_log_events(logGroupName=group)["events"]]
    job_details = [detail for detail in details if detail.get("TrainingJobName") == f"local-{WORKLOAD}-counted"]
    assert {"InProgress", "Completed"} <= {detail["TrainingJobStatus"] for detail in job_details}
