"""SageMaker Pipelines: one from training to a prediction, its description and listing, and its parameters."""

from __future__ import annotations

import json
import uuid

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.plain_endpoints import server
from tests.local_aws.plain_jobs import ROLE
from tests.local_aws.workflow_steps import condition, container, fail

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
