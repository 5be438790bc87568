"""List operations filter, sort and page alike for every kind, as their models say; tags belong to any resource."""

from __future__ import annotations

import datetime
import time
import uuid

import pytest
from botocore.exceptions import ClientError

from local_aws.api.paging import _documented
from local_aws.api.service import service_model


@pytest.fixture
def groups(sagemaker):
    """Five resources of one kind, under a separate prefix, created in the order c, a, e, b, d."""
    prefix = f"group-{uuid.uuid4().hex[:8]}"
    for letter in "caebd":
        sagemaker.create_model_package_group(ModelPackageGroupName=f"{prefix}-{letter}")
        time.sleep(0.002)
    return prefix


def letters(response):
    return "".join(item["ModelPackageGroupName"][-1] for item in response["ModelPackageGroupSummaryList"])


def listed(sagemaker, prefix, **arguments):
    return sagemaker.list_model_package_groups(NameContains=prefix, **arguments)


def test_lists_are_in_the_order_of_creation_by_default(sagemaker, groups):
    assert letters(listed(sagemaker, groups)) == "caebd"
    assert letters(listed(sagemaker, groups, SortOrder="Descending")) == "dbeac"
    assert letters(listed(sagemaker, groups, SortBy="Name")) == "abcde"
    assert letters(listed(sagemaker, groups, SortBy="Name", SortOrder="Descending")) == "edcba"


DEFAULTS = {
    "ListCodeRepositories": ("Name", "Ascending"),
    "ListExperiments": ("CreationTime", "Descending"),
    "ListHyperParameterTuningJobs": ("Name", "Ascending"),
    "ListModelPackages": ("CreationTime", "Ascending"),
    "ListModels": ("CreationTime", "Descending"),
    "ListProcessingJobs": ("CreationTime", "Ascending"),
    "ListSpaces": ("CreationTime", "Ascending"),
    "ListTrainingJobs": ("CreationTime", "Ascending"),
    "ListTransformJobs": ("CreationTime", "Descending"),
}
"""SortBy and SortOrder in the API reference."""


@pytest.mark.parametrize("operation", DEFAULTS)
def test_each_operations_default_order_is_read_from_its_reference(operation):
    documented = _documented(service_model("sagemaker").operation_model(operation))
    assert (documented["SortBy"], documented["SortOrder"]) == DEFAULTS[operation]


def test_code_repositories_are_listed_by_name(sagemaker):
    prefix = f"repository-{uuid.uuid4().hex[:8]}"
    for letter in "bac":
        git = {"RepositoryUrl": "https://github.com/example/models"}
        sagemaker.create_code_repository(CodeRepositoryName=f"{prefix}-{letter}", GitConfig=git)
    names = [
        item["CodeRepositoryName"]
        for item in sagemaker.list_code_repositories(NameContains=prefix)["CodeRepositorySummaryList"]
    ]
    assert names == [f"{prefix}-{letter}" for letter in "abc"]


def test_models_endpoints_and_configurations_come_newest_first(endpoints, sagemaker):
    first, second = endpoints.model(), endpoints.model()
    names = [item["ModelName"] for item in sagemaker.list_models(MaxResults=100)["Models"]]
    assert names.index(second) < names.index(first)


def test_pages_follow_each_other_without_gap_or_repetition(sagemaker, groups):
    pages = sagemaker.get_paginator("list_model_package_groups").paginate(
        NameContains=groups, SortBy="Name", PaginationConfig={"PageSize": 2}
    )
    assert [letters(page) for page in pages] == ["ab", "cd", "e"]


def test_a_resource_that_comes_meanwhile_shifts_no_page(sagemaker, groups):
    arguments = {"SortOrder": "Descending", "MaxResults": 2}
    first = listed(sagemaker, groups, **arguments)
    sagemaker.create_model_package_group(ModelPackageGroupName=f"{groups}-f")
    second = listed(sagemaker, groups, NextToken=first["NextToken"], **arguments)
    assert letters(first) + letters(second) == "dbea"


def test_a_token_serves_only_the_question_it_was_given_for(sagemaker, groups):
    token = listed(sagemaker, groups, MaxResults=2)["NextToken"]
    for arguments in ({"SortBy": "Name", "NextToken": token}, {"NextToken": "made-up"}):
        with pytest.raises(ClientError, match="The token in the request is not valid"):
            listed(sagemaker, groups, **arguments)


def test_creation_time_filters_leave_out_the_others(sagemaker, groups):
    items = listed(sagemaker, groups)["ModelPackageGroupSummaryList"]
    middle = items[2]["CreationTime"]
    assert isinstance(middle, datetime.datetime)
    assert letters(listed(sagemaker, groups, CreationTimeBefore=middle - datetime.timedelta(milliseconds=1))) == "ca"
    assert letters(listed(sagemaker, groups, CreationTimeAfter=middle + datetime.timedelta(milliseconds=1))) == "bd"


def test_training_jobs_are_filtered_by_status_and_change(jobs, sagemaker):
    completed, failed = jobs.run(), jobs.run("raise SystemExit(1)")
    for status, job in (("Completed", completed), ("Failed", failed)):
        response = sagemaker.list_training_jobs(StatusEquals=status, NameContains=job["TrainingJobName"])
        (summary,) = response["TrainingJobSummaries"]
        assert summary["TrainingJobArn"] == job["TrainingJobArn"]
        assert summary["TrainingEndTime"] == job["TrainingEndTime"]
    after = sagemaker.list_training_jobs(
        LastModifiedTimeAfter=completed["LastModifiedTime"] + datetime.timedelta(milliseconds=1), MaxResults=100
    )
    names = [item["TrainingJobName"] for item in after["TrainingJobSummaries"]]
    assert failed["TrainingJobName"] in names
    assert completed["TrainingJobName"] not in names


def test_a_filter_that_is_not_there_yet_is_refused_not_ignored(sagemaker):
    with pytest.raises(ClientError, match="CrossAccountFilterOption"):
        sagemaker.list_model_package_groups(CrossAccountFilterOption="CrossAccount")


def test_tags_are_added_changed_listed_and_deleted(sagemaker):
    name = f"group-{uuid.uuid4().hex[:8]}"
    arn = sagemaker.create_model_package_group(
        ModelPackageGroupName=name, Tags=[{"Key": "team", "Value": "a"}, {"Key": "gone", "Value": "soon"}]
    )["ModelPackageGroupArn"]
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "team", "Value": "b"}, {"Key": "cost", "Value": "1"}])
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["gone", "never-there"])
    tags = {tag["Key"]: tag["Value"] for tag in sagemaker.list_tags(ResourceArn=arn)["Tags"]}
    assert tags == {"team": "b", "cost": "1"}


def test_tags_of_a_resource_that_does_not_exist_are_refused(sagemaker):
    arn = "arn:aws:sagemaker:us-east-1:123456789012:model/nope"
    with pytest.raises(ClientError, match=f"Could not find resource {arn}"):
        sagemaker.list_tags(ResourceArn=arn)


def test_emr_serverless_lists_by_pages_and_refuses_what_it_cannot_run(plain_aws):
    serverless = plain_aws.client("emr-serverless")
    created = [
        serverless.create_application(name="paged", releaseLabel="emr-7.12.0", type="SPARK")["applicationId"]
        for _ in range(3)
    ]
    pages = serverless.get_paginator("list_applications").paginate(PaginationConfig={"PageSize": 1})
    listed = [[application["id"] for application in page["applications"]] for page in pages]
    assert all(len(page) == 1 for page in listed)
    assert set(created) <= {page[0] for page in listed}
    run = {"applicationId": created[0], "executionRoleArn": "arn:aws:iam::123456789012:role/any"}
    with pytest.raises(ClientError, match="does not implement job runs of mode STREAMING"):
        serverless.start_job_run(**run, mode="STREAMING", jobDriver={"sparkSubmit": {"entryPoint": "s3://a/b.py"}})
    with pytest.raises(ClientError, match="does not implement job drivers other than sparkSubmit"):
        serverless.start_job_run(**run, jobDriver={"hive": {"query": "s3://a/b.sql"}})
