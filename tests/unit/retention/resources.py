"""What an account has and what is old of it: made by tests, so many days ago."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
BUCKET, WORKLOAD = "model-bucket", "demo"
REGISTRY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
OWN = {"launchpad:environment": "dev"}
JOB, ARTIFACT = "dev-demo-old", f"s3://{BUCKET}/demo/jobs/dev-demo-old/output/model.tar.gz"
"""The job that fixture `old_job` has trained."""
ARCHIVE = f"s3://{BUCKET}/demo/models/{JOB}/0a/model.tar.gz"
IMAGE = f"{REGISTRY}/launchpad/dev/box:old"


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


class Resources:
    """Everything by its name."""

    def __init__(self) -> None:
        self.objects: dict[str, tuple[bytes, datetime]] = {}
        self.endpoints: dict[str, dict[str, Any]] = {}
        self.endpoint_configs: dict[str, dict[str, Any]] = {}
        self.models: dict[str, dict[str, Any]] = {}
        self.packages: dict[str, dict[str, Any]] = {}
        self.tags: dict[str, dict[str, str]] = {}
        self.jobs: dict[str, dict[str, Any]] = {}
        self.other_jobs: dict[str, list[dict[str, Any]]] = {}
        self.streams: dict[str, dict[str, datetime]] = {}
        self.images: list[dict[str, Any]] = []
        self.executions: dict[str, dict[str, Any]] = {}
        self.denied: set[str] = set()
        self.kept_by_s3: set[str] = set()

    def put(self, key: str, days: float, content: Any = b"12345") -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.objects[key] = (body, days_ago(days))

    def train(self, job: str, days: float, workload: str = WORKLOAD, status: str = "Completed") -> str:
        """A training job with its artifact and its checkpoints, so many days ago."""
        self.put(f"{workload}/jobs/{job}/output/model.tar.gz", days)
        self.put(f"{workload}/checkpoints/{job}/1.pt", days)
        self.jobs[job] = {"TrainingJobName": job, "TrainingJobStatus": status}
        return job

    def create_model(self, name: str, days: float, tags: Mapping[str, str] = OWN, **container: Any) -> str:
        arn = f"arn:aws:sagemaker:eu-west-1:123456789012:model/{name}"
        self.models[name] = {
            "ModelName": name,
            "ModelArn": arn,
            "CreationTime": days_ago(days),
            "PrimaryContainer": container,
        }
        self.tags[arn] = dict(tags)
        return name

    def create_config(self, name: str, days: float, *models: str, tags: Mapping[str, str] = OWN, **more: Any) -> str:
        arn = f"arn:aws:sagemaker:eu-west-1:123456789012:endpoint-config/{name}"
        self.endpoint_configs[name] = {
            "EndpointConfigName": name,
            "EndpointConfigArn": arn,
            "CreationTime": days_ago(days),
            "ProductionVariants": [{"VariantName": model, "ModelName": model} for model in models],
            **more,
        }
        self.tags[arn] = dict(tags)
        return name

    def create_endpoint(self, name: str, config: str, **more: Any) -> None:
        self.endpoints[name] = {"EndpointName": name, "EndpointConfigName": config, **more}

    def register(self, version: int, days: float, status: str, artifact: str = "", group: str = "dev-demo") -> str:
        arn = f"arn:aws:sagemaker:eu-west-1:123456789012:model-package/{group}/{version}"
        group_arn = arn.replace("model-package", "model-package-group").rpartition("/")[0]
        self.tags.setdefault(group_arn, dict(OWN))
        self.packages[arn] = {
            "ModelPackageArn": arn,
            "ModelPackageGroupName": group,
            "ModelPackageVersion": version,
            "ModelApprovalStatus": status,
            "CreationTime": days_ago(days),
            "InferenceSpecification": {"Containers": [{"Image": "i", "ModelDataUrl": artifact}]},
        }
        return arn

    def record(self, job: str, days: float, workload: str = WORKLOAD, **more: Any) -> None:
        """A change of the endpoint to the model of a job."""
        name = f"{days_ago(days):%Y%m%dT%H%M%S%fZ}-{more.get('endpoint_config', 'c')}.json"
        record = {"job": job, "endpoint": f"dev-{workload}", "outcome": "asked", "variants": [], **more}
        self.put(f"{workload}/history/{name}", days, record)

    def push(self, tag: str, days: float, repository: str = "launchpad/dev/box") -> None:
        image = {"imageDigest": f"sha256:{tag}", "imageTags": [tag], "imagePushedAt": days_ago(days)}
        self.images.append({**image, "imageSizeInBytes": 2**30, "repositoryName": repository})

    def log(self, group: str, stream: str, days: float) -> None:
        self.streams.setdefault(f"/aws/sagemaker/{group}", {})[stream] = days_ago(days)


KINDS = {"model", "endpoint configuration", "model package", "artifact", "checkpoints", "job log", "image"}


def fill(account: Resources) -> None:
    """Something old of every kind."""
    account.create_model("dev-demo-1", 4000)
    account.create_config("dev-demo-1", 4000, "dev-demo-1")
    account.register(1, 4000, "Rejected")
    account.register(2, 1, "Rejected")
    account.train("dev-demo-1", 4000)
    account.train("dev-demo-2", 1)
    account.log("TrainingJobs", "dev-demo-1/algo-1-7", 4000)
    account.push("old", 4000)
