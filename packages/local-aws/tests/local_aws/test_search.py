"""Search finds resources by their properties, as the API reference says of its filters."""

from __future__ import annotations

import uuid

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.plain_jobs import IMAGE, PlainJobs


@pytest.fixture(scope="module")
def trained(plain_aws):
    """Two finished training jobs with a tag that no other has, the metrics of the second are better."""
    bucket, run = f"bucket-{uuid.uuid4().hex[:12]}", uuid.uuid4().hex
    plain_aws.client("s3").create_bucket(Bucket=bucket)
    jobs = PlainJobs(plain_aws, bucket)
    described = []
    for rate, accuracy in (("0.1", 0.5), ("0.75", 0.9)):
        algorithm = {
            "TrainingImage": IMAGE,
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "accuracy", "Regex": "accuracy=([0-9.]+)"}],
        }
        tags = [{"Key": "run", "Value": run}]
        job = jobs.run(
            f"print('accuracy={accuracy}')",
            AlgorithmSpecification=algorithm,
            HyperParameters={"rate": rate},
            Tags=tags,
        )
        described.append(job)
    return plain_aws.client("sagemaker"), run, described


def names(trained, *filters, **request):
    client, run, _ = trained
    own = {"Name": "Tags.run", "Operator": "Equals", "Value": run}
    expression = {"Filters": [own, *filters], **request.pop("expression", {})}
    results = client.search(Resource="TrainingJob", SearchExpression=expression, **request)["Results"]
    return [record["TrainingJob"]["TrainingJobName"] for record in results]


def condition(name, operator, text):
    return {"Name": name, "Operator": operator, "Value": text}


@pytest.mark.parametrize(
    "condition_of_search",
    [
        condition("Metrics.accuracy", "GreaterThan", "0.8"),
        condition("HyperParameters.rate", "GreaterThan", "0.5"),
        condition("HyperParameters.rate", "Equals", "0.75"),
        condition("HyperParameters.rate", "NotEquals", "0.1"),
        condition("HyperParameters.rate", "In", "0.7,0.75"),
    ],
)
def test_a_filter_finds_the_job_that_satisfies_it(trained, condition_of_search):
    assert names(trained, condition_of_search) == [trained[2][1]["TrainingJobName"]]


@pytest.mark.parametrize("rate", ["nan", "inf", "1e999"])
def test_a_hyperparameter_without_a_finite_value_is_a_text(plain_aws, rate):
    bucket = f"bucket-{uuid.uuid4().hex[:12]}"
    plain_aws.client("s3").create_bucket(Bucket=bucket)
    job = PlainJobs(plain_aws, bucket).run("print('trained')", HyperParameters={"odd": rate})
    for text, found in (("5", []), (rate, [job["TrainingJobName"]])):
        expression = {"Filters": [condition("HyperParameters.odd", "Equals", text)]}
        results = plain_aws.client("sagemaker").search(Resource="TrainingJob", SearchExpression=expression)["Results"]
        assert [record["TrainingJob"]["TrainingJobName"] for record in results] == found


@pytest.mark.parametrize("name", ["HyperParameters", "ModelArtifacts", "InputDataConfig", "Tags"])
def test_what_has_no_order_is_nothing_to_sort_by(trained, name):
    with pytest.raises(ClientError, match=f"Property '{name}' of resource TrainingJob has no single value") as refused:
        names(trained, SortBy=name)
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_an_integer_makes_a_hyperparameter_one(trained):
    assert len(names(trained, condition("HyperParameters.rate", "Equals", "0"))) == 2


def test_properties_exist_or_not(trained):
    assert len(names(trained, {"Name": "ModelArtifacts.S3ModelArtifacts", "Operator": "Exists"})) == 2
    assert names(trained, {"Name": "FailureReason", "Operator": "Exists"}) == []


def test_a_model_artifact_leads_to_its_job(trained):
    job = trained[2][0]
    artifact = job["ModelArtifacts"]["S3ModelArtifacts"]
    assert names(trained, condition("ModelArtifacts.S3ModelArtifacts", "Equals", artifact)) == [job["TrainingJobName"]]


def test_one_item_of_a_list_satisfies_all_nested_filters(trained):
    channel = condition("InputDataConfig.ChannelName", "Equals", "code")
    uri = trained[2][0]["InputDataConfig"][0]["DataSource"]["S3DataSource"]["S3Uri"]
    source = condition("InputDataConfig.DataSource.S3DataSource.S3Uri", "Contains", uri)
    nested = {"NestedFilters": [{"NestedPropertyName": "InputDataConfig", "Filters": [channel, source]}]}
    assert names(trained, expression=nested) == [trained[2][0]["TrainingJobName"]]


def test_subexpressions_are_combined_by_their_operator(trained):
    either = {
        "Operator": "Or",
        "Filters": [
            condition("Metrics.accuracy", "LessThan", "0.6"),
            condition("Metrics.accuracy", "GreaterThan", "1"),
        ],
    }
    assert names(trained, expression={"SubExpressions": [either]}) == [trained[2][0]["TrainingJobName"]]


def test_results_are_sorted_and_paged(trained):
    client, run, jobs = trained
    first, second = (job["TrainingJobName"] for job in jobs)
    assert names(trained) == [second, first]
    assert names(trained, SortBy="Metrics.accuracy", SortOrder="Ascending") == [first, second]
    expression = {"Filters": [condition("Tags.run", "Equals", run)]}
    pages = client.get_paginator("search").paginate(
        Resource="TrainingJob", SearchExpression=expression, PaginationConfig={"PageSize": 1}
    )
    assert [len(page["Results"]) for page in pages] == [1, 1]


def test_a_group_is_found_by_its_name(sagemaker):
    name = f"group-{uuid.uuid4().hex[:8]}"
    sagemaker.create_model_package_group(ModelPackageGroupName=name)
    expression = {"Filters": [condition("ModelPackageGroupName", "Equals", name)]}
    response = sagemaker.search(Resource="ModelPackageGroup", SearchExpression=expression)
    assert response["TotalHits"] == {"Value": 1, "Relation": "EqualTo"}
    assert response["Results"][0]["ModelPackageGroup"]["ModelPackageGroupName"] == name


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ({}, "at least one subexpression, filter, or nested filter"),
        ({"Filters": [condition("Colour", "Equals", "red")]}, "Unknown property name 'Colour'"),
        ({"Filters": [condition("TrainingJobName", "GreaterThan", "a")]}, "not supported for text"),
        ({"Filters": [condition("CreationTime", "Contains", "2026")]}, "only supported for text"),
        ({"Filters": [condition("CreationTime", "LessThan", "soon")]}, "ISO 8601"),
        ({"Filters": [condition("Metrics.loss", "LessThan", "low")]}, "a decimal number"),
        (
            {"Filters": [condition("TrainingJobName", "Contains", letter) for letter in "ab"]},
            "'CONTAINS' operator usage limit of 1 exceeded.",
        ),
        (
            {
                "NestedFilters": [
                    {"NestedPropertyName": "InputDataConfig", "Filters": [condition("RoleArn", "In", "a")]}
                ]
            },
            "does not begin with 'InputDataConfig.'",
        ),
        (
            {"SubExpressions": [{"Filters": [condition("RoleArn", "Equals", "a")] * 17} for _ in range(3)]},
            "NestedFilters, and Filters is 50",
        ),
    ],
)
def test_an_expression_that_aws_refuses_is_refused(sagemaker, expression, message):
    with pytest.raises(ClientError, match=message) as refused:
        sagemaker.search(Resource="TrainingJob", SearchExpression=expression)
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_other_resources_are_refused_by_name(sagemaker):
    with pytest.raises(ClientError, match="Search for FeatureGroup: it finds Endpoint,"):
        sagemaker.search(Resource="FeatureGroup")
