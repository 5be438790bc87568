"""Jobs and endpoints of AWS's XGBoost image, and the rows that they train and predict on."""

from __future__ import annotations

import struct
import time
from collections.abc import Callable, Iterable
from typing import Any

from tests.local_aws.launcher import LocalAws

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
ROLE = "arn:aws:iam::123456789012:role/training"
POINTS = [(x, y) for x in range(12) for y in range(12)]
CSV = "\n".join(f"{3 * x + y},{x},{y}" for x, y in POINTS)
LIBSVM = "\n".join(f"{int(x > y)} 0:{x} 5:{y}" for x, y in POINTS)
RANKED = "\n".join(
    f"{x // 33} qid:{query} 0:{x + 37 * query % 100} 1:{(7 * x) % 10} 2:{query}"
    for query in range(12)
    for x in ((29 * row + 13 * query) % 97 for row in range(8))
)
TWO = {"text/csv": "2,3\n9,1", "text/libsvm": "0:2 1:3\n0:9 1:1"}
REGRESSION = {"num_round": "60", "objective": "reg:squarederror", "max_depth": "4"}
SCRIPT = """
import os, xgboost

def model_fn(model_dir):
    return xgboost.Booster(model_file=os.path.join(model_dir, "xgboost-model"))
"""


def channel(name: str, folder: str, content_type: str | None = None) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://work/{folder}/"}
    description = {"ChannelName": name, "DataSource": {"S3DataSource": source}}
    return {**description, **({"ContentType": content_type} if content_type else {})}


def training_request(
    name: str, hyperparameters: dict[str, str], channels: Iterable[dict[str, Any]], **algorithm: Any
) -> dict[str, Any]:
    """CreateTrainingJob's request."""
    return {
        "TrainingJobName": name,
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File", **algorithm},
        "RoleArn": ROLE,
        "HyperParameters": hyperparameters,
        "InputDataConfig": list(channels),
        "OutputDataConfig": {"S3OutputPath": "s3://work/jobs"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
        "StoppingCondition": {"MaxRuntimeInSeconds": 300},
    }


def train(
    aws: LocalAws, name: str, hyperparameters: dict[str, str], *channels: dict[str, Any], **algorithm: Any
) -> tuple[Any, list[str]]:
    """A training job that has ended, with the lines of its log."""
    sagemaker = aws.client("sagemaker")
    sagemaker.create_training_job(**training_request(name, hyperparameters, channels, **algorithm))
    while (job := sagemaker.describe_training_job(TrainingJobName=name))["TrainingJobStatus"] == "InProgress":
        time.sleep(0.2)
    logs = aws.client("logs")
    group = {"logGroupName": "/aws/sagemaker/TrainingJobs"}
    events = [
        event
        for stream in logs.describe_log_streams(**group, logStreamNamePrefix=f"{name}/")["logStreams"]
        for event in logs.get_log_events(**group, logStreamName=stream["logStreamName"])["events"]
    ]
    return job, [event["message"] for event in events]


def tuning(metric: str) -> dict[str, Any]:
    """A tuning job of two jobs that aims at a metric."""
    ranges = {"IntegerParameterRanges": [{"Name": "max_depth", "MinValue": "1", "MaxValue": "6"}]}
    channels = [channel(name, "csv", "text/csv") for name in ("train", "validation")]
    request = training_request("unused", {"num_round": "3", "objective": "reg:squarederror"}, channels)
    definition = {name: value for name, value in request.items() if name not in ("TrainingJobName", "HyperParameters")}
    return {
        "HyperParameterTuningJobConfig": {
            "Strategy": "Random",
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": metric},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 2},
            "ParameterRanges": ranges,
        },
        "TrainingJobDefinition": {**definition, "StaticHyperParameters": request["HyperParameters"]},
    }


def deploy(aws: LocalAws, name: str, model: str, **environment: str) -> Callable[..., tuple[str, str]]:
    """A function that asks a new endpoint with this model."""
    sagemaker = aws.client("sagemaker")
    container = {"Image": IMAGE, "ModelDataUrl": model, "Environment": environment}
    sagemaker.create_model(ModelName=name, PrimaryContainer=container, ExecutionRoleArn=ROLE)
    variant = {
        "VariantName": "all",
        "ModelName": name,
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
    }
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})

    def ask(body: str | bytes, content_type: str = "text/csv", **more: Any) -> tuple[str, str]:
        response = aws.client("sagemaker-runtime").invoke_endpoint(
            EndpointName=name, Body=body, ContentType=content_type, **more
        )
        return response["ContentType"], response["Body"].read().decode()

    return ask


def metrics(log: list[str], name: str) -> list[float]:
    """The values of one metric, round by round."""
    return [float(line.partition(f"{name}:")[2].split("#")[0]) for line in log if f"{name}:" in line]


def final(job: dict[str, Any]) -> dict[str, float]:
    """The metrics that SageMaker has read from a job's log."""
    return {item["MetricName"]: item["Value"] for item in job["FinalMetricDataList"]}


def recordio(*rows: list[float]) -> bytes:
    """Rows as RecordIO of protobuf records: features, their map's entry, the value, the tensor's packed numbers."""

    def field(number: int, content: bytes) -> bytes:
        return bytes([number << 3 | 2, len(content)]) + content

    def record(row: list[float]) -> bytes:
        numbers = field(1, struct.pack(f"<{len(row)}f", *row))
        content = field(1, field(1, b"values") + field(2, field(2, numbers)))
        return struct.pack("<II", 0xCED7230A, len(content)) + content + bytes(-len(content) % 4)

    return b"".join(map(record, rows))
