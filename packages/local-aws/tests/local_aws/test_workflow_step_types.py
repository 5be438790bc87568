"""Steps that are no jobs: failures, conditions, Lambda functions and callbacks."""

from __future__ import annotations

import io
import json
import uuid
import zipfile

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.workflow_steps import condition, fail


def test_a_fail_step_says_why(workflows):
    message = {"Std:Join": {"On": " ", "Values": ["score", {"Get": "Parameters.Score"}, True]}}
    check = condition("Check", {"Get": "Parameters.Score"}, 3, "LessThan", IfSteps=[fail("Bad", message)])
    parameters = [{"Name": "Score", "Type": "Integer"}]
    steps = workflows.run(check, Parameters=parameters, parameters={"Score": "2"})
    assert steps["Bad"]["StepStatus"] == "Failed"
    assert steps["Bad"]["Metadata"]["Fail"]["ErrorMessage"] == "score 2 true"


@pytest.mark.parametrize(
    ("conditions", "outcome"),
    [
        ({"Type": "In", "QueryValue": {"Get": "Parameters.Word"}, "Values": ["one", "two"]}, "True"),
        ({"Type": "Not", "Condition": {"Type": "Equals", "LeftValue": 1, "RightValue": 1.0}}, "False"),
        ({"Type": "Or", "Conditions": [{"Type": "LessThan", "LeftValue": 2, "RightValue": 1}]}, "False"),
        ({"Type": "GreaterThanOrEqualTo", "LeftValue": 2, "RightValue": 2}, "True"),
    ],
)
def test_conditions_decide_by_their_type(workflows, conditions, outcome):
    step = {"Name": "Check", "Type": "Condition", "Arguments": {"Conditions": [conditions]}}
    parameters = [{"Name": "Word", "Type": "String", "DefaultValue": "two"}]
    steps = workflows.run(step, Parameters=parameters)
    assert steps["Check"]["Metadata"]["Condition"]["Outcome"] == outcome


FUNCTION = """
def handler(event, context):
    if event["number"] == "0":
        raise ValueError("no zero")
    return {"half": int(event["number"]) / 2, "more": "unused"}
"""


@pytest.mark.parametrize(("number", "status"), [("3", "Succeeded"), ("0", "Failed")])
def test_a_lambda_step_calls_its_function(workflows, number, status):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as code:
        code.writestr("index.py", FUNCTION)
    function = workflows.jobs.aws.client("lambda").create_function(
        FunctionName=f"halve-{uuid.uuid4().hex[:8]}",
        Runtime="python3.11",
        Role="arn:aws:iam::123456789012:role/function",
        Handler="index.handler",
        Code={"ZipFile": archive.getvalue()},
    )["FunctionArn"]
    step = {
        "Name": "Halve",
        "Type": "Lambda",
        "FunctionArn": function,
        "Arguments": {"number": {"Get": "Parameters.Number"}},
        "OutputParameters": [{"OutputName": "half", "OutputType": "Float"}],
    }
    check = condition("Check", {"Get": "Steps.Halve.OutputParameters['half']"}, 1.5)
    parameters = [{"Name": "Number", "Type": "String"}]
    steps = workflows.run(step, check, Parameters=parameters, parameters={"Number": number})
    assert steps["Halve"]["StepStatus"] == status, steps
    if status == "Succeeded":
        assert steps["Halve"]["Metadata"]["Lambda"]["OutputParameters"] == [{"Name": "half", "Value": "1.5"}]
        assert steps["Check"]["Metadata"]["Condition"]["Outcome"] == "True"
    else:
        assert "no zero" in steps["Halve"]["FailureReason"]


def test_a_callback_step_waits_for_its_token(workflows):
    queue = workflows.jobs.aws.client("sqs").create_queue(QueueName=f"q-{uuid.uuid4().hex[:8]}")["QueueUrl"]
    step = {
        "Name": "Ask",
        "Type": "Callback",
        "SqsQueueUrl": queue,
        "Arguments": {"question": {"Get": "Execution.PipelineName"}},
        "OutputParameters": [{"OutputName": "answer", "OutputType": "String"}],
    }
    check = condition("Check", {"Get": "Steps.Ask.OutputParameters['answer']"}, "yes")
    name = workflows.create(step, check)
    arn = workflows.start(name)
    sqs = workflows.jobs.aws.client("sqs")
    message = json.loads(sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=10)["Messages"][0]["Body"])
    assert message["arguments"] == {"question": name}
    with pytest.raises(ClientError, match="lacks answer"):
        workflows.client.send_pipeline_execution_step_success(CallbackToken=message["token"])
    outputs = [{"Name": "answer", "Value": "yes"}]
    response = workflows.client.send_pipeline_execution_step_success(
        CallbackToken=message["token"], OutputParameters=outputs
    )
    assert response["PipelineExecutionArn"] == arn
    assert workflows.wait(arn)["PipelineExecutionStatus"] == "Succeeded"
    assert workflows.steps(arn)["Check"]["Metadata"]["Condition"]["Outcome"] == "True"
    with pytest.raises(ClientError, match="ResourceNotFound"):
        workflows.client.send_pipeline_execution_step_failure(CallbackToken=message["token"])
