"""SageMaker Pipelines: each step is a real job, with the values, conditions, retries and cache of its definition."""

from __future__ import annotations

import io
import json
import time
import uuid
import zipfile

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.plain_endpoints import server
from tests.local_aws.plain_jobs import ROLE
from tests.local_aws.workflow_steps import Workflows, condition, container, fail

ARTIFACT = {"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"}
SCORE = {"PropertyFile": {"Get": "Steps.Evaluate.PropertyFiles.Report"}, "Path": "metrics['score'].values[1]"}
REPORT = """
    import json, os
    os.makedirs("/opt/ml/processing/output/report", exist_ok=True)
    with open("/opt/ml/processing/output/report/report.json", "w") as file:
        json.dump({"metrics": {"score": {"values": [0, 0.75]}}}, file)
"""
SERVE = """
import os
open("model/serve.py", "w").write(SERVER)
print("trained with", open("input/config/hyperparameters.json").read())
"""


@pytest.fixture
def workflows(jobs, endpoints):
    return Workflows(jobs, endpoints)


def evaluation(workflows, name="Evaluate"):
    script = REPORT.replace("/opt/ml/processing/output", "processing/output")
    file = {"PropertyFileName": "Report", "OutputName": "report", "FilePath": "report.json"}
    return workflows.processing(name, script, outputs=[workflows.output("report")], PropertyFiles=[file])


def test_a_pipeline_trains_evaluates_and_registers(workflows):
    predict = "Handler.predict = lambda self, body: self.answer(200, b'<' + body + b'>')"
    script = SERVE.replace("SERVER", repr(server(predict)))
    group = f"group-{uuid.uuid4().hex[:8]}"
    specification = {
        "Containers": [container(ARTIFACT)],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    }
    package = {
        "ModelPackageGroupName": {"Get": "Parameters.Group"},
        "ModelApprovalStatus": "Approved",
        "InferenceSpecification": specification,
    }
    model = {"ExecutionRoleArn": ROLE, "PrimaryContainer": container(ARTIFACT)}
    rate = {"HyperParameters": {"rate": {"Std:Join": {"On": "", "Values": [{"Get": "Parameters.Rate"}, "0"]}}}}
    workflows.jobs.put("batch/rows.csv", "1,2\n")
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{workflows.jobs.bucket}/batch"}}
    transform = {
        "ModelName": {"Get": "Steps.Model.ModelName"},
        "TransformInput": {"DataSource": source, "ContentType": "text/csv"},
        "TransformOutput": {"S3OutputPath": f"s3://{workflows.jobs.bucket}/predicted"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    }
    chosen = [
        {"Name": "Register", "Type": "RegisterModel", "Arguments": package},
        {"Name": "Model", "Type": "Model", "Arguments": model},
        {"Name": "Transform", "Type": "Transform", "Arguments": transform},
    ]
    steps = workflows.run(
        workflows.training("Train", script, arguments=rate),
        {**evaluation(workflows), "DependsOn": ["Train"]},
        condition("Check", {"Std:JsonGet": SCORE}, 0.5, "GreaterThan", IfSteps=chosen, ElseSteps=[fail("Bad")]),
        Parameters=[
            {"Name": "Group", "Type": "String"},
            {"Name": "Rate", "Type": "Float", "DefaultValue": 0.5},
        ],
        parameters={"Group": group},
    )
    assert {name: step["StepStatus"] for name, step in steps.items()} == dict.fromkeys(
        ("Train", "Evaluate", "Check", "Register", "Model", "Transform"), "Succeeded"
    ), steps
    assert steps["Check"]["Metadata"]["Condition"] == {"Outcome": "True"}
    job = workflows.job(steps["Train"])
    assert job["HyperParameters"] == {"rate": "0.50"}
    packages = workflows.client.list_model_packages(ModelPackageGroupName=group)["ModelPackageSummaryList"]
    assert steps["Register"]["Metadata"]["RegisterModel"]["Arn"] == packages[0]["ModelPackageArn"]
    described = workflows.client.describe_model_package(ModelPackageName=packages[0]["ModelPackageArn"])
    artifact = job["ModelArtifacts"]["S3ModelArtifacts"]
    assert described["InferenceSpecification"]["Containers"][0]["ModelDataUrl"] == artifact
    predicted = workflows.jobs.aws.client("s3").get_object(Bucket=workflows.jobs.bucket, Key="predicted/rows.csv.out")
    assert predicted["Body"].read() == b"<1,2\n>"


def test_a_steps_job_is_named_after_execution_and_step(workflows):
    arn = workflows.start(workflows.create(workflows.training("Train_Model")))
    workflows.wait(arn)
    name = workflows.job(workflows.steps(arn)["Train_Model"])["TrainingJobName"]
    assert name.startswith(f"pipelines-{arn.rpartition('/')[2]}-Train-Model-")


def test_a_failed_job_fails_its_step_and_the_execution(workflows):
    steps = (workflows.training("Train", "raise SystemExit('out of luck')"), workflows.training("Later"))
    arn = workflows.start(workflows.create(steps[0], {**steps[1], "DependsOn": ["Train"]}))
    execution = workflows.wait(arn)
    assert execution["PipelineExecutionStatus"] == "Failed"
    assert execution["FailureReason"] == "Step failure: One or multiple steps failed"
    listed = workflows.steps(arn)
    assert list(listed) == ["Train"]
    assert listed["Train"]["FailureReason"].startswith("ClientError: AlgorithmError")


def test_a_request_that_is_refused_fails_its_step(workflows):
    parameters = [{"Name": "Count", "Type": "Integer", "DefaultValue": 0}]
    resources = {"InstanceType": "ml.m5.large", "InstanceCount": {"Get": "Parameters.Count"}, "VolumeSizeInGB": 10}
    step = workflows.training("Train", arguments={"ResourceConfig": resources})
    failed = workflows.run(step, Parameters=parameters)["Train"]
    assert failed["FailureReason"].startswith("ClientError: Failed to invoke sagemaker:CreateTrainingJob. Error Det")
    assert "InstanceCount must have at least one instance" in failed["FailureReason"]


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


def test_steps_run_side_by_side_unless_limited(workflows):
    pause = "import time; time.sleep(1)"
    steps = [workflows.training(name, pause) for name in ("One", "Two")]
    arn = workflows.start(workflows.create(*steps))
    workflows.wait(arn)
    ran = sorted(workflows.steps(arn).values(), key=lambda step: step["StartTime"])
    assert ran[1]["StartTime"] < ran[0]["EndTime"]
    limited = workflows.start(workflows.create(*steps), ParallelismConfiguration={"MaxParallelExecutionSteps": 1})
    workflows.wait(limited)
    ran = sorted(workflows.steps(limited).values(), key=lambda step: step["StartTime"])
    assert ran[1]["StartTime"] >= ran[0]["EndTime"]


def test_an_execution_is_stopped_with_its_job(workflows):
    arn = workflows.start(workflows.create(workflows.training("Train", "import time; time.sleep(60)")))
    deadline = time.monotonic() + 30
    while workflows.steps(arn).get("Train", {}).get("Metadata") is None:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    workflows.client.stop_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken=uuid.uuid4().hex)
    assert workflows.wait(arn)["PipelineExecutionStatus"] == "Stopped"
    step = workflows.steps(arn)["Train"]
    assert step["StepStatus"] == "Stopped"
    assert workflows.job(step)["TrainingJobStatus"] == "Stopped"
    with pytest.raises(ClientError, match="Only pipelines with 'Executing' status can be stopped"):
        workflows.client.stop_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken=uuid.uuid4().hex)


def test_a_retry_runs_only_what_has_not_succeeded(workflows):
    flag = f"flag-{uuid.uuid4().hex[:8]}/ready"
    channel = workflows.jobs.channel("flag", flag)
    workflows.jobs.put(f"{flag}-no", "x")
    script = "import os, sys; sys.exit(0 if any(name.endswith('yes') for name in os.listdir('input/data/flag')) else 1)"
    second = workflows.training("Second", script)
    second["Arguments"]["InputDataConfig"].append(channel)
    arn = workflows.start(workflows.create(workflows.training("First"), {**second, "DependsOn": ["First"]}))
    assert workflows.wait(arn)["PipelineExecutionStatus"] == "Failed"
    first = workflows.steps(arn)["First"]["Metadata"]
    workflows.jobs.put(f"{flag}-yes", "x")
    workflows.client.retry_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken=uuid.uuid4().hex)
    assert workflows.wait(arn, "Succeeded", "Failed")["PipelineExecutionStatus"] == "Succeeded"
    assert workflows.steps(arn)["First"]["Metadata"] == first
    with pytest.raises(ClientError, match="Only pipelines with 'Failed' or 'Stopped' status can be retried"):
        workflows.client.retry_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken=uuid.uuid4().hex)


def test_a_cached_step_takes_its_earlier_result(workflows):
    cached = {"CacheConfig": {"Enabled": True, "ExpireAfter": "PT1H"}}
    hyperparameters = {"HyperParameters": {"rate": {"Get": "Parameters.Rate"}}}
    step = workflows.training("Train", arguments=hyperparameters, **cached)
    pipeline = workflows.create(step, Parameters=[{"Name": "Rate", "Type": "String", "DefaultValue": "1"}])
    ran = []
    for rate in ("1", "1", "2"):
        arn = workflows.start(pipeline, {"Rate": rate})
        workflows.wait(arn)
        ran.append((arn, workflows.steps(arn)["Train"]))
    (first, trained), (_, reused), (_, changed) = ran
    assert reused["CacheHitResult"] == {"SourcePipelineExecutionArn": first}
    assert reused["Metadata"] == trained["Metadata"]
    assert "CacheHitResult" not in changed


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


def test_a_pipeline_is_described_updated_listed_and_deleted(workflows):
    client = workflows.client
    tags = {"Tags": [{"Key": "team", "Value": "a"}], "PipelineDescription": "first"}
    name = workflows.create(fail("Bad"), request=tags)
    described = client.describe_pipeline(PipelineName=name)
    assert described["PipelineStatus"] == "Active"
    assert described["PipelineDisplayName"] == name
    assert client.list_tags(ResourceArn=described["PipelineArn"])["Tags"] == tags["Tags"]
    with pytest.raises(ClientError, match=rf"must be unique .* Pipeline with name \({name}\) already exists"):
        client.create_pipeline(
            PipelineName=name,
            RoleArn=ROLE,
            PipelineDefinition=workflows.definition(fail("Bad")),
            ClientRequestToken=uuid.uuid4().hex,
        )
    client.update_pipeline(PipelineName=name, PipelineDescription="second")
    assert client.list_pipelines(PipelineNamePrefix=name)["PipelineSummaries"][0]["PipelineDescription"] == "second"
    arn = workflows.start(name)
    workflows.wait(arn)
    summaries = client.list_pipeline_executions(PipelineName=described["PipelineArn"])["PipelineExecutionSummaries"]
    assert [summary["PipelineExecutionArn"] for summary in summaries] == [arn]
    text = client.describe_pipeline_definition_for_execution(PipelineExecutionArn=arn)["PipelineDefinition"]
    assert json.loads(text)["Steps"][0]["Name"] == "Bad"
    client.delete_pipeline(PipelineName=name, ClientRequestToken=uuid.uuid4().hex)
    for operation, member in (("describe_pipeline", name), ("describe_pipeline_execution", arn)):
        key = "PipelineName" if member == name else "PipelineExecutionArn"
        with pytest.raises(ClientError, match="does not exist") as missing:
            getattr(client, operation)(**{key: member})
        assert missing.value.response["Error"]["Code"] == "ResourceNotFound"


def test_parameters_have_their_declared_types(workflows):
    parameters = [
        {"Name": "Count", "Type": "Integer", "DefaultValue": 3},
        {"Name": "Size", "Type": "String", "DefaultValue": "s", "EnumValues": ["s", "m"]},
        {"Name": "Needed", "Type": "Boolean"},
    ]
    name = workflows.create(condition("Check", 1, 1), Parameters=parameters)
    for arguments, message in (
        ({}, "Needed has no default value"),
        ({"Needed": "yes"}, "Needed is no Boolean"),
        ({"Needed": "true", "Count": "many"}, "Count is no Integer"),
        ({"Needed": "true", "Size": "xl"}, "Size is not in its enum values"),
        ({"Needed": "true", "Colour": "red"}, "has no parameters Colour"),
    ):
        with pytest.raises(ClientError, match=message):
            workflows.start(name, arguments)
    with pytest.raises(ClientError, match="has the same parameter several times"):
        workflows.client.start_pipeline_execution(
            PipelineName=name,
            PipelineParameters=[{"Name": "Needed", "Value": text} for text in ("true", "false")],
            ClientRequestToken=uuid.uuid4().hex,
        )
    arn = workflows.start(name, {"Needed": "true", "Size": "m"})
    listed = workflows.client.list_pipeline_parameters_for_execution(PipelineExecutionArn=arn)["PipelineParameters"]
    assert {item["Name"]: item["Value"] for item in listed} == {"Count": "3", "Size": "m", "Needed": "true"}
    workflows.wait(arn)
