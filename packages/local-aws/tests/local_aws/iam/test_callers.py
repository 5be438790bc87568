"""A caller is known by its key, and may do what its policies say."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.permissions import allow, code, user, working

JOB_ARN = "arn:aws:sagemaker:us-east-1:123456789012:training-job/*"


def test_an_unknown_key_is_refused(aws):
    client = aws.client("sagemaker", aws_access_key_id="AKIAIOSFODNN7EXAMPLE")
    with pytest.raises(ClientError) as refused:
        client.list_training_jobs()
    assert code(refused) == "UnrecognizedClientException"


def test_a_wrong_secret_is_refused(aws):
    keys = {**user(aws, allow("sagemaker:ListTrainingJobs")), "aws_secret_access_key": "wrong"}
    with pytest.raises(ClientError) as refused:
        aws.client("sagemaker", **keys).list_training_jobs()
    assert code(refused) == "InvalidSignatureException"


def test_a_user_may_do_what_the_policy_says_and_no_more(aws):
    sagemaker = aws.client("sagemaker", **user(aws, allow("sagemaker:ListTrainingJobs")))
    assert sagemaker.list_training_jobs()["TrainingJobSummaries"] is not None
    with pytest.raises(ClientError) as refused:
        sagemaker.list_models()
    assert code(refused) == "AccessDeniedException"
    assert "is not authorized to perform: sagemaker:ListModels" in str(refused.value)


@pytest.mark.parametrize(
    ("missing", "permissions"),
    [
        ("sagemaker:CreateTrainingJob", [allow("iam:PassRole"), allow("sagemaker:AddTags")]),
        ("iam:PassRole", [allow("sagemaker:CreateTrainingJob", JOB_ARN), allow("sagemaker:AddTags")]),
        ("sagemaker:AddTags", [allow("sagemaker:CreateTrainingJob", JOB_ARN), allow("iam:PassRole")]),
        (
            "iam:PassRole",
            [
                allow("sagemaker:*"),
                allow("iam:PassRole", StringEquals={"iam:PassedToService": "lambda.amazonaws.com"}),
            ],
        ),
    ],
    ids=["operation", "passing the role", "tags", "passing it to another service"],
)
def test_starting_a_job_takes_the_operation_the_role_and_the_tags(aws, jobs, missing, permissions):
    request = jobs.request("pass", RoleArn=working(aws, jobs.bucket), Tags=[{"Key": "team", "Value": "a"}])
    with pytest.raises(ClientError) as refused:
        aws.client("sagemaker", **user(aws, *permissions)).create_training_job(**request)
    assert code(refused) == "AccessDeniedException"
    assert missing in str(refused.value)


def test_a_caller_learns_of_missing_permissions_first(aws, jobs):
    request = jobs.request("pass", RoleArn="arn:aws:iam::999999999999:role/x")
    with pytest.raises(ClientError) as refused:
        aws.client("sagemaker", **user(aws, allow("sagemaker:ListModels"))).create_training_job(**request)
    assert code(refused) == "AccessDeniedException"
    with pytest.raises(ClientError, match="Cross-account pass role is not allowed"):
        aws.client("sagemaker").create_training_job(**request)
