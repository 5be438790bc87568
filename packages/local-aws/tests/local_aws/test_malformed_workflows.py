"""CreatePipeline refuses a malformed definition, whatever is of the wrong type in it."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.plain_jobs import IMAGE, ROLE
from tests.local_aws.test_workflow_definitions import PREFIX, create, training, whole
from tests.local_aws.workflow_steps import condition, fail


def function(**members):
    return {"Name": "A", "Type": "Lambda", "FunctionArn": "arn", "Arguments": {}, **members}


def processing(*files):
    output = {"OutputName": "out", "S3Output": {"S3Uri": "s3://a/b", "LocalPath": "/c", "S3UploadMode": "EndOfJob"}}
    own = {
        "AppSpecification": {"ImageUri": IMAGE},
        "RoleArn": ROLE,
        "ProcessingOutputConfig": {"Outputs": [output]},
        "ProcessingResources": {
            "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10}
        },
    }
    return {"Name": "P", "Type": "Processing", "Arguments": own, "PropertyFiles": list(files)}


def parameter(**members):
    return whole(fail("A"), Parameters=[{"Name": "B", "Type": "String", **members}])


def message(expression):
    return whole(fail("A", expression))


OBJECT, ARRAY, WRONG = "Expecting start of Json Object.", "Expecting start of Json Array.", "of the wrong type"
FILE = {"PropertyFileName": "F", "OutputName": "out", "FilePath": "f.json"}
MALFORMED = {
    "a Get without a path": (message({"Get": ""}), "An empty text is no path."),
    "a Get of an object": (message({"Get": {}}), "Get needs a path"),
    "a Get of half a path": (message({"Get": "Steps["}), "'Steps[' is no path."),
    "a Get of a number": (message({"Get": "[0].a.b"}), "Reference '[0].a.b' is invalid."),
    "a JsonGet of a text": (message({"Std:JsonGet": "x"}), OBJECT),
    "a JsonGet of nothing": (message({"Std:JsonGet": {}}), "needs exactly one of PropertyFile and S3Uri."),
    "a JsonGet without a path": (message({"Std:JsonGet": {"S3Uri": "s3://a/b"}}), "needs a Path and a file"),
    "a JsonGet of a parameter's file": (
        message({"Std:JsonGet": {"PropertyFile": {"Get": "Parameters.A"}, "Path": "a"}}),
        "must be the Get of Steps.<step>.PropertyFiles.<name>.",
    ),
    "a JsonGet with more": (message({"Std:JsonGet": {"Colour": 1}}), "Unknown Std:JsonGet member 'Colour'."),
    "a Join of a text": (message({"Std:Join": "x"}), OBJECT),
    "a Join without values": (message({"Std:Join": {"On": "/"}}), "Std:Join needs Values, a list."),
    "a Join on a number": (message({"Std:Join": {"On": 1, "Values": []}}), "On of Std:Join must be a text."),
    "a Join of a list": (message({"Std:Join": {"Values": [[1]]}}), "Values of Std:Join must be texts"),
    "a Join of a malformed Get": (message({"Std:Join": {"Values": [{"Get": 1}]}}), "Get needs a path"),
    "a Join with more": (message({"Std:Join": {"Values": [], "Colour": 1}}), "Unknown Std:Join member 'Colour'."),
    "a message that is a list": (message([1]), WRONG),
    "a dependency on an object": (whole({**fail("A"), "DependsOn": [{}]}), WRONG),
    "a dependency that is a text": (whole({**fail("A"), "DependsOn": "B"}), ARRAY),
    "a step that is nothing": (whole(None), OBJECT),
    "a step's type that is an object": (whole({"Name": "A", "Type": {}}), WRONG),
    "a step's type that is a list": (whole({"Name": "A", "Type": ["Fail"]}), WRONG),
    "a step's name that is a list": (whole({"Name": [], "Type": "Fail"}), WRONG),
    "a description that is a number": (whole({**fail("A"), "Description": 1}), WRONG),
    "arguments that are a list": (whole({"Name": "A", "Type": "Fail", "Arguments": []}), OBJECT),
    "retries that are a number": (whole(training(RetryPolicies=0)), ARRAY),
    "a cache that is a text": (whole(training(CacheConfig="a")), OBJECT),
    "a parameter that is a text": (whole(fail("A"), Parameters=["B"]), OBJECT),
    "parameters that are an object": (whole(fail("A"), Parameters={"B": 1}), ARRAY),
    "a parameter's type that is an object": (parameter(Type={}), WRONG),
    "a parameter's type that is a list": (parameter(Type=["String"]), WRONG),
    "enum values that are a number": (parameter(EnumValues=5), ARRAY),
    "enum values that are objects": (parameter(EnumValues=[{}]), WRONG),
    "enum values of another type": (parameter(EnumValues=[1]), "An enum value of parameter 'B' is no String."),
    "a condition's type that is an object": (whole(condition("A", 1, 1, {})), "Unknown Condition type '{}'"),
    "a condition's type that is a list": (whole(condition("A", 1, 1, [])), "Unknown Condition type '[]'"),
    "a condition on a list": (whole(condition("A", [1], 1)), "compares texts, numbers, booleans and expressions only."),
    "a condition that is a text": (
        whole({"Name": "A", "Type": "Condition", "Arguments": {"Conditions": ["a"]}}),
        OBJECT,
    ),
    "a condition with more arguments": (whole(condition("A", 1, 1, Colour=1)), "Unknown Argument member 'Colour'."),
    "a branch that is a text": (whole(condition("A", 1, 1, IfSteps="B")), ARRAY),
    "a branch with a malformed step": (whole(condition("A", 1, 1, ElseSteps=[{"Name": "B", "Type": {}}])), WRONG),
    "outputs that are a text": (whole(function(OutputParameters="abc")), ARRAY),
    "outputs that are texts": (whole(function(OutputParameters=["abc"])), OBJECT),
    "an output without a name": (whole(function(OutputParameters=[{}])), "OutputParameter lacks OutputName."),
    "a function that is a list": (whole(function(FunctionArn=["a"])), WRONG),
    "an experiment that is a text": (whole(fail("A"), PipelineExperimentConfig="abc"), OBJECT),
    "an experiment with more": (
        whole(fail("A"), PipelineExperimentConfig={"Colour": 1}),
        "Unknown PipelineExperimentConfig member 'Colour'.",
    ),
    "an experiment of a malformed Get": (
        whole(fail("A"), PipelineExperimentConfig={"TrialName": {"Get": ""}}),
        "An empty text is no path.",
    ),
    "an experiment of itself": (
        whole(fail("A"), PipelineExperimentConfig={"TrialName": {"Get": "PipelineExperimentConfig.TrialName"}}),
        "PipelineExperimentConfig can't refer to 'PipelineExperimentConfig.TrialName'.",
    ),
    "an experiment of an unknown parameter": (
        whole(fail("A"), PipelineExperimentConfig={"TrialName": {"Get": "Parameters.B"}}),
        "PipelineExperimentConfig: Parameter 'B' is not defined.",
    ),
    "a property file that is a text": (whole(processing("a")), OBJECT),
    "half a property file": (whole(processing({"PropertyFileName": "F"})), "PropertyFile lacks OutputName, FilePath."),
    "a property file with more": (whole(processing({**FILE, "Colour": 1})), "Unknown PropertyFile member 'Colour'."),
    "a property file's path that is a list": (whole(processing({**FILE, "FilePath": []})), WRONG),
    "two property files of one name": (whole(processing(FILE, FILE)), "several property files with the same name."),
    "a property file of no output": (
        whole(processing({**FILE, "OutputName": "other"})),
        "Property file 'F' names no output of step 'P'.",
    ),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_a_malformed_definition_is_refused(sagemaker, case):
    text, message = MALFORMED[case]
    with pytest.raises(ClientError) as refused:
        create(sagemaker, text)
    error = refused.value.response["Error"]
    assert (error["Code"], error["Message"].startswith(PREFIX)) == ("ValidationException", True), error
    assert message in error["Message"]


def test_what_is_null_counts_as_absent(sagemaker):
    nothing = dict.fromkeys(("DependsOn", "DisplayName", "CacheConfig", "OutputParameters"))
    definition = whole(function(**nothing), processing(FILE), Parameters=None, PipelineExperimentConfig=None)
    assert create(sagemaker, definition)["PipelineArn"]
