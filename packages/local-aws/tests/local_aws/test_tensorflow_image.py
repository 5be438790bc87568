"""AWS's TensorFlow images: a script trains, and its SavedModel answers in TensorFlow Serving's format."""

from __future__ import annotations

import io
import json
import tarfile
import time

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.launcher import ROOT, running_local_aws

pytestmark = pytest.mark.workloads

REGISTRY = "763104351884.dkr.ecr.us-east-1.amazonaws.com"
TRAINING, INFERENCE = f"{REGISTRY}/tensorflow-training:2.21.0-cpu-py312", f"{REGISTRY}/tensorflow-inference:2.20.0-cpu"
ROLE = "arn:aws:iam::123456789012:role/training"
TRAIN = """
import os, tensorflow as tf

class Line(tf.Module):
    def __init__(self, slope):
        self.slope = tf.Variable(slope)

    @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32, name="x")])
    def __call__(self, x):
        return {"y": self.slope * tf.reduce_sum(x, axis=1)}

for version, slope in (("1", 2.0), ("2", 3.0)):
    tf.saved_model.save(Line(slope), os.path.join(os.environ["SM_MODEL_DIR"], version))
print("gpus:", os.environ["SM_NUM_GPUS"])
"""
HANDLERS = """
import json

def input_handler(data, context):
    assert context.request_content_type == "text/plain", context.request_content_type
    return json.dumps({"instances": [[float(word) for word in data.read().decode().split()]]})

def output_handler(response, context):
    (value,) = response.json()["predictions"]
    return f"about {value:.0f}, says version {context.model_version}", "text/plain"
"""


def pack(*files):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content in files:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


@pytest.fixture(scope="module")
def aws():
    with running_local_aws("--cache", str(ROOT / ".local-aws" / "cache")) as server:
        s3 = server.client("s3")
        s3.create_bucket(Bucket="work")
        s3.put_object(Bucket="work", Key="data/nothing", Body=b"-")
        s3.put_object(Bucket="work", Key="code/sourcedir.tar.gz", Body=pack(("train.py", TRAIN.encode())))
        yield server


@pytest.fixture(scope="module")
def trained(aws):
    """A completed training job."""
    sagemaker = aws.client("sagemaker")
    source = {"S3DataType": "S3Prefix", "S3Uri": "s3://work/data"}
    code = "s3://work/code/sourcedir.tar.gz"
    sagemaker.create_training_job(
        TrainingJobName="line",
        AlgorithmSpecification={"TrainingImage": TRAINING, "TrainingInputMode": "File"},
        RoleArn=ROLE,
        HyperParameters={"sagemaker_program": '"train.py"', "sagemaker_submit_directory": json.dumps(code)},
        InputDataConfig=[{"ChannelName": "training", "DataSource": {"S3DataSource": source}}],
        OutputDataConfig={"S3OutputPath": "s3://work/jobs"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
        StoppingCondition={"MaxRuntimeInSeconds": 600},
    )
    while (job := sagemaker.describe_training_job(TrainingJobName="line"))["TrainingJobStatus"] == "InProgress":
        time.sleep(0.5)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    return job["ModelArtifacts"]["S3ModelArtifacts"]


def deploy(aws, name, model):
    sagemaker = aws.client("sagemaker")
    container = {"Image": INFERENCE, "ModelDataUrl": model}
    sagemaker.create_model(ModelName=name, PrimaryContainer=container, ExecutionRoleArn=ROLE)
    variant = {"VariantName": "all", "ModelName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 120})

    def ask(body, content_type="application/json"):
        response = aws.client("sagemaker-runtime").invoke_endpoint(
            EndpointName=name, Body=body, ContentType=content_type
        )
        return response["ContentType"], response["Body"].read().decode()

    return ask


@pytest.fixture(scope="module")
def ask(aws, trained):
    """The endpoint, with no script of the user's."""
    return deploy(aws, "line", trained)


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        ('{"instances": [[1, 2], [3, 4]]}', "application/json", {"predictions": [9.0, 21.0]}),
        ("[[1, 2], [3, 4]]", "application/json", {"predictions": [9.0, 21.0]}),
        ('{"instances": [{"x": [1, 2]}]}', "application/json", {"predictions": [9.0]}),
        ('{"inputs": [[1, 2]]}', "application/json", {"outputs": [9.0]}),
        ('{"signature_name": "serving_default", "inputs": {"x": [[1, 2]]}}', "application/json", {"outputs": [9.0]}),
        ("1,2\n3,4\n", "text/csv", {"predictions": [9.0, 21.0]}),
        ("[1, 2]\n[3, 4]\n", "application/jsonlines", {"predictions": [9.0, 21.0]}),
    ],
)
def test_the_newest_version_answers_in_tensorflow_servings_format(ask, body, content_type, expected):
    accept, prediction = ask(body, content_type)
    assert accept == "application/json"
    assert json.loads(prediction) == expected


@pytest.mark.parametrize(
    ("body", "content_type", "status", "expected"),
    [
        ('{"instances": [[1, 2, 3]]}', "application/json", 400, "has shape (1, 3), and the model takes (None, 2)"),
        ('{"instances": [["a", "b"]]}', "application/json", 400, "input x does not fit float32"),
        ('{"rows": []}', "application/json", 400, 'write {"instances": [...]}'),
        ('{"signature_name": "other", "instances": [[1, 2]]}', "application/json", 400, "no signature 'other'"),
        ('{"instances": [', "application/json", 400, ""),
        ("a,b", "text/csv", 400, ""),
        ("<x/>", "text/xml", 415, ""),
    ],
)
def test_what_the_model_can_not_answer_is_reported_to_the_client(ask, body, content_type, status, expected):
    with pytest.raises(ClientError) as refused:
        ask(body, content_type)
    assert refused.value.response["OriginalStatusCode"] == status
    assert expected in refused.value.response["OriginalMessage"].replace("\\", "")


def test_the_users_input_and_output_handlers_are_used(aws, trained):
    s3 = aws.client("s3")
    model = s3.get_object(Bucket="work", Key=trained.removeprefix("s3://work/"))["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(model)) as archive:
        files = [(member.name, archive.extractfile(member).read()) for member in archive if member.isfile()]
    packed = pack(*files, ("code/inference.py", HANDLERS.encode()))
    s3.put_object(Bucket="work", Key="handled/model.tar.gz", Body=packed)
    ask = deploy(aws, "handled", "s3://work/handled/model.tar.gz")
    assert ask("4 6", "text/plain") == ("text/plain", "about 30, says version 2")
