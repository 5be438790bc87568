"""`cdk deploy` builds an image and pushes it to the local AWS, whose jobs and endpoints then run in it."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from launchpad import paths
from launchpad.images.manifests import RUNNABLE_MEDIA_TYPE
from tests.local_aws.cdk import NODE, cdk
from tests.local_aws.launcher import LocalAws, running_local_aws
from tests.local_aws.runtimes.containers import wait_until

pytestmark = pytest.mark.docker
APP = Path(__file__).parent / "image_app"
REPOSITORY = "launchpad/local/greeting"
PARAMETER = "/launchpad/local/images/greeting"
ROLE = "arn:aws:iam::123456789012:role/any"


@dataclass(frozen=True)
class Deployed:
    """A local AWS to which the image's stacks were deployed."""

    aws: LocalAws
    home: Path
    assembly: Path

    def cdk(self, *arguments: str) -> str:
        return cdk(self.aws, self.home, *arguments, "--app", str(self.assembly), docker=True)

    def images(self) -> list[dict[str, Any]]:
        return list(self.aws.client("ecr").describe_images(repositoryName=REPOSITORY)["imageDetails"])

    @property
    def uri(self) -> str:
        return str(self.aws.client("ssm").get_parameter(Name=PARAMETER)["Parameter"]["Value"])


@pytest.fixture(scope="module")
def deployed(base: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    home = tmp_path_factory.mktemp("registry")
    assembly = home / "assembly"
    variables = {**os.environ, "JSII_NODE": str(NODE), "CDK_VALIDATION": "false", "PYTHONPATH": str(paths.ROOT)}
    command = [sys.executable, APP / "synthesize.py", APP / "containers", assembly]
    subprocess.run(command, env=variables, cwd=home, check=True, timeout=120)
    with running_local_aws("--runtime", "docker", "--cache", str(paths.LOCAL_AWS / "cache")) as aws:
        deployment = Deployed(aws, home, assembly / "assembly-local")
        deployment.cdk("bootstrap", "aws://123456789012/us-east-1")
        deployment.cdk("deploy", "--all", "--require-approval=never")
        yield deployment


def test_the_image_is_in_its_repository_under_the_hash_of_its_folder(deployed: Deployed) -> None:
    (image,) = deployed.images()
    assert deployed.uri == f"123456789012.dkr.ecr.us-east-1.amazonaws.com/{REPOSITORY}:{image['imageTags'][0]}"
    assert image["imageSizeInBytes"] > 10_000_000


def test_the_image_has_the_format_that_sagemaker_runs(deployed: Deployed) -> None:
    (image,) = deployed.images()
    assert image["imageManifestMediaType"] == RUNNABLE_MEDIA_TYPE


def test_a_second_deploy_pushes_nothing(deployed: Deployed) -> None:
    before = deployed.images()
    deployed.cdk("deploy", "--all", "--require-approval=never")
    assert deployed.images() == before


def test_a_second_deploy_runs_without_docker(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDK_DOCKER", "/nowhere/docker")
    deployed.cdk("deploy", "--all", "--require-approval=never")


def test_a_job_trains_in_the_image_and_an_isolated_endpoint_serves_from_it(deployed: Deployed) -> None:
    sagemaker, s3 = deployed.aws.client("sagemaker"), deployed.aws.client("s3")
    s3.create_bucket(Bucket="models")
    sagemaker.create_training_job(
        TrainingJobName="greeting",
        AlgorithmSpecification={"TrainingImage": deployed.uri, "TrainingInputMode": "File"},
        RoleArn=ROLE,
        OutputDataConfig={"S3OutputPath": "s3://models/"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
        StoppingCondition={"MaxRuntimeInSeconds": 60},
    )
    job: dict[str, Any] = {}

    def over() -> bool:
        job.update(sagemaker.describe_training_job(TrainingJobName="greeting"))
        return job["TrainingJobStatus"] in ("Completed", "Failed", "Stopped")

    wait_until(over, "the job ended")
    assert job["TrainingJobStatus"] == "Completed", job["FailureReason"]
    container = {"Image": deployed.uri, "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"]}
    sagemaker.create_model(
        ModelName="greeting", PrimaryContainer=container, ExecutionRoleArn=ROLE, EnableNetworkIsolation=True
    )
    variant = {"VariantName": "one", "ModelName": "greeting", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(
        EndpointConfigName="greeting", ProductionVariants=[{**variant, "InstanceType": "ml.m5.large"}]
    )
    sagemaker.create_endpoint(EndpointName="greeting", EndpointConfigName="greeting")
    sagemaker.get_waiter("endpoint_in_service").wait(
        EndpointName="greeting", WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    runtime = deployed.aws.client("sagemaker-runtime")
    response = runtime.invoke_endpoint(EndpointName="greeting", Body=b"world", ContentType="text/plain")
    assert response["Body"].read() == b"hello, world"
    sagemaker.delete_endpoint(EndpointName="greeting")


def test_an_image_that_was_never_pushed_fails_the_job_with_what_to_do(deployed: Deployed) -> None:
    sagemaker = deployed.aws.client("sagemaker")
    sagemaker.create_processing_job(
        ProcessingJobName="unpushed",
        AppSpecification={"ImageUri": deployed.uri.rpartition(":")[0] + ":unpushed"},
        ProcessingResources={
            "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10}
        },
        RoleArn=ROLE,
    )
    deadline = time.monotonic() + 60
    while (job := sagemaker.describe_processing_job(ProcessingJobName="unpushed"))["ProcessingJobStatus"] != "Failed":
        assert time.monotonic() < deadline, json.dumps(job, default=str)
        time.sleep(0.1)
    assert "is not in the local AWS's registry" in job["FailureReason"]
    assert "Deploy the stack that builds it" in job["FailureReason"]


def test_a_destroy_deletes_the_repository_with_its_images(deployed: Deployed) -> None:
    deployed.cdk("destroy", "--all", "--force")
    with pytest.raises(ClientError, match="does not exist"):
        deployed.images()


def test_the_engine_forgets_a_registry_that_has_ended(base: str, engine: Any) -> None:
    with running_local_aws("--runtime", "docker") as aws:
        aws.client("ecr").create_repository(repositoryName="team/local/image")
        name = f"127.0.0.1:{aws.port}/team/local/image"
        engine.images.get(base).tag(name, "1")
        token = aws.client("ecr").get_authorization_token()["authorizationData"][0]["authorizationToken"]
        user, _, password = base64.b64decode(token).decode().partition(":")
        login = {"username": user, "password": password}
        for line in engine.images.push(name, tag="1", stream=True, decode=True, auth_config=login):
            assert "error" not in line, line
        assert aws.client("ecr").describe_images(repositoryName="team/local/image")["imageDetails"]
    wait_until(lambda: not engine.images.list(name=name), "its name was removed", seconds=20)
    assert engine.images.get(base)
