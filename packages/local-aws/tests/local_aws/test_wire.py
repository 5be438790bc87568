"""A request's JSON is read as AWS reads it, which is stricter than Python's reader."""

from __future__ import annotations

import base64
import json
import re
import uuid
from datetime import UTC, datetime

import pytest

from local_aws.api.java_patterns import in_python
from local_aws.api.service import service_model
from tests.local_aws.signed import call

NAME = '{"TrainingJobName": "nope"'


def refused(aws, body, target="SageMaker.DescribeTrainingJob", service="sagemaker"):
    response = call(aws, target, body if isinstance(body, bytes) else body.encode(), service=service)
    assert response.status == 400, response.data
    return response.json()["__type"]


@pytest.mark.parametrize(
    "body",
    [
        "[" * 100_000,
        '{"a":' * 5_000 + "1" + "}" * 5_000,
        NAME + ', "a": ' + "[" * 900 + "]" * 900 + "}",
        NAME.encode("utf-16"),
        (NAME + "}").encode("utf-16"),
        b'{"TrainingJobName": "\xff"}',
        NAME + "}}",
        NAME,
        "null",
        r'{"TrainingJobName": "\ud800"}',
        r'{"\udfff": "nope"}',
    ],
    ids=["lists", "objects", "deep", "cut", "utf-16", "latin-1", "tail", "open", "null", "surrogate", "surrogate-key"],
)
def test_what_is_not_plain_json_is_a_serialization_error(plain_aws, body):
    assert refused(plain_aws, body) == "SerializationException"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "1e300", "9" * 5000, "-1e18"])
@pytest.mark.parametrize("member", ["MaxResults", "CreationTimeAfter"])
def test_a_number_that_no_member_can_hold_is_refused(plain_aws, member, number):
    assert refused(plain_aws, f'{{"{member}": {number}}}', "SageMaker.ListModels") == "SerializationException"


@pytest.mark.parametrize(("number", "code"), [(2**31, "SerializationException"), (2**31 - 1, "ValidationException")])
def test_an_integer_has_32_bits(plain_aws, number, code):
    assert refused(plain_aws, f'{{"MaxResults": {number}}}', "SageMaker.ListModels") == code


def test_the_last_of_two_equal_keys_counts(plain_aws):
    body = b'{"TrainingJobName": "a_b", "TrainingJobName": "nope"}'
    response = call(plain_aws, "SageMaker.DescribeTrainingJob", body)
    assert response.json()["message"] == "Requested resource not found."


def test_a_null_member_counts_as_absent_at_every_depth(plain_aws, jobs):
    absent = ("TrainingJobName", "HyperParameters")
    definition = {name: value for name, value in jobs.request("pass").items() if name not in absent}
    definition["VpcConfig"] = None
    definition["AlgorithmSpecification"]["MetricDefinitions"] = [{"Name": "loss", "Regex": "loss=(.*)"}]
    request = {
        "HyperParameterTuningJobName": f"nulls-{uuid.uuid4().hex[:8]}",
        "HyperParameterTuningJobConfig": {
            "Strategy": "Random",
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "loss"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 1, "MaxParallelTrainingJobs": 1},
            "ParameterRanges": {
                "CategoricalParameterRanges": None,
                "ContinuousParameterRanges": [{"Name": "x", "MinValue": "0", "MaxValue": "1", "ScalingType": None}],
            },
        },
        "TrainingJobDefinition": definition,
        "Tags": None,
    }
    response = call(plain_aws, "SageMaker.CreateHyperParameterTuningJob", json.dumps(request).encode())
    assert response.status == 200, response.data


@pytest.mark.parametrize(
    "change", [{"Tags": [None]}, {"Environment": {"A": None}}, {"HyperParameters": {"a": None}}], ids=str
)
def test_a_null_in_a_list_or_map_is_a_serialization_error(plain_aws, jobs, change):
    body = json.dumps({**jobs.request("pass"), **change})
    assert refused(plain_aws, body, "SageMaker.CreateTrainingJob") == "SerializationException"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD"])
@pytest.mark.parametrize(
    ("target", "service"), [("SageMaker.ListModels", "sagemaker"), ("AmazonSSM.DescribeParameters", "ssm")]
)
def test_an_operation_of_the_json_protocol_is_asked_for_by_post(plain_aws, target, service, method):
    response = call(plain_aws, target, b"{}", service=service, method=method)
    assert (response.status, response.headers["x-amzn-errortype"]) == (404, "UnknownOperationException")


SERVICES = ("sagemaker", "emr", "emr-serverless", "application-autoscaling", "service-quotas")


@pytest.mark.parametrize("service", SERVICES)
def test_every_pattern_of_the_models_is_checked(service):
    model = service_model(service)
    patterns = {model.shape_for(name).metadata.get("pattern") for name in model.shape_names} - {None}
    assert patterns
    for pattern in patterns:
        re.compile(in_python(pattern))


def test_a_control_character_in_a_name_of_emr_is_refused(plain_aws):
    body = rb'{"Name": "a\u0000b", "Instances": {"InstanceCount": 1}}'
    response = call(plain_aws, "ElasticMapReduce.RunJobFlow", body, service="elasticmapreduce")
    assert "at 'name' failed to satisfy constraint: Member must satisfy regular exp" in response.json()["message"]


def test_a_token_or_document_that_nests_deep_is_refused(plain_aws):
    deep = "[" * 5_000
    token = base64.urlsafe_b64encode(deep.encode()).decode()
    assert refused(plain_aws, json.dumps({"NextToken": token}), "SageMaker.ListModels") == "ValidationException"
    request = json.dumps({"Name": "deep", "SecurityConfiguration": deep})
    target = "ElasticMapReduce.CreateSecurityConfiguration"
    assert refused(plain_aws, request, target, "elasticmapreduce") == "InvalidRequestException"


TOKENS = ("x", "-1", "²", "9" * 5_000, "\x00")


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize(
    ("service", "target", "request_", "member"),
    [
        ("elasticmapreduce", "ElasticMapReduce.ListClusters", {}, "Marker"),
        (
            "application-autoscaling",
            "AnyScaleFrontendService.DescribeScalableTargets",
            {"ServiceNamespace": "sagemaker"},
            "NextToken",
        ),
        ("servicequotas", "ServiceQuotasV20190624.ListServiceQuotas", {"ServiceCode": "sagemaker"}, "NextToken"),
    ],
    ids=["emr", "scaling", "quotas"],
)
def test_a_token_that_no_page_gave_is_refused(plain_aws, service, target, request_, member, token):
    body = json.dumps({**request_, member: token}).encode()
    response = call(plain_aws, target, body, service=service)
    assert response.status == 400, response.data


@pytest.fixture
def application(plain_aws):
    client = plain_aws.client("emr-serverless")
    request = {"name": "wire", "releaseLabel": "emr-7.12.0", "type": "SPARK", "imageConfiguration": {}}
    return client, client.create_application(**request)["applicationId"]


def test_times_in_a_query_select_the_job_runs(application):
    client, identifier = application
    client.start_job_run(
        applicationId=identifier,
        executionRoleArn="arn:aws:iam::123456789012:role/spark",
        jobDriver={"sparkSubmit": {"entryPoint": "s3://absent/absent.py"}},
    )
    past = datetime(2020, 1, 1, tzinfo=UTC)
    assert len(client.list_job_runs(applicationId=identifier, createdAtAfter=past)["jobRuns"]) == 1
    assert client.list_job_runs(applicationId=identifier, createdAtBefore=past)["jobRuns"] == []


def test_an_image_without_an_address_is_no_part_of_an_application(application):
    client, identifier = application
    assert "imageConfiguration" not in client.get_application(applicationId=identifier)["application"]
