"""An account with one monitored endpoint, as far as the clients of the monitor function see it."""

# ruff: noqa: N803 -- the arguments are named as in boto3

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
WORKLOAD, ENDPOINT, JOB, CONFIG = "boston-housing", "dev-boston-housing", "dev-boston-housing-t1", "config"
BUCKET = "model-bucket"
CAPTURED = f"captured/{WORKLOAD}/{ENDPOINT}/AllTraffic"


def refusal(code: str, message: str = "") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "operation")


class InUseError(ClientError):
    """SageMaker's ResourceInUse."""


class Account:
    """Objects, jobs and an endpoint; what is published is kept in lists."""

    def __init__(self) -> None:
        self.objects: dict[str, tuple[bytes, datetime]] = {}
        self.endpoint: dict[str, Any] | None = {
            "EndpointName": ENDPOINT,
            "EndpointConfigName": CONFIG,
            "EndpointStatus": "InService",
            "CreationTime": NOW - timedelta(days=10),
            "ProductionVariants": [{"VariantName": "AllTraffic", "CurrentWeight": 1.0}],
        }
        self.config: dict[str, Any] = {
            "CreationTime": NOW - timedelta(days=9),
            "ProductionVariants": [{"VariantName": "AllTraffic", "ModelName": "model"}],
            "DataCaptureConfig": {"DestinationS3Uri": f"s3://{BUCKET}/captured/{WORKLOAD}"},
        }
        self.container: dict[str, Any] = {"ModelDataUrl": f"s3://{BUCKET}/{WORKLOAD}/models/{JOB}/0a/model.tar.gz"}
        self.package: dict[str, Any] = {}
        self.jobs: dict[str, dict[str, Any]] = {}
        self.transforms: list[dict[str, Any]] = []
        self.metrics: list[tuple[str, str, float]] = []
        self.messages: list[str] = []
        self.alarms: list[str] = []
        self.executions: dict[str, dict[str, Any]] = {}
        missing = type("NoSuchKey", (Exception,), {})
        used = type("ExecutionAlreadyExists", (Exception,), {})
        self.exceptions = SimpleNamespace(
            ClientError=ClientError, ResourceInUse=InUseError, NoSuchKey=missing, ExecutionAlreadyExists=used
        )
        for file in ("baseline.json", "predictions/features.csv.out"):
            self.put(f"{WORKLOAD}/baselines/{JOB}/{file}", {})

    def put(self, key: str, content: Any, time: datetime = NOW) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.objects[f"{BUCKET}/{key}"] = (body, time)

    def read(self, uri: str) -> Any:
        return json.loads(self.objects[uri.removeprefix("s3://")][0])

    def capture(self, *hours: str, variant: str = "AllTraffic") -> None:
        for hour in hours:
            self.put(f"captured/{WORKLOAD}/{ENDPOINT}/{variant}/{hour}/a.jsonl", {})

    def published(self, metric: str) -> list[float]:
        return [value for _, name, value in self.metrics if name == metric]

    def describe_endpoint(self, **_: Any) -> dict[str, Any]:
        if self.endpoint is None:
            raise refusal("ValidationException", "Could not find endpoint")
        return self.endpoint

    def describe_endpoint_config(self, **_: Any) -> dict[str, Any]:
        return self.config

    def describe_model(self, **_: Any) -> dict[str, Any]:
        return {"PrimaryContainer": self.container}

    def describe_model_package(self, **_: Any) -> dict[str, Any]:
        return self.package

    def create_processing_job(self, **request: Any) -> None:
        name = request["ProcessingJobName"]
        if name in self.jobs:
            raise InUseError({"Error": {"Code": "ResourceInUse", "Message": ""}}, "CreateProcessingJob")
        self.jobs[name] = {**request, "ProcessingJobStatus": "InProgress", "ProcessingJobArn": f"arn/{name}"}

    def describe_processing_job(self, *, ProcessingJobName: str) -> dict[str, Any]:
        if ProcessingJobName not in self.jobs:
            raise refusal("ValidationException", "Could not find requested job")
        return self.jobs[ProcessingJobName]

    def describe_training_job(self, *, TrainingJobName: str) -> dict[str, Any]:
        return {"TrainingJobName": TrainingJobName, "CreationTime": NOW - timedelta(days=11)}

    def describe_transform_job(self, *, TransformJobName: str) -> dict[str, Any]:
        return next(job for job in self.transforms if job["TransformJobName"] == TransformJobName)

    def put_metric_data(self, *, Namespace: str, MetricData: list[dict[str, Any]]) -> None:
        assert Namespace == "Launchpad/Monitoring"
        self.metrics += [(item["Dimensions"][0]["Value"], item["MetricName"], item["Value"]) for item in MetricData]

    def put_metric_alarm(self, **request: Any) -> None:
        self.alarms.append(request["AlarmName"])

    def publish(self, **request: str) -> None:
        self.messages.append(request["Message"])

    def start_execution(self, *, name: str, input: str, **_: Any) -> None:  # noqa: A002 -- boto3's name
        if name in self.executions:
            raise self.exceptions.ExecutionAlreadyExists
        self.executions[name] = {"executionArn": name, "startDate": NOW, "input": input, "name": name}

    def describe_execution(self, *, executionArn: str) -> dict[str, Any]:
        return self.executions[executionArn]

    def head_object(self, *, Bucket: str, Key: str) -> None:
        if Bucket != BUCKET and not Bucket.startswith("data"):
            raise refusal("403")
        if f"{Bucket}/{Key}" not in self.objects:
            raise refusal("404")

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:
        if f"{Bucket}/{Key}" not in self.objects:
            raise self.exceptions.NoSuchKey
        return {"Body": io.BytesIO(self.objects[f"{Bucket}/{Key}"][0])}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, IfNoneMatch: str = "", **_: Any) -> None:
        if IfNoneMatch and f"{Bucket}/{Key}" in self.objects:
            raise refusal("PreconditionFailed")
        self.objects[f"{Bucket}/{Key}"] = (Body, NOW)

    def get_paginator(self, operation: str) -> Any:
        return SimpleNamespace(paginate=getattr(self, f"_{operation}"))

    def _list_objects_v2(self, *, Bucket: str, Prefix: str = "", StartAfter: str = "", **_: Any) -> list[Any]:
        names = sorted(name.removeprefix(f"{Bucket}/") for name in self.objects if name.startswith(f"{Bucket}/"))
        items = [
            {"Key": name, "Size": 1, "ETag": "e", "LastModified": self.objects[f"{Bucket}/{name}"][1]}
            for name in names
            if name.startswith(Prefix) and name > StartAfter
        ]
        return [{"Contents": items, "IsTruncated": False} if items else {"IsTruncated": False}]

    def _list_tags(self, *, ResourceArn: str) -> list[Any]:
        return [{"Tags": self.jobs[ResourceArn.removeprefix("arn/")]["Tags"]}]

    def _list_executions(self, **_: Any) -> list[Any]:
        return [{"executions": list(self.executions.values())}]

    def _list_transform_jobs(self, **_: Any) -> list[Any]:
        return [{"TransformJobSummaries": self.transforms}]
