"""Built-in algorithms whose programs only AWS has are refused at the first call, with what to use instead."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from local_aws.api.errors import AwsError
from local_aws.sagemaker.builtin_metrics import check_own_metrics, metric_definitions
from tests.local_aws.launcher import running_local_aws
from tests.local_aws.plain_jobs import ROLE, PlainJobs

REGISTRY = "382416733822.dkr.ecr.us-east-1.amazonaws.com"


@pytest.fixture(scope="module")
def jobs():
    with running_local_aws() as server:
        server.client("s3").create_bucket(Bucket="algorithms")
        yield PlainJobs(server, "algorithms")


@pytest.mark.parametrize("algorithm", ["object-detection", "blazingtext"])
def test_a_training_job_and_a_model_of_one_are_refused(jobs, algorithm):
    client, image = jobs.aws.client("sagemaker"), f"{REGISTRY}/{algorithm}:1"
    request = jobs.request("pass", AlgorithmSpecification={"TrainingImage": image, "TrainingInputMode": "File"})
    message = rf"does not implement the built-in algorithm {algorithm}: use [\w' -]+ in script mode"
    with pytest.raises(ClientError, match=message):
        client.create_training_job(**request)
    with pytest.raises(ClientError, match=message):
        client.create_model(ModelName="a", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": image})


def test_xgboosts_algorithm_is_there(jobs):
    image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
    container = {"Image": image}
    client = jobs.aws.client("sagemaker")
    client.create_model(ModelName="xgboost", ExecutionRoleArn=ROLE, PrimaryContainer=container)


@pytest.mark.parametrize("name", ["kmeans", "xgboost"])
def test_an_image_named_like_one_below_a_path_has_its_own_metrics(name):
    metrics = [{"Name": "loss", "Regex": "loss=(.*)"}]
    check_own_metrics({"TrainingImage": f"{REGISTRY}/launchpad/dev/{name}:1", "MetricDefinitions": metrics})
    with pytest.raises(AwsError, match="You can't override the metric definitions"):
        check_own_metrics({"TrainingImage": f"{REGISTRY}/{name}:1", "MetricDefinitions": metrics})


@pytest.mark.parametrize("name", ["kmeans", "xgboost", "sagemaker-xgboost"])
def test_an_image_of_another_account_than_awss_has_its_own_metrics(name):
    metrics = [{"Name": "loss", "Regex": "loss=(.*)"}]
    image = f"123456789012.dkr.ecr.us-east-1.amazonaws.com/{name}:1"
    algorithm = {"TrainingImage": image, "MetricDefinitions": metrics}
    check_own_metrics(algorithm)
    assert metric_definitions(image, {}) == []


def test_a_model_may_have_an_own_image_named_like_an_algorithm(jobs):
    client, image = jobs.aws.client("sagemaker"), "123456789012.dkr.ecr.us-east-1.amazonaws.com/blazingtext:1"
    client.create_model(ModelName="own", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": image})
    assert client.describe_model(ModelName="own")["PrimaryContainer"]["Image"] == image
