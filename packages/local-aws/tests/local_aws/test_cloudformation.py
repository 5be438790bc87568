"""The resource types that this server adds to CloudFormation: create, update, replace, fail and delete as on AWS."""

from __future__ import annotations

import json
import time

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.plain_endpoints import server
from tests.local_aws.plain_jobs import IMAGE, ROLE


def hosting(archive, version="1", **endpoint):
    """A model, its configuration and its endpoint, as a template has them."""
    container = {"Image": IMAGE, "ModelDataUrl": archive, "Environment": {"VERSION": version}}
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": {"Fn::GetAtt": ["Model", "ModelName"]},
        "InitialInstanceCount": "1",
        "InstanceType": "ml.m5.large",
        "InitialVariantWeight": 1,
    }
    config = {"ProductionVariants": [variant]}
    served = {"EndpointConfigName": {"Fn::GetAtt": ["Config", "EndpointConfigName"]}, **endpoint}
    return {
        "Model": {
            "Type": "AWS::SageMaker::Model",
            "Properties": {"PrimaryContainer": container, "ExecutionRoleArn": ROLE},
        },
        "Config": {"Type": "AWS::SageMaker::EndpointConfig", "Properties": config},
        "Endpoint": {"Type": "AWS::SageMaker::Endpoint", "Properties": served},
    }


OUTPUTS = {
    "EndpointName": {"Fn::GetAtt": ["Endpoint", "EndpointName"]},
    "EndpointRef": {"Ref": "Endpoint"},
    "ModelRef": {"Ref": "Model"},
    "ConfigRef": {"Ref": "Config"},
}


def test_a_stack_serves_a_model_and_takes_it_all_away_again(stack, endpoints):
    assert stack.apply(hosting(endpoints.archive(server())), OUTPUTS) == "CREATE_COMPLETE"
    outputs = stack.outputs()
    name = outputs["EndpointName"]
    assert endpoints.predict(name) == b"1:row"
    assert outputs["EndpointRef"] == endpoints.describe(name)["EndpointArn"]
    assert ":model/" in outputs["ModelRef"]
    assert ":endpoint-config/" in outputs["ConfigRef"]
    assert name.startswith(f"{stack.name}-Endpoint-")
    assert stack.delete() == "DELETE_COMPLETE"
    for resources, member in (
        ("endpoints", "EndpointName"),
        ("endpoint_configs", "EndpointConfigName"),
        ("models", "ModelName"),
    ):
        response = getattr(endpoints.sagemaker, f"list_{resources}")(NameContains=stack.name)
        assert [item[member] for items in response.values() if isinstance(items, list) for item in items] == []


def test_data_capture_passes_from_a_template_to_the_configuration(stack, endpoints):
    resources = hosting(endpoints.archive(server()))
    del resources["Endpoint"]
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 20,
        "DestinationS3Uri": f"s3://{endpoints.bucket}/captured/churn",
        "KmsKeyId": "arn:aws:kms:us-east-1:123456789012:key/1234abcd",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"], "JsonContentTypes": ["application/json"]},
    }
    as_text = {"EnableCapture": "true", "InitialSamplingPercentage": "20"}
    resources["Config"]["Properties"]["DataCaptureConfig"] = {**capture, **as_text}
    outputs = {"Config": {"Fn::GetAtt": ["Config", "EndpointConfigName"]}}
    assert stack.apply(resources, outputs) == "CREATE_COMPLETE"
    config = endpoints.sagemaker.describe_endpoint_config(EndpointConfigName=stack.outputs()["Config"])
    assert config["DataCaptureConfig"] == capture


def test_a_new_model_updates_the_endpoint_in_place(stack, endpoints):
    stack.apply(hosting(endpoints.archive(server())), OUTPUTS)
    before = stack.outputs()
    newer = hosting(endpoints.archive(server("VERSION = b'2:'")), version="2")
    newer["Config"]["Properties"]["ProductionVariants"][0]["VariantName"] = "Newer"
    assert stack.apply(newer, OUTPUTS) == "UPDATE_COMPLETE"
    after = stack.outputs()
    assert after["EndpointRef"] == before["EndpointRef"]
    assert after["ModelRef"] != before["ModelRef"]
    assert after["ConfigRef"] != before["ConfigRef"]
    assert endpoints.predict(after["EndpointName"]) == b"2:row"
    old_model = before["ModelRef"].rpartition("/")[2]
    with pytest.raises(ClientError, match="Could not find model"):
        endpoints.sagemaker.describe_model(ModelName=old_model)


def test_an_endpoint_that_fails_to_start_rolls_the_stack_back(stack, endpoints):
    broken = endpoints.archive("raise SystemExit('no model_fn in inference.py')")
    assert stack.apply(hosting(broken)) == "ROLLBACK_COMPLETE"
    assert any("no model_fn in inference.py" in reason for reason in stack.reasons())
    assert endpoints.sagemaker.list_endpoints(NameContains=stack.name)["Endpoints"] == []
    assert endpoints.sagemaker.list_models(NameContains=stack.name)["Models"] == []


def test_an_update_that_fails_rolls_back_and_keeps_serving(stack, endpoints):
    good = hosting(endpoints.archive(server()))
    stack.apply(good, OUTPUTS)
    name = stack.outputs()["EndpointName"]
    assert (
        stack.apply(hosting(endpoints.archive("raise SystemExit('bad release')")), OUTPUTS)
        == "UPDATE_ROLLBACK_COMPLETE"
    )
    assert any("bad release" in reason for reason in stack.reasons())
    assert endpoints.predict(name) == b"1:row"
    assert stack.apply(hosting(endpoints.archive(server("VERSION = b'3:'"))), OUTPUTS) == "UPDATE_COMPLETE"
    assert endpoints.predict(name) == b"3:row"


def test_an_artifact_that_does_not_exist_fails_the_stack_as_on_aws(stack, bucket):
    resources = hosting(f"s3://{bucket}/nope/model.tar.gz")
    assert stack.apply({"Model": resources["Model"]}) == "ROLLBACK_COMPLETE"
    expected = f'Resource handler returned message: "Could not find model data at s3://{bucket}/nope/model.tar.gz."'
    assert expected in stack.reasons()


def test_a_property_that_the_type_does_not_have_fails_the_stack(stack):
    group = {"ModelPackageGroupName": f"{stack.name}-group", "Colour": "red"}
    resource = {"Type": "AWS::SageMaker::ModelPackageGroup", "Properties": group}
    assert stack.apply({"Group": resource}) == "ROLLBACK_COMPLETE"
    assert any("extraneous key [Colour] is not permitted" in reason for reason in stack.reasons())


def test_a_policy_of_a_model_package_group_is_refused(stack):
    def group(**properties):
        name = {"ModelPackageGroupName": f"{stack.name}-group"}
        return {"Group": {"Type": "AWS::SageMaker::ModelPackageGroup", "Properties": {**name, **properties}}}

    assert stack.apply(group()) == "CREATE_COMPLETE"
    assert stack.apply(group(ModelPackageGroupPolicy={})) == "UPDATE_ROLLBACK_COMPLETE"
    assert "Encountered unsupported property ModelPackageGroupPolicy" in stack.reasons()


def test_the_creation_time_of_a_group_is_in_seconds(stack, sagemaker):
    name = f"{stack.name}-group"
    group = {"Type": "AWS::SageMaker::ModelPackageGroup", "Properties": {"ModelPackageGroupName": name}}
    outputs = {"Time": {"Fn::GetAtt": ["Group", "CreationTime"]}}
    assert stack.apply({"Group": group}, outputs) == "CREATE_COMPLETE"
    created = sagemaker.describe_model_package_group(ModelPackageGroupName=name)["CreationTime"]
    assert float(stack.outputs()["Time"]) == pytest.approx(created.timestamp())


def test_a_custom_named_resource_is_not_replaced(stack, endpoints):
    resources = hosting(endpoints.archive(server()))
    model = {"Model": resources["Model"]}
    model["Model"]["Properties"]["ModelName"] = f"{stack.name}-model"
    assert stack.apply(model) == "CREATE_COMPLETE"
    model["Model"]["Properties"]["PrimaryContainer"]["Environment"] = {"VERSION": "2"}
    assert stack.apply(model) == "UPDATE_ROLLBACK_COMPLETE"
    assert any("custom-named resource requires replacing" in reason for reason in stack.reasons())


def test_tags_come_from_template_and_stack_and_change_in_place(stack, sagemaker):
    def group(**tags):
        properties = {
            "ModelPackageGroupName": f"{stack.name}-group",
            "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
        }
        return {"Group": {"Type": "AWS::SageMaker::ModelPackageGroup", "Properties": properties}}

    assert stack.apply(group(team="a", old="1"), {"Arn": {"Ref": "Group"}}) == "CREATE_COMPLETE"
    arn = stack.outputs()["Arn"]
    assert stack.apply(group(team="b"), {"Arn": {"Ref": "Group"}}) == "UPDATE_COMPLETE"
    assert stack.outputs()["Arn"] == arn
    tags = {tag["Key"]: tag["Value"] for tag in sagemaker.list_tags(ResourceArn=arn)["Tags"]}
    assert tags["team"] == "b"
    assert "old" not in tags
    assert tags["aws:cloudformation:stack-name"] == stack.name


def test_the_server_answers_while_a_stack_waits_for_an_endpoint(stack, endpoints, tmp_path):
    release = tmp_path / "release"
    waiting = f"import pathlib\nwhile not pathlib.Path({str(release)!r}).exists(): time.sleep(0.02)"
    resources = hosting(endpoints.archive(server(waiting)))
    body = json.dumps({"Resources": resources})
    stack.cloudformation.create_stack(StackName=stack.name, TemplateBody=body)
    deadline = time.monotonic() + 10
    while not endpoints.sagemaker.list_endpoints(NameContains=stack.name)["Endpoints"]:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    endpoints.aws.client("s3").list_buckets()
    (summary,) = [
        item for item in stack.cloudformation.list_stacks()["StackSummaries"] if item["StackName"] == stack.name
    ]
    assert summary["StackStatus"] == "CREATE_IN_PROGRESS"
    release.touch()
    assert stack.settle() == "CREATE_COMPLETE"
