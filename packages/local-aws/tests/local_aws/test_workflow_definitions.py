"""CreatePipeline refuses what AWS refuses in a definition, and step types that are not there."""

from __future__ import annotations

import json
import re
import uuid

import pytest
from botocore.exceptions import ClientError

from local_aws.sagemaker.workflows.definition import parameter_value
from tests.local_aws.plain_jobs import IMAGE, ROLE
from tests.local_aws.workflow_steps import condition, fail

PREFIX = "Unable to parse pipeline definition. "


def training(name="Train", arguments=None, **members):
    own = {
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "RoleArn": ROLE,
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        **(arguments or {}),
    }
    return {"Name": name, "Type": "Training", "Arguments": own, **members}


def package(**arguments):
    return {"Name": "Register", "Type": "RegisterModel", "Arguments": arguments}


def create(sagemaker, text):
    definition = text if isinstance(text, str) else json.dumps(text)
    return sagemaker.create_pipeline(
        PipelineName=f"pipeline-{uuid.uuid4().hex[:8]}",
        RoleArn=ROLE,
        PipelineDefinition=definition,
        ClientRequestToken=uuid.uuid4().hex,
    )


def whole(*steps, **members):
    return {"Version": "2020-12-01", "Steps": list(steps), **members}


CASES = {
    "no JSON": ("{", "It is no JSON"),
    "no object": ("[]", "Expecting start of Json Object."),
    "no steps": (whole(), "A pipeline needs at least one step."),
    "another version": (whole(fail("A"), Version="2019-01-01"), "Version '2019-01-01' is not supported"),
    "an unknown member": (whole(fail("A"), Colour="red"), "Unknown member 'Colour'."),
    "one name twice": (whole(fail("A"), condition("B", 1, 1, IfSteps=[fail("A")])), "Step names must be unique"),
    "a wrong name": (whole(fail("A B")), "Step name 'A B' must match"),
    "an unknown argument": (whole(training(arguments={"Colour": 1})), "Unknown Argument member 'Colour'."),
    "a package's name": (whole(package(ModelPackageName="a")), "Unknown Argument member 'ModelPackageName'."),
    "text for a list": (whole(training(arguments={"InputDataConfig": "a"})), "Expecting start of Json Array."),
    "a reference for a list": (
        whole(training(arguments={"InputDataConfig": {"Get": "Parameters.A"}})),
        "Expecting start of Json Array.",
    ),
    "text for an object": (whole(training(arguments={"ResourceConfig": "a"})), "Expecting start of Json Object."),
    "a value outside of an enumeration": (
        whole(training(arguments={"AlgorithmSpecification": {"TrainingImage": "a", "TrainingInputMode": "Slow"}})),
        "Model Validation failed: Value 'Slow' for 'TrainingInputMode' failed to satisfy enum value set: [",
    ),
    "a missing argument": (whole(training(arguments={"RoleArn": None})), "Model Validation failed: RoleArn of"),
    "a wrong role": (whole(training(arguments={"RoleArn": "me"})), "Model Validation failed: RoleArn: "),
    "an unknown parameter": (
        whole(training(arguments={"RoleArn": {"Get": "Parameters.Role"}})),
        "Step 'Train': Parameter 'Role' is not defined.",
    ),
    "an unknown variable": (whole(fail("A", {"Get": "Execution.Mood"})), "Execution variable 'Mood' is unknown."),
    "an unknown step": (whole(fail("A", {"Get": "Steps.B.C"})), "names step 'B', which does not exist."),
    "an unknown property": (
        whole(training(), fail("A", {"Get": "Steps.Train.Colour"})),
        "Reference 'Steps.Train.Colour' is no property of a Training step.",
    ),
    "an unknown property file": (
        whole(
            training(),
            fail("A", {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.Train.PropertyFiles.F"}, "Path": "a"}}),
        ),
        "names no property file of the step.",
    ),
    "an unknown dependency": (
        whole({**fail("A"), "DependsOn": ["B"]}),
        "Step 'A' depends on step 'B', which does not exist.",
    ),
    "a cycle": (
        whole({**fail("A"), "DependsOn": ["B"]}, {**fail("B"), "DependsOn": ["A"]}),
        "The steps A, B wait for each other in a cycle.",
    ),
    "nested conditions": (
        whole(condition("A", 1, 1, IfSteps=[condition("B", 1, 1)])),
        "Condition step 'B' is nested in Condition step 'A'.",
    ),
    "an unknown condition": (whole(condition("A", 1, 1, "Near")), "Unknown Condition type 'Near'"),
    "half a condition": (whole(condition("A", 1, None)), "Condition of type Equals lacks RightValue."),
    "a cache without a timeout": (
        whole(training(CacheConfig={"Enabled": True})),
        "ExpireAfter 'None' of CacheConfig is no ISO 8601 duration.",
    ),
    "a cache of a model": (
        whole(
            {"Name": "A", "Type": "Model", "Arguments": {}, "CacheConfig": {"Enabled": True, "ExpireAfter": "30d"}},
        ),
        "CacheConfig is not supported for steps of type Model.",
    ),
    "two limits of retries": (
        whole(
            training(
                RetryPolicies=[{"ExceptionType": ["Step.THROTTLING"], "MaxAttempts": 2, "ExpireAfterMin": 5}],
            )
        ),
        "Only one of MaxAttempts or ExpireAfterMin can be given",
    ),
    "too many retries": (
        whole(training(RetryPolicies=[{"ExceptionType": ["Step.THROTTLING"], "MaxAttempts": 21}])),
        "MaxAttempts of a retry policy must be an integer from 0 to 20.",
    ),
    "an unknown exception": (
        whole(training(RetryPolicies=[{"ExceptionType": ["Step.BAD_LUCK"]}])),
        "ExceptionType of a retry policy must be a list of Step.SERVICE_FAULT",
    ),
    "a default of another type": (
        whole(fail("A"), Parameters=[{"Name": "B", "Type": "Integer", "DefaultValue": "1"}]),
        "The default value of parameter 'B' is no Integer.",
    ),
    "51 steps": (whole(*(fail(f"A{number}") for number in range(51))), "It has 51 steps, and 50 at most are allowed."),
}


@pytest.mark.parametrize("case", CASES)
def test_a_definition_with_a_mistake_is_refused(sagemaker, case):
    text, message = CASES[case]
    with pytest.raises(ClientError) as refused:
        create(sagemaker, text)
    error = refused.value.response["Error"]
    assert (error["Code"], error["Message"].startswith(PREFIX)) == ("ValidationException", True)
    assert message in error["Message"]


@pytest.mark.parametrize("target", [{"FunctionArn": "arn"}, {"Type": "Callback", "SqsQueueUrl": "url"}])
def test_the_cache_of_a_function_or_callback_is_taken(sagemaker, target):
    step = {"Name": "A", "Type": "Lambda", "Arguments": {}, **target}
    cache = {"CacheConfig": {"Enabled": True, "ExpireAfter": "30d"}}
    assert create(sagemaker, whole({**step, **cache}))["PipelineArn"]
    with pytest.raises(ClientError, match="ExpireAfter 'None' of CacheConfig"):
        create(sagemaker, whole({**step, "CacheConfig": {"Enabled": True}}))


@pytest.mark.parametrize("kind", ["AutoML", "EMR", "QualityCheck", "ClarifyCheck", "NotebookJob", "EndpointConfig"])
def test_other_step_types_are_refused_by_name(sagemaker, kind):
    with pytest.raises(ClientError, match=rf"pipeline steps of type {kind} \(step A\)") as refused:
        create(sagemaker, whole({"Name": "A", "Type": kind, "Arguments": {}}))
    assert "Use a Lambda or Callback step" in refused.value.response["Error"]["Message"]


def test_the_same_token_is_the_same_pipeline(sagemaker):
    request = {
        "PipelineName": f"pipeline-{uuid.uuid4().hex[:8]}",
        "RoleArn": ROLE,
        "PipelineDefinition": json.dumps(whole(fail("A"))),
        "ClientRequestToken": uuid.uuid4().hex,
    }
    first = sagemaker.create_pipeline(**request)["PipelineArn"]
    assert sagemaker.create_pipeline(**request)["PipelineArn"] == first


def test_a_definition_in_s3_is_refused_with_the_remedy(sagemaker):
    location = {"Bucket": "abc", "ObjectKey": "b"}
    with pytest.raises(ClientError, match="PipelineDefinitionS3Location: pass PipelineDefinition"):
        sagemaker.create_pipeline(
            PipelineName="a", RoleArn=ROLE, PipelineDefinitionS3Location=location, ClientRequestToken=uuid.uuid4().hex
        )


def test_a_selective_execution_is_refused_with_the_remedy(sagemaker):
    name = create(sagemaker, whole(fail("A")))["PipelineArn"]
    with pytest.raises(ClientError, match="CacheConfig lets steps keep their results"):
        sagemaker.start_pipeline_execution(
            PipelineName=name,
            SelectiveExecutionConfig={"SelectedSteps": [{"StepName": "A"}]},
            ClientRequestToken=uuid.uuid4().hex,
        )


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *(("Integer", text) for text in ("1_000", " 5 ", "٣", "5.0", "", "0x1", "9" * 400)),
        *(("Float", text) for text in ("nan", "inf", "-Infinity", "1e999", "1_0.5", " 5", "٣", "", ".")),
    ],
)
def test_a_text_that_is_no_number_is_refused(kind, text):
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        parameter_value({"Type": kind}, text)


def test_numbers_are_taken_as_json_writes_them():
    assert [parameter_value({"Type": "Integer"}, text) for text in ("5", "-12", "007")] == [5, -12, 7]
    assert [parameter_value({"Type": "Float"}, text) for text in ("5", "-1.5e-3", ".5")] == [5.0, -0.0015, 0.5]
