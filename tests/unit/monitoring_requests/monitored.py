"""The names that requests of monitoring have in common."""

from __future__ import annotations

from typing import Any

JOB = "dev-boston-housing-0123456789ab"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:alerts"
SETTINGS = "s3://model-bucket/boston-housing/monitoring/settings/0/settings.json"
BASELINE = f"s3://model-bucket/boston-housing/baselines/{JOB}"
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/launchpad/dev/monitoring:0"
TRAINING_JOB = {
    "TrainingJobName": JOB,
    "InputDataConfig": [
        {
            "ChannelName": "training",
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://data-bucket/boston-housing/a/"}},
        }
    ],
}


def inputs_of(request: dict[str, Any]) -> dict[str, tuple[str, str]]:
    inputs = {entry["InputName"]: entry["S3Input"] for entry in request["ProcessingInputs"]}
    assert all(source["LocalPath"] == f"/opt/ml/processing/input/{name}" for name, source in inputs.items())
    return {name: (source["S3DataType"], source["S3Uri"]) for name, source in inputs.items()}
