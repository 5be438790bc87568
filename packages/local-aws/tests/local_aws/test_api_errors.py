"""What is wrong with a request is said with AWS's codes, in AWS's words."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from tests.conformance.shapes import meets
from tests.local_aws.plain_jobs import ROLE
from tests.local_aws.signed import call

ARN = "arn:aws:sagemaker:us-east-1:123456789012"


def answer(plain_aws, operation, request, target="SageMaker"):
    """A call as no SDK would let it through."""
    body = request if isinstance(request, bytes) else json.dumps(request).encode()
    response = call(plain_aws, f"{target}.{operation}", body)
    assert response.headers["Content-Type"] == "application/x-amz-json-1.1"
    return response.status, response.json()


def refused(plain_aws, operation, request):
    status, error = answer(plain_aws, operation, request)
    assert status == 400
    return error["__type"], error["message"]


def error_of(method, **arguments):
    with pytest.raises(ClientError) as caught:
        method(**arguments)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


@pytest.mark.parametrize(
    ("change", "location", "constraint"),
    [
        (
            {"TrainingJobName": "under_score"},
            "Value 'under_score' at 'trainingJobName'",
            "Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}",
        ),
        ({"RoleArn": None}, "Value null at 'roleArn'", "Member must not be null"),
        (
            {"ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": -1}},
            "Value '-1' at 'resourceConfig.volumeSizeInGB'",
            "Member must have value greater than or equal to 0",
        ),
        (
            {"StoppingCondition": {"MaxRuntimeInSeconds": 0}},
            "Value '0' at 'stoppingCondition.maxRuntimeInSeconds'",
            "Member must have value greater than or equal to 1",
        ),
        (
            {"InputDataConfig": [{"ChannelName": "a b", "DataSource": {}}]},
            "Value 'a b' at 'inputDataConfig.1.member.channelName'",
            r"Member must satisfy regular expression pattern: [A-Za-z0-9\.\-_]+",
        ),
        (
            {"HyperParameters": {"k" * 257: "v"}},
            "=v}' at 'hyperParameters'",
            (
                "Map keys must satisfy constraint: [Member must have length less than or equal to 256, "
                "Member must have length greater than or equal to 0, "
                "Member must satisfy regular expression pattern: .*]"
            ),
        ),
    ],
)
def test_every_constraint_of_the_model_is_checked(plain_aws, jobs, change, location, constraint):
    request = {name: value for name, value in {**jobs.request("pass"), **change}.items() if value is not None}
    code, message = refused(plain_aws, "CreateTrainingJob", request)
    assert code == "ValidationException"
    assert message.startswith("1 validation error detected: ")
    assert message.endswith(f"{location} failed to satisfy constraint: {constraint}")


def test_a_wrong_enum_value_is_answered_with_the_values_there_are(plain_aws, jobs):
    request = jobs.request("pass")
    request["ResourceConfig"]["InstanceType"] = "ml.m5.tiny"
    code, message = refused(plain_aws, "CreateTrainingJob", request)
    assert code == "ValidationException"
    assert "Value 'ml.m5.tiny' at 'resourceConfig.instanceType' failed to satisfy constraint" in message
    assert "Member must satisfy enum value set: [" in message
    assert "ml.m5.large" in message


def test_all_that_is_wrong_is_said_at_once(plain_aws):
    _, message = refused(plain_aws, "CreateTrainingJob", {"TrainingJobName": "a_b"})
    assert message.startswith("3 validation errors detected: ")
    assert message.count("; Value ") == 2


def test_a_member_that_the_api_does_not_have_is_refused(plain_aws, jobs):
    code, message = refused(plain_aws, "CreateTrainingJob", {**jobs.request("pass"), "Spot": True})
    assert code == "ValidationException"
    assert "'Spot'" in message


@pytest.mark.parametrize(
    ("value", "message"),
    [(7, "NUMBER_VALUE can not be converted to a String"), (True, "BOOLEAN_VALUE"), ([], "ARRAY_VALUE")],
)
def test_a_value_of_the_wrong_type_is_a_serialization_error(plain_aws, value, message):
    code, text = refused(plain_aws, "DescribeTrainingJob", {"TrainingJobName": value})
    assert code == "SerializationException"
    assert text.startswith(message)


def test_a_body_that_is_no_json_is_a_serialization_error(plain_aws):
    assert refused(plain_aws, "ListModels", b"{not json")[0] == "SerializationException"


def test_an_operation_that_aws_does_not_have_is_unknown(plain_aws):
    assert refused(plain_aws, "CreateUnicorn", {})[0] == "UnknownOperationException"


def test_an_operation_that_is_not_there_yet_says_so_and_is_not_retried(sagemaker):
    code, message = error_of(sagemaker.list_labeling_jobs)
    assert code == "NotImplementedException"
    assert (
        message == "The local AWS does not implement sagemaker:ListLabelingJobs: label outside of SageMaker, into S3."
    )


def test_the_services_that_are_not_there_are_named(plain_aws):
    store = plain_aws.client("sagemaker-featurestore-runtime")
    code, message = error_of(store.get_record, FeatureGroupName="a", RecordIdentifierValueAsString="1")
    assert code == "NotImplementedException"
    assert message == "The local AWS does not implement sagemaker-featurestore-runtime:GetRecord."
    edge = plain_aws.client("sagemaker-edge")
    code, message = error_of(edge.get_device_registration, DeviceName="a", DeviceFleetName="b")
    assert message == "The local AWS does not implement sagemaker-edge:GetDeviceRegistration."


@pytest.mark.parametrize(
    ("operation", "member", "message"),
    [
        ("describe_training_job", "TrainingJobName", "Requested resource not found."),
        ("stop_training_job", "TrainingJobName", "Requested resource not found."),
        ("describe_model", "ModelName", f'Could not find model "{ARN}:model/nope".'),
        ("delete_model", "ModelName", f'Could not find model "{ARN}:model/nope".'),
        (
            "describe_endpoint_config",
            "EndpointConfigName",
            f'Could not find endpoint configuration "{ARN}:endpoint-config/nope".',
        ),
        ("describe_endpoint", "EndpointName", f'Could not find endpoint "{ARN}:endpoint/nope".'),
        ("delete_endpoint", "EndpointName", f'Could not find endpoint "{ARN}:endpoint/nope".'),
        (
            "describe_model_package_group",
            "ModelPackageGroupName",
            f"ModelPackageGroup {ARN}:model-package-group/nope does not exist.",
        ),
    ],
)
def test_a_missing_resource_is_a_validation_exception(sagemaker, operation, member, message):
    assert error_of(getattr(sagemaker, operation), **{member: "nope"}) == ("ValidationException", message)


def test_a_training_jobs_name_in_use_is_resource_in_use(jobs, sagemaker):
    request = jobs.request("pass")
    sagemaker.create_training_job(**request)
    code, message = error_of(sagemaker.create_training_job, **request)
    assert code == "ResourceInUse"
    assert f"already exists ({ARN}:training-job/{request['TrainingJobName']})" in message


def test_other_names_in_use_are_validation_exceptions(endpoints, sagemaker):
    model = endpoints.model()
    container = {"Image": "image", "ModelDataUrl": endpoints.archive("pass")}
    expected = f'Cannot create already existing model "{ARN}:model/{model}".'
    call = error_of(sagemaker.create_model, ModelName=model, ExecutionRoleArn=ROLE, PrimaryContainer=container)
    assert call == ("ValidationException", expected)


def test_a_model_whose_artifact_does_not_exist_is_refused(sagemaker, bucket):
    container = {"Image": "image", "ModelDataUrl": f"s3://{bucket}/nope/model.tar.gz"}
    call = error_of(sagemaker.create_model, ModelName="nope", ExecutionRoleArn=ROLE, PrimaryContainer=container)
    assert call == ("ValidationException", f"Could not find model data at s3://{bucket}/nope/model.tar.gz.")


def test_an_endpoint_configuration_of_a_missing_model_is_refused(endpoints):
    with pytest.raises(ClientError, match='Could not find model "'):
        endpoints.config(endpoints.variant("nope"))


def test_an_endpoint_of_a_missing_configuration_is_refused(endpoints):
    with pytest.raises(ClientError, match='Could not find endpoint configuration "'):
        endpoints.start("nope")


def test_a_missing_endpoint_cannot_be_invoked(endpoints):
    code, message = error_of(endpoints.invoke, name="nope")
    assert (code, message) == ("ValidationError", "Endpoint nope of account 123456789012 not found.")


def test_accounts_and_regions_do_not_see_each_other(plain_aws, endpoints):
    model = endpoints.model()
    for other in ({"aws_access_key_id": "210987654321"}, {"region_name": "eu-west-1"}):
        assert plain_aws.client("sagemaker", **other).list_models(NameContains=model)["Models"] == []
    assert len(plain_aws.client("sagemaker").list_models(NameContains=model)["Models"]) == 1


NO_JOB, NO_JOB_TO_STOP = "Could not find requested job with name: nope", "Could not find job to update with name: nope"


@pytest.mark.parametrize(
    ("operation", "member", "code", "message"),
    [
        ("DescribeProcessingJob", "ProcessingJobName", "ValidationException", NO_JOB),
        ("StopProcessingJob", "ProcessingJobName", "ValidationException", NO_JOB_TO_STOP),
        ("DescribeTransformJob", "TransformJobName", "ValidationException", NO_JOB),
        ("StopTransformJob", "TransformJobName", "ValidationException", NO_JOB_TO_STOP),
        (
            "DescribeHyperParameterTuningJob",
            "HyperParameterTuningJobName",
            "ResourceNotFound",
            "Amazon SageMaker can't find a tuning job with the name nope.",
        ),
        (
            "DescribeNotebookInstanceLifecycleConfig",
            "NotebookInstanceLifecycleConfigName",
            "ValidationException",
            (
                "Unable to describe Notebook Instance Lifecycle Config "
                f"'{ARN}:notebook-instance-lifecycle-config/nope'. "
                "(Details: Notebook Instance Lifecycle Config does not exist.)"
            ),
        ),
    ],
)
def test_a_missing_resource_is_named_as_aws_names_it(plain_aws, operation, member, code, message):
    assert refused(plain_aws, operation, {member: "nope"}) == (code, message)


def test_a_role_of_another_account_is_refused(plain_aws, jobs):
    code, message = refused(
        plain_aws, "CreateTrainingJob", {**jobs.request("pass"), "RoleArn": "arn:aws:iam::999999999999:role/x"}
    )
    assert (code, message) == ("ValidationException", "Cross-account pass role is not allowed.")


def test_only_digits_of_ascii_meet_a_pattern(plain_aws, jobs):
    role = "arn:aws:iam::\u0661\u0662\u0663456789012:role/x"
    code, message = refused(plain_aws, "CreateTrainingJob", {**jobs.request("pass"), "RoleArn": role})
    assert code == "ValidationException"
    assert "'roleArn' failed to satisfy constraint: Member must satisfy regular expression pattern" in message
    assert not meets(r"\d\w", "\u0661\u00e9")


def test_a_variable_that_is_called_like_a_role_is_none(jobs):
    assert jobs.run("pass", Environment={"RoleArn": "hello"})["TrainingJobStatus"] == "Completed"


@pytest.mark.parametrize(
    ("keys", "message"), [(["aws:x"], "aws: prefixed tag key names"), (["x", "x"], "Duplicate tag keys")]
)
def test_tags_that_aws_reserves_are_refused(plain_aws, keys, message):
    tags = [{"Key": key, "Value": "v"} for key in keys]
    code, text = refused(plain_aws, "CreateModelPackageGroup", {"ModelPackageGroupName": "tagged", "Tags": tags})
    assert code == "ValidationException"
    assert message in text
