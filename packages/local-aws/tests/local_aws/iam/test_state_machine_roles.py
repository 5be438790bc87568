"""A state machine's tasks may do what its role's policies say, and a schedule's role starts it."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import pytest

from tests.local_aws.launcher import LocalAws
from tests.local_aws.permissions import allow, role, working


def ended(aws: LocalAws, resource: str, arguments: dict[str, Any], *permissions: dict[str, Any]) -> dict[str, Any]:
    """The end of an execution of one task, with a role that may do what the statements say."""
    state = {"Type": "Task", "Resource": resource, "Parameters": arguments, "End": True}
    states = aws.client("stepfunctions")
    machine = states.create_state_machine(
        name=f"machine-{uuid.uuid4().hex[:8]}",
        definition=json.dumps({"StartAt": "Task", "States": {"Task": state}}),
        roleArn=role(aws, *permissions, service="states.amazonaws.com"),
    )["stateMachineArn"]
    execution = states.start_execution(stateMachineArn=machine)["executionArn"]
    while (description := states.describe_execution(executionArn=execution))["status"] == "RUNNING":
        time.sleep(0.05)
    return dict(description)


def test_a_machine_that_awaits_a_job_takes_the_permission_to_list_its_tags(aws, jobs):
    actions = ["sagemaker:CreateTrainingJob", "sagemaker:DescribeTrainingJob", "sagemaker:StopTrainingJob"]
    rules = ["events:DescribeRule", "events:PutRule", "events:PutTargets"]
    request = jobs.request("pass", RoleArn=working(aws, jobs.bucket))
    resource = "arn:aws:states:::sagemaker:createTrainingJob.sync"
    assert "sagemaker:ListTags" in ended(aws, resource, request, allow([*actions, *rules, "iam:PassRole"]))["cause"]


ACCOUNT = "123456789012"
TASKS = {
    "aws-sdk:dynamodb:listTables": ({}, "dynamodb:ListTables"),
    "aws-sdk:s3:getObject": ({"Bucket": "b", "Key": "k"}, "s3:GetObject on resource: arn:aws:s3:::b/k"),
    "dynamodb:getItem": ({"TableName": "t", "Key": {}}, "dynamodb:GetItem"),
    "elasticmapreduce:addStep.sync": ({"ClusterId": "j-1", "Step": {}}, "elasticmapreduce:AddJobFlowSteps"),
    "emr-serverless:startJobRun.sync": (
        {"ApplicationId": "a", "ExecutionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/r"},
        "events:DescribeRule on resource: arn:aws:events:us-east-1:123456789012:rule/StepFunctionsGetEventsForEMR",
    ),
    "events:putEvents": ({"Entries": [{"Source": "s"}]}, "events:PutEvents"),
    "sns:publish": ({"TopicArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:t", "Message": "m"}, "sns:Publish"),
    "sqs:sendMessage": ({"QueueUrl": f"http://x/{ACCOUNT}/q", "MessageBody": "m"}, "sqs:SendMessage"),
    "states:startExecution": (
        {"StateMachineArn": f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:m"},
        "states:StartExecution",
    ),
}


@pytest.mark.parametrize("task", TASKS)
def test_a_machines_role_may_not_run_a_task_that_no_policy_allows(aws, task):
    arguments, action = TASKS[task]
    end = ended(aws, f"arn:aws:states:::{task}", arguments)
    assert end["status"] == "FAILED"
    assert f"is not authorized to perform: {action}" in end["cause"]


def test_a_machine_publishes_to_the_topic_that_its_policy_names(aws):
    topic = aws.client("sns").create_topic(Name=f"topic-{uuid.uuid4().hex[:8]}")["TopicArn"]
    publish = {"TopicArn": topic, "Message": "done"}
    end = ended(aws, "arn:aws:states:::sns:publish", publish, allow("sns:Publish", topic))
    assert end["status"] == "SUCCEEDED", end.get("cause")


def test_a_function_named_as_a_resource_takes_its_invocation(aws):
    function = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f"
    assert "lambda:InvokeFunction" in ended(aws, function, {})["cause"]


def test_a_schedule_starts_its_machine_with_a_role_that_may(aws):
    states, scheduler = aws.client("stepfunctions"), aws.client("scheduler")
    definition = json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})
    machines = {}
    for name, permitted in (("unheard", False), ("started", True)):
        machine = states.create_state_machine(
            name=f"{name}-{uuid.uuid4().hex[:8]}",
            definition=definition,
            roleArn=role(aws, allow("logs:*"), service="states.amazonaws.com"),
        )["stateMachineArn"]
        machines[name] = machine
        start = [allow("states:StartExecution", machine)] if permitted else []
        scheduler.create_schedule(
            Name=name,
            ScheduleExpression="at(2026-01-01T00:00:00)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": machine, "RoleArn": role(aws, *start, service="scheduler.amazonaws.com"), "Input": "{}"},
        )
    deadline = time.monotonic() + 60
    while not (runs := states.list_executions(stateMachineArn=machines["started"])["executions"]):
        assert time.monotonic() < deadline, "the schedule did not start its machine"
        time.sleep(0.1)
    assert len(runs) == 1
    assert states.list_executions(stateMachineArn=machines["unheard"])["executions"] == []
