"""Jobs, endpoints and transforms of built-in algorithms, as boto3 asks for them."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.local_aws.launcher import ROOT, LocalAws, running_local_aws
from tests.local_aws.plain_jobs import ROLE, PlainJobs

REGISTRY = "382416733822.dkr.ecr.us-east-1.amazonaws.com"
GROUP = "/aws/sagemaker/TrainingJobs"
INSTANCE = "ml.m5.large"


@dataclass(frozen=True)
class AlgorithmJobs(PlainJobs):
    """Jobs as `PlainJobs`, but an algorithm's image runs."""

    algorithm: str = ""

    @property
    def image(self) -> str:
        return f"{REGISTRY}/{self.algorithm}:1"

    def request(self, script: str = "", **members: Any) -> dict[str, Any]:
        """``hyperparameters``, ``channels`` and members of CreateTrainingJob."""
        request = super().request(script)
        mode = members.pop("mode", "File")
        return {
            **request,
            "AlgorithmSpecification": {"TrainingImage": self.image, "TrainingInputMode": mode},
            "HyperParameters": members.pop("hyperparameters"),
            "InputDataConfig": members.pop("channels"),
            **members,
        }

    def train(self, **members: Any) -> dict[str, Any]:
        return self.wait(self.start("", **members), seconds=120)

    def completed(self, **members: Any) -> dict[str, Any]:
        job = self.train(**members)
        lines = "\n".join(self.log_lines(job["TrainingJobName"]))
        assert job["TrainingJobStatus"] == "Completed", f"{job.get('FailureReason')}\n{lines}"
        return job

    def model(self, job: dict[str, Any]) -> str:
        container = {"Image": self.image, "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"]}
        name = f"model-{uuid.uuid4().hex[:12]}"
        self.aws.client("sagemaker").create_model(ModelName=name, PrimaryContainer=container, ExecutionRoleArn=ROLE)
        return name

    def deploy(self, job: dict[str, Any]) -> Callable[..., tuple[str, bytes]]:
        """An endpoint's function from a body to the content type and body of the answer."""
        name, client = self.model(job), self.aws.client("sagemaker")
        variant = {"VariantName": "all", "ModelName": name, "InstanceType": INSTANCE, "InitialInstanceCount": 1}
        client.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
        client.create_endpoint(EndpointName=name, EndpointConfigName=name)
        client.get_waiter("endpoint_in_service").wait(EndpointName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})

        def ask(body: str | bytes, content_type: str = "text/csv", **members: str) -> tuple[str, bytes]:
            response = self.aws.client("sagemaker-runtime").invoke_endpoint(
                EndpointName=name, Body=body, ContentType=content_type, **members
            )
            return response["ContentType"], response["Body"].read()

        return ask

    def transform(self, job: dict[str, Any], prefix: str, accept: str) -> str:
        """A batch transform of CSV lines; returns the first output object."""
        name, client = self.model(job), self.aws.client("sagemaker")
        source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{self.bucket}/{prefix}"}}
        output = {"S3OutputPath": f"s3://{self.bucket}/transformed", "Accept": accept, "AssembleWith": "Line"}
        client.create_transform_job(
            TransformJobName=name,
            ModelName=name,
            TransformInput={"DataSource": source, "ContentType": "text/csv", "SplitType": "Line"},
            TransformOutput=output,
            TransformResources={"InstanceType": INSTANCE, "InstanceCount": 1},
        )
        while (run := client.describe_transform_job(TransformJobName=name))["TransformJobStatus"] == "InProgress":
            time.sleep(0.1)
        assert run["TransformJobStatus"] == "Completed", run
        key = self.aws.client("s3").list_objects_v2(Bucket=self.bucket, Prefix="transformed/")["Contents"][0]["Key"]
        return self.aws.client("s3").get_object(Bucket=self.bucket, Key=key)["Body"].read().decode()

    def tune(self, name: str, objective: dict[str, str], ranges: dict[str, Any], **members: Any) -> dict[str, Any]:
        """A tuning job of one training job that has ended."""
        client, request = self.aws.client("sagemaker"), self.request(**members)
        definition = {
            "StaticHyperParameters": request["HyperParameters"],
            **{key: request[key] for key in ("AlgorithmSpecification", "RoleArn", "InputDataConfig")},
            **{key: request[key] for key in ("OutputDataConfig", "ResourceConfig", "StoppingCondition")},
        }
        limits = {"MaxNumberOfTrainingJobs": 1, "MaxParallelTrainingJobs": 1}
        config = {"Strategy": "Random", "HyperParameterTuningJobObjective": objective, "ResourceLimits": limits}
        client.create_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=name,
            HyperParameterTuningJobConfig={**config, "ParameterRanges": ranges},
            TrainingJobDefinition=definition,
        )
        describe = client.describe_hyper_parameter_tuning_job
        while (job := describe(HyperParameterTuningJobName=name))["HyperParameterTuningJobStatus"] == "InProgress":
            time.sleep(0.2)
        return dict(job)

    def best(self, tuned: dict[str, Any]) -> dict[str, Any]:
        """A tuning job's best training job."""
        name = tuned["BestTrainingJob"]["TrainingJobName"]
        return dict(self.aws.client("sagemaker").describe_training_job(TrainingJobName=name))


@contextmanager
def running_algorithms() -> Iterator[LocalAws]:
    with running_local_aws("--cache", str(ROOT / ".local-aws" / "cache")) as server:
        yield server


def algorithm_jobs(aws: LocalAws, algorithm: str) -> AlgorithmJobs:
    """Jobs of an algorithm, with a separate bucket."""
    aws.client("s3").create_bucket(Bucket=algorithm)
    return AlgorithmJobs(aws, algorithm, algorithm)
