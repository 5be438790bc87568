"""The account whose jobs the track function logs into MLflow."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

NAME = "dev-boston-housing-one"
APP = "arn:aws:sagemaker:eu-west-1:123456789012:mlflow-app/app-ABC"
ARN = "arn:aws:sagemaker:eu-west-1:123456789012"
START = datetime(2026, 11, 28, 12, tzinfo=UTC)
TAGS = {"launchpad:workload": "boston-housing", "launchpad:environment": "dev", "launchpad:data": "0123456789abcdef"}
COMMIT = "c" * 40
RECORD = {
    "origin": {"commit": COMMIT, "dirty": True, "by": "ada"},
    "data": {"training": {"version": "fedcba9876543210"}},
    "working_copy": False,
}


def training_job(**more: Any) -> dict[str, Any]:
    return {
        "TrainingJobName": NAME,
        "TrainingJobArn": f"{ARN}:training-job/{NAME}",
        "TrainingJobStatus": "Completed",
        "HyperParameters": {"test-size": "0.1", "kind": '"ridge"', "sagemaker_program": '"train.py"'},
        "AlgorithmSpecification": {
            "TrainingImage": "image:1",
            "MetricDefinitions": [{"Name": "r2", "Regex": "r2: ([0-9.]+)"}],
        },
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        "EnableManagedSpotTraining": True,
        "BillableTimeInSeconds": 36,
        "TrainingTimeInSeconds": 60,
        "CreationTime": START,
        "TrainingEndTime": START + timedelta(minutes=2),
        "FinalMetricDataList": [{"MetricName": "r2", "Value": 0.75, "Timestamp": START}],
        **more,
    }


class Account:
    """What SageMaker, CloudWatch Logs and S3 answer."""

    def __init__(self) -> None:
        self.jobs = {NAME: training_job()}
        self.tuning: dict[str, Any] = {}
        self.processing: dict[str, Any] = {}
        self.objects: dict[str, Any] = {f"boston-housing/records/{NAME}.json": RECORD}
        self.lines = ["epoch 1 r2: 0.5", "nothing", "epoch 2 r2: 0.75"]
        self.exceptions = type("Exceptions", (), {"NoSuchKey": KeyError})

    def describe_training_job(self, **request: str) -> dict[str, Any]:
        return self.jobs[request["TrainingJobName"]]

    def describe_hyper_parameter_tuning_job(self, **_: str) -> dict[str, Any]:
        return self.tuning

    def describe_processing_job(self, **_: str) -> dict[str, Any]:
        return self.processing

    def get_paginator(self, _operation: str) -> Any:
        return self

    def paginate(self, **_: str) -> list[dict[str, Any]]:
        tags = [{"Key": key, "Value": value} for key, value in TAGS.items()]
        return [{"Tags": tags, "TrainingJobSummaries": [{"TrainingJobName": name} for name in self.jobs]}]

    def describe_log_streams(self, **_: str) -> dict[str, Any]:
        return {"logStreams": [{"logStreamName": f"{NAME}/algo-1-1"}]}

    def get_log_events(self, **request: Any) -> dict[str, Any]:
        events = [{"timestamp": 1000 + number, "message": line} for number, line in enumerate(self.lines)]
        return {"events": [] if "nextToken" in request else events, "nextForwardToken": "end"}

    def get_object(self, **request: str) -> dict[str, Any]:
        assert request["Bucket"] == "model-bucket"
        return {"Body": io.BytesIO(json.dumps(self.objects[request["Key"]]).encode())}


def changed(name: str = NAME, member: str = "TrainingJobName") -> dict[str, str]:
    return {member: name}
