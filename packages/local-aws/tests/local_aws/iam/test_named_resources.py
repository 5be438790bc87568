"""A caller whose policy names resources, by ARN, tag or condition, acts on these only."""

from __future__ import annotations

import uuid

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.permissions import PULL, allow, code, role, user
from tests.local_aws.plain_jobs import IMAGE


def test_a_version_is_approved_by_whom_its_group_is_allowed(aws):
    pattern = "arn:aws:sagemaker:us-east-1:123456789012:model-package/{}-group/*"
    for group, answer in (("own", "ValidationException"), ("other", "AccessDeniedException")):
        session = user(aws, allow("sagemaker:UpdateModelPackage", pattern.format("own")))
        with pytest.raises(ClientError) as refused:
            aws.client("sagemaker", **session).update_model_package(
                ModelPackageArn=pattern.format(group).replace("*", "7"), ModelApprovalStatus="Approved"
            )
        assert code(refused) == answer


def test_a_metric_is_published_in_the_namespaces_that_the_policy_names(aws):
    client = aws.client(
        "cloudwatch", **user(aws, allow("cloudwatch:PutMetricData", StringLike={"cloudwatch:namespace": "own/*"}))
    )
    data = [{"MetricName": "m", "Value": 1.0}]
    client.put_metric_data(Namespace="own/a", MetricData=data)
    with pytest.raises(ClientError) as refused:
        client.put_metric_data(Namespace="other", MetricData=data)
    assert code(refused) == "AccessDeniedException"


def test_a_tunings_jobs_are_listed_to_whom_its_arn_is_allowed(aws):
    action = "sagemaker:ListTrainingJobsForHyperParameterTuningJob"
    arn = "arn:aws:sagemaker:us-east-1:123456789012:hyper-parameter-tuning-job/own"
    client = aws.client("sagemaker", **user(aws, allow(action, arn)))
    for name, expected in (("own", "ResourceNotFound"), ("other", "AccessDeniedException")):
        with pytest.raises(ClientError) as refused:
            client.list_training_jobs_for_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
        assert code(refused) == expected


def test_a_repository_is_described_to_whom_its_arn_is_allowed(aws):
    own, other = [f"images-{uuid.uuid4().hex[:12]}" for _ in range(2)]
    for name in (own, other):
        aws.client("ecr").create_repository(repositoryName=name)
    arn = f"arn:aws:ecr:us-east-1:123456789012:repository/{own}"
    client = aws.client("ecr", **user(aws, allow("ecr:DescribeRepositories", arn)))
    assert client.describe_repositories(repositoryNames=[own])["repositories"][0]["repositoryArn"] == arn
    with pytest.raises(ClientError) as refused:
        client.describe_repositories(repositoryNames=[other])
    assert code(refused) == "AccessDeniedException"


@pytest.mark.parametrize(
    ("names", "denied"), [(["own-1"], False), (["own-1", "own-2"], False), (["own-1", "other"], True)]
)
def test_alarms_are_deleted_by_whom_all_their_arns_are_allowed(aws, names, denied):
    pattern = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:own-*"
    client = aws.client("cloudwatch", **user(aws, allow("cloudwatch:DeleteAlarms", pattern)))
    if not denied:
        client.delete_alarms(AlarmNames=names)
        return
    with pytest.raises(ClientError) as refused:
        client.delete_alarms(AlarmNames=names)
    assert code(refused) == "AccessDeniedException"


def test_a_model_is_deleted_by_whom_its_tag_is_allowed(aws, jobs):
    sagemaker = aws.client("sagemaker")
    trusted = role(aws, allow(PULL))
    own = allow("sagemaker:DeleteModel", StringEquals={"aws:ResourceTag/team": "one"})
    caller = aws.client("sagemaker", **user(aws, own))
    names = {team: f"Model-{uuid.uuid4().hex[:8]}" for team in ("one", "two")}
    for team, name in names.items():
        sagemaker.create_model(
            ModelName=name,
            PrimaryContainer={"Image": IMAGE},
            ExecutionRoleArn=trusted,
            Tags=[{"Key": "team", "Value": team}],
        )
    with pytest.raises(ClientError, match="sagemaker:DeleteModel"):
        caller.delete_model(ModelName=names["two"])
    caller.delete_model(ModelName=names["one"])
