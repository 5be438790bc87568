"""AWS's XGBoost image: the built-in algorithm, asked for as boto3 asks for it, and a script."""

from __future__ import annotations

import io
import json
import tarfile
import time

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.launcher import ROOT, running_local_aws

pytestmark = pytest.mark.workloads

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
ROLE = "arn:aws:iam::123456789012:role/training"
POINTS = [(x, y) for x in range(12) for y in range(12)]
CSV = "\n".join(f"{3 * x + y},{x},{y}" for x, y in POINTS)
LIBSVM = "\n".join(f"{int(x > y)} 0:{x} 5:{y}" for x, y in POINTS)
REGRESSION = {"num_round": "60", "objective": "reg:squarederror", "max_depth": "4"}
SCRIPT = """
import os, xgboost

def model_fn(model_dir):
    return xgboost.Booster(model_file=os.path.join(model_dir, "xgboost-model"))
"""


@pytest.fixture(scope="module")
def aws():
    with running_local_aws("--cache", str(ROOT / ".local-aws" / "cache")) as server:
        s3 = server.client("s3")
        s3.create_bucket(Bucket="work")
        for name, body in (("csv/rows", CSV), ("libsvm/rows", LIBSVM), ("words/rows", "1,red\n2,blue\n")):
            s3.put_object(Bucket="work", Key=name, Body=body.encode())
        yield server


def channel(name, folder, content_type=None):
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://work/{folder}/"}
    description = {"ChannelName": name, "DataSource": {"S3DataSource": source}}
    return {**description, **({"ContentType": content_type} if content_type else {})}


def train(aws, name, hyperparameters, *channels):
    """A training job that has ended, with the lines of its log."""
    sagemaker = aws.client("sagemaker")
    sagemaker.create_training_job(
        TrainingJobName=name,
        AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        RoleArn=ROLE,
        HyperParameters=hyperparameters,
        InputDataConfig=list(channels),
        OutputDataConfig={"S3OutputPath": "s3://work/jobs"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
        StoppingCondition={"MaxRuntimeInSeconds": 300},
    )
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


def deploy(aws, name, model, **environment):
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

    def ask(body, content_type="text/csv"):
        response = aws.client("sagemaker-runtime").invoke_endpoint(
            EndpointName=name, Body=body, ContentType=content_type
        )
        return response["ContentType"], response["Body"].read().decode()

    return ask


@pytest.fixture(scope="module")
def trained(aws):
    """A regression on CSV with early stopping."""
    hyperparameters = {**REGRESSION, "early_stopping_rounds": "5", "eval_metric": "r2,rmse"}
    channels = [channel(name, "csv", "text/csv") for name in ("train", "validation")]
    return train(aws, "regression", hyperparameters, *channels)


@pytest.fixture(scope="module")
def ask(aws, trained):
    return deploy(aws, "regression", trained[0]["ModelArtifacts"]["S3ModelArtifacts"])


def metrics(log, name):
    """The values of one metric, round by round."""
    return [float(line.partition(f"{name}:")[2].split()[0]) for line in log if f"{name}:" in line]


def test_the_algorithm_trains_on_csv_and_prints_each_rounds_metrics(trained):
    job, log = trained
    assert job["TrainingJobStatus"] == "Completed", log
    errors = metrics(log, "validation-rmse")
    assert len(errors) <= 60
    assert errors[-1] < 0.1 * errors[0]
    assert metrics(log, "train-r2")[-1] > 0.99


def test_the_artefact_is_the_librarys_own_model(aws, trained):
    key = trained[0]["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://work/")
    body = aws.client("s3").get_object(Bucket="work", Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body)) as archive:
        assert archive.getnames() == ["xgboost-model"]


def test_csv_rows_are_answered_in_one_line_of_csv(ask):
    content_type, prediction = ask("2,3\n9,1")
    assert content_type == "text/csv"
    assert [float(value) for value in prediction.split(",")] == pytest.approx([9, 28], abs=1)


def test_libsvm_rows_are_answered_as_csv_rows_are(ask):
    assert ask("0:2 1:3\n0:9 1:1", "text/libsvm") == ask("2,3\n9,1")


def test_what_is_no_row_of_the_model_is_the_clients_mistake(ask):
    for body, content_type, status in (("1", "text/csv", 400), ("9:1", "text/libsvm", 400), ("{}", "image/png", 415)):
        with pytest.raises(ClientError) as refused:
            ask(body, content_type)
        assert refused.value.response["OriginalStatusCode"] == status


def test_the_algorithm_trains_on_libsvm_which_is_its_default(aws):
    hyperparameters = {"num_round": "20", "objective": "binary:logistic", "eval_metric": "error,accuracy"}
    job, log = train(aws, "classes", hyperparameters, channel("train", "libsvm"))
    assert job["TrainingJobStatus"] == "Completed", log
    assert metrics(log, "train-accuracy")[-1] > 0.95


@pytest.mark.parametrize(
    ("name", "changes", "folder", "expected"),
    [
        ("rounds", {"num_round": "none"}, "csv", "num_round is 'none'; write a whole number from 1"),
        ("spelling", {"max_dept": "3"}, "csv", "max_dept is no hyperparameter of XGBoost"),
        ("objective", {"objective": "reg:best"}, "csv", "objective is 'reg:best'; write one of"),
        ("words", {}, "words", "rows is not CSV with numbers only and no header"),
    ],
)
def test_a_mistake_is_the_jobs_failure_reason(aws, name, changes, folder, expected):
    job, _ = train(aws, name, {**REGRESSION, **changes}, channel("train", folder, "text/csv"))
    assert job["TrainingJobStatus"] == "Failed"
    assert expected in job["FailureReason"]


def test_a_script_serves_with_its_own_model_fn_and_answers_json(aws, trained):
    s3 = aws.client("s3")
    key = trained[0]["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://work/")
    artefact, packed = io.BytesIO(s3.get_object(Bucket="work", Key=key)["Body"].read()), io.BytesIO()
    with tarfile.open(fileobj=artefact) as source, tarfile.open(fileobj=packed, mode="w:gz") as archive:
        archive.addfile(source.getmember("xgboost-model"), source.extractfile("xgboost-model"))
        entry = tarfile.TarInfo("code/inference.py")
        entry.size = len(SCRIPT)
        archive.addfile(entry, io.BytesIO(SCRIPT.encode()))
    s3.put_object(Bucket="work", Key="scripted/model.tar.gz", Body=packed.getvalue())
    ask = deploy(aws, "scripted", "s3://work/scripted/model.tar.gz", SAGEMAKER_PROGRAM="inference.py")
    content_type, prediction = ask("2,3\n9,1")
    assert content_type == "application/json"
    assert json.loads(prediction) == pytest.approx([9, 28], abs=1)
    assert ask("2,3.0\n9,1.0\n") == (content_type, prediction)
    for body in ("2,three", "2,3\n9", ""):
        with pytest.raises(ClientError) as refused:
            ask(body)
        assert refused.value.response["OriginalStatusCode"] == 400
