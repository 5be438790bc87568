"""Someone else's plain boto3 script, with AWS's own scikit-learn image: train in script mode, then serve the result."""

from __future__ import annotations

import io
import json
import tarfile
import time

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.launcher import ROOT, running_local_aws

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2-cpu-py3"
ROLE = "arn:aws:iam::123456789012:role/service-role/AmazonSageMaker-ExecutionRole"

TRAIN = """
import argparse, os, joblib, numpy
from sklearn.linear_model import LinearRegression

parser = argparse.ArgumentParser()
parser.add_argument("--scale", type=float)
parser.add_argument("--training", default=os.environ["SM_CHANNEL_TRAINING"])
parser.add_argument("--model-dir", default=os.environ["SM_MODEL_DIR"])
arguments = parser.parse_args()
table = numpy.loadtxt(os.path.join(arguments.training, "train.csv"), delimiter=",")
if not len(table) or arguments.scale < 0:
    raise ValueError("scale must not be negative")
model = LinearRegression().fit(table[:, 1:], table[:, 0] * arguments.scale)
print(f"r2={model.score(table[:, 1:], table[:, 0] * arguments.scale):.3f};")
joblib.dump(model, os.path.join(arguments.model_dir, "model.joblib"))
"""
INFERENCE = """
import os, joblib

def model_fn(model_dir):
    return joblib.load(os.path.join(model_dir, "model.joblib"))
"""
ROWS = "\n".join(f"{2 * x + 3 * y},{x},{y}" for x in range(10) for y in range(10))


@pytest.fixture(scope="module")
def aws():
    with running_local_aws("--cache", str(ROOT / ".local-aws" / "cache")) as server:
        s3 = server.client("s3")
        s3.create_bucket(Bucket="work")
        s3.put_object(Bucket="work", Key="data/train.csv", Body=ROWS.encode())
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz") as archive:
            for name, source in (("train.py", TRAIN), ("inference.py", INFERENCE)):
                entry = tarfile.TarInfo(name)
                entry.size = len(source.encode())
                archive.addfile(entry, io.BytesIO(source.encode()))
        s3.put_object(Bucket="work", Key="code/sourcedir.tar.gz", Body=packed.getvalue())
        yield server


def channel(name, prefix):
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://work/{prefix}"}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}}


def train(aws, name, scale="1.0", code="s3://work/code/sourcedir.tar.gz", **members):
    sagemaker = aws.client("sagemaker")
    sagemaker.create_training_job(
        TrainingJobName=name,
        AlgorithmSpecification={
            "TrainingImage": IMAGE,
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "r2", "Regex": "r2=([0-9.]+);"}],
        },
        RoleArn=ROLE,
        HyperParameters={
            "sagemaker_program": json.dumps("train.py"),
            "sagemaker_submit_directory": json.dumps(code),
            "scale": scale,
        },
        InputDataConfig=[channel("training", "data/"), channel("code", "code/")],
        OutputDataConfig={"S3OutputPath": "s3://work/output"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
        StoppingCondition={"MaxRuntimeInSeconds": 300},
        **members,
    )
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        job = sagemaker.describe_training_job(TrainingJobName=name)
        if job["TrainingJobStatus"] in ("Completed", "Failed", "Stopped"):
            return job
        time.sleep(0.1)
    raise AssertionError(f"{name} is still {job['SecondaryStatus']}")


def log_of(aws, name):
    logs = aws.client("logs")
    events = logs.filter_log_events(logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix=f"{name}/algo-1-")[
        "events"
    ]
    return "\n".join(event["message"] for event in events)


@pytest.fixture(scope="module")
def trained(aws):
    job = train(aws, "linear")
    assert job["TrainingJobStatus"] == "Completed", f"{job.get('FailureReason')}\n{log_of(aws, 'linear')}"
    return job


@pytest.fixture(scope="module")
def endpoint(aws, trained):
    sagemaker = aws.client("sagemaker")
    sagemaker.create_model(
        ModelName="linear",
        ExecutionRoleArn=ROLE,
        PrimaryContainer={
            "Image": IMAGE,
            "ModelDataUrl": trained["ModelArtifacts"]["S3ModelArtifacts"],
            "Environment": {
                "SAGEMAKER_PROGRAM": "inference.py",
                "SAGEMAKER_SUBMIT_DIRECTORY": "s3://work/code/sourcedir.tar.gz",
            },
        },
    )
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": "linear",
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
    }
    sagemaker.create_endpoint_config(EndpointConfigName="linear", ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName="linear", EndpointConfigName="linear")
    sagemaker.get_waiter("endpoint_in_service").wait(
        EndpointName="linear", WaiterConfig={"Delay": 0.2, "MaxAttempts": 600}
    )
    return "linear"


def test_a_script_trains_and_its_metric_is_found(aws, trained):
    assert "r2=1.000;" in log_of(aws, "linear")
    assert [(metric["MetricName"], metric["Value"]) for metric in trained["FinalMetricDataList"]] == [("r2", 1.0)]


def test_a_script_that_raises_fails_the_job_with_its_error_and_exit_code_1(aws):
    job = train(aws, "raises", scale="-1.0")
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("AlgorithmError: ExecuteUserScriptError:")
    assert "ValueError: scale must not be negative" in job["FailureReason"]
    assert "ExitCode 1" in job["FailureReason"]
    assert job["FailureReason"].endswith(", exit code: 1")
    assert "ValueError: scale must not be negative" in log_of(aws, "raises")


def test_an_unknown_image_fails_the_job_with_the_remedy(aws):
    sagemaker = aws.client("sagemaker")
    request = {
        "TrainingJobName": "unknown",
        "AlgorithmSpecification": {"TrainingImage": "example.com/who-knows:1", "TrainingInputMode": "File"},
        "RoleArn": ROLE,
        "OutputDataConfig": {"S3OutputPath": "s3://work/output"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    }
    sagemaker.create_training_job(**request)
    deadline = time.monotonic() + 20
    while (job := sagemaker.describe_training_job(TrainingJobName="unknown"))["TrainingJobStatus"] == "InProgress":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert job["TrainingJobStatus"] == "Failed"
    assert "example.com/who-knows:1" in job["FailureReason"]


def test_the_endpoint_predicts_what_the_script_learned(aws, endpoint):
    runtime = aws.client("sagemaker-runtime")
    response = runtime.invoke_endpoint(
        EndpointName=endpoint, ContentType="text/csv", Accept="application/json", Body=b"1,1\n2,5\n"
    )
    assert response["ContentType"] == "application/json"
    assert json.loads(response["Body"].read()) == pytest.approx([5.0, 19.0])


def test_a_wrong_content_type_is_a_model_error_and_the_endpoint_stays_up(aws, endpoint):
    runtime = aws.client("sagemaker-runtime")
    with pytest.raises(ClientError) as caught:
        runtime.invoke_endpoint(EndpointName=endpoint, ContentType="image/png", Body=b"\x89PNG")
    assert caught.value.response["Error"]["Code"] == "ModelError"
    assert caught.value.response["OriginalStatusCode"] == 415
    response = runtime.invoke_endpoint(
        EndpointName=endpoint, ContentType="text/csv", Accept="text/csv", Body=b"1,1\n2,5"
    )
    assert [float(value) for value in response["Body"].read().split()] == pytest.approx([5.0, 19.0])


def test_an_isolated_job_takes_its_code_from_a_channel(aws):
    job = train(aws, "isolated", code="/opt/ml/input/data/code/sourcedir.tar.gz", EnableNetworkIsolation=True)
    assert job["TrainingJobStatus"] == "Completed", f"{job.get('FailureReason')}\n{log_of(aws, 'isolated')}"
