"""What AWS says of things that may be idle: Studio's applications and spaces, EMR's clusters, and their tags in IAM."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.conftest import PLAIN
from tests.local_aws.emr_steps import EmrSteps
from tests.local_aws.launcher import FAST_SERVICES, LocalAws, running_local_aws
from tests.local_aws.permissions import allow, role, user


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with running_local_aws(*PLAIN, "--iam", environment={**FAST_SERVICES, "LOCAL_AWS_CLOCK": "120"}) as server:
        yield server


@pytest.fixture(scope="module")
def domain(aws: LocalAws) -> str:
    """The id of a domain with one user, and a space of JupyterLab with its application."""
    sagemaker = aws.client("sagemaker")
    identifier = sagemaker.create_domain(
        DomainName="launchpad-dev",
        AuthMode="IAM",
        DefaultUserSettings={"ExecutionRole": role(aws)},
        HomeEfsFileSystemCreation="Disabled",
    )["DomainId"]
    until(lambda: sagemaker.describe_domain(DomainId=identifier)["Status"] == "InService")
    storage = {"EbsStorageSettings": {"EbsVolumeSizeInGb": 20}}
    sagemaker.create_space(
        DomainId=identifier,
        SpaceName="lab",
        SpaceSettings={"AppType": "JupyterLab", "SpaceStorageSettings": storage},
    )
    sagemaker.create_app(DomainId=identifier, SpaceName="lab", AppType="JupyterLab", AppName="default")
    until(lambda: sagemaker.list_apps(DomainIdEquals=identifier)["Apps"][0]["Status"] == "InService")
    return str(identifier)


@pytest.fixture(scope="module")
def cluster(aws: LocalAws) -> str:
    bucket = f"bucket-{uuid.uuid4().hex[:12]}"
    aws.client("s3").create_bucket(Bucket=bucket)
    tags = [{"Key": "launchpad:environment", "Value": "dev"}]
    identifier = EmrSteps(aws, bucket).cluster(Tags=tags)
    until(lambda: state(aws, identifier) == "WAITING")
    return identifier


def state(aws: LocalAws, cluster: str) -> str:
    return str(aws.client("emr").describe_cluster(ClusterId=cluster)["Cluster"]["Status"]["State"])


def until(check: Any) -> None:
    deadline = time.monotonic() + 20
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_health_check_counts_as_activity_of_an_app(aws, domain):
    """What AWS documents: `LastUserActivityTimestamp` proves no use."""
    app = {"DomainId": domain, "SpaceName": "lab", "AppType": "JupyterLab", "AppName": "default"}
    description = aws.client("sagemaker").describe_app(**app)
    assert description["LastUserActivityTimestamp"] == description["LastHealthCheckTimestamp"]
    assert description["LastUserActivityTimestamp"] >= description["CreationTime"]


def test_a_list_of_spaces_has_the_size_of_their_volumes(aws, domain):
    (space,) = aws.client("sagemaker").list_spaces(DomainIdEquals=domain)["Spaces"]
    summary = space["SpaceSettingsSummary"]
    assert summary["SpaceStorageSettings"]["EbsStorageSettings"]["EbsVolumeSizeInGb"] == 20
    assert summary["AppType"] == "JupyterLab"


def test_a_waiting_cluster_is_idle(aws, cluster):
    metric = {
        "Namespace": "AWS/ElasticMapReduce",
        "MetricName": "IsIdle",
        "Dimensions": [{"Name": "JobFlowId", "Value": cluster}],
    }
    now = time.time()

    def points() -> list[float]:
        statistics = aws.client("cloudwatch").get_metric_statistics(
            **metric, StartTime=now - 3600, EndTime=now + 3600, Period=60, Statistics=["Maximum"]
        )
        return [point["Maximum"] for point in statistics["Datapoints"]]

    until(lambda: 1.0 in points())  # after 0.0, where it was looked at while it began


@pytest.mark.parametrize(("environment", "allowed"), [("dev", True), ("prod", False)])
def test_a_policy_limits_clusters_by_their_tags(aws, cluster, environment, allowed):
    condition = {"StringEquals": {"aws:ResourceTag/launchpad:environment": environment}}
    arn = "arn:aws:elasticmapreduce:us-east-1:123456789012:cluster/*"
    emr = aws.client("emr", **user(aws, allow("elasticmapreduce:DescribeCluster", arn, **condition)))
    if allowed:
        assert emr.describe_cluster(ClusterId=cluster)["Cluster"]["Id"] == cluster
    else:
        with pytest.raises(ClientError, match="AccessDenied"):
            emr.describe_cluster(ClusterId=cluster)


def test_a_policy_limits_the_clusters_that_are_terminated(aws, cluster):
    def terminating(environment: str) -> Any:
        condition = {"StringEquals": {"aws:ResourceTag/launchpad:environment": environment}}
        arn = "arn:aws:elasticmapreduce:us-east-1:123456789012:cluster/*"
        return aws.client("emr", **user(aws, allow("elasticmapreduce:TerminateJobFlows", arn, **condition)))

    with pytest.raises(ClientError, match="AccessDenied"):
        terminating("prod").terminate_job_flows(JobFlowIds=[cluster])
    assert state(aws, cluster) == "WAITING"
    terminating("dev").terminate_job_flows(JobFlowIds=[cluster])
    until(lambda: state(aws, cluster) == "TERMINATED")
