"""Several models of AWS's scikit-learn image on one endpoint: a preprocessor before a model, and one by its name."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from typing import Any

import pytest

from tests.local_aws.launcher import ROOT, LocalAws, running_local_aws

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2-cpu-py3"
ROLE = "arn:aws:iam::123456789012:role/any"
BUCKET = "work"
SCALER = """
from sklearn.preprocessing import StandardScaler

def model_fn(model_dir):
    return StandardScaler().fit([[0.0, 0.0], [2.0, 4.0]])

def predict_fn(rows, model):
    return model.transform(rows)
"""
SUM = """
def model_fn(model_dir):
    return float(open(f"{model_dir}/offset").read())

def predict_fn(rows, offset):
    return rows.sum(axis=1) + offset
"""


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with running_local_aws("--cache", str(ROOT / ".local-aws" / "cache")) as server:
        server.client("s3").create_bucket(Bucket=BUCKET)
        yield server


def archive(aws: LocalAws, key: str, code: str, offset: str = "0") -> str:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, text in (("code/inference.py", code), ("offset", offset)):
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text.encode()))
    aws.client("s3").put_object(Bucket=BUCKET, Key=key, Body=packed.getvalue())
    return f"s3://{BUCKET}/{key}"


def serve(aws: LocalAws, name: str, *containers: dict[str, Any]) -> None:
    sagemaker = aws.client("sagemaker")
    variables = {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"}
    definitions = [{"Image": IMAGE, "Environment": variables, **container} for container in containers]
    sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, Containers=definitions)
    variant = {"VariantName": "all", "ModelName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=name, WaiterConfig={"Delay": 0.2, "MaxAttempts": 600})


def predict(aws: LocalAws, name: str, **members: Any) -> Any:
    runtime = aws.client("sagemaker-runtime")
    rows = {"Body": b"2.0,4.0\n0.0,0.0\n", "ContentType": "text/csv", "Accept": "application/json"}
    return json.loads(runtime.invoke_endpoint(EndpointName=name, **rows, **members)["Body"].read())


def test_a_preprocessor_hands_its_rows_to_the_model(aws: LocalAws) -> None:
    scaler = {"ModelDataUrl": archive(aws, "scaler.tar.gz", SCALER)}
    model = {"ModelDataUrl": archive(aws, "sum.tar.gz", SUM, "10")}
    serve(aws, "series", scaler, model)
    assert predict(aws, "series") == pytest.approx([12.0, 8.0])


def test_models_with_their_own_code_share_an_endpoint(aws: LocalAws) -> None:
    archive(aws, "models/ten.tar.gz", SUM, "10")
    archive(aws, "models/scaled.tar.gz", SCALER)
    cache = {"MultiModelConfig": {"ModelCacheSetting": "Disabled"}}
    serve(aws, "several", {"Mode": "MultiModel", "ModelDataUrl": f"s3://{BUCKET}/models/", **cache})
    for _ in range(2):
        assert predict(aws, "several", TargetModel="ten.tar.gz") == pytest.approx([16.0, 10.0])
        assert predict(aws, "several", TargetModel="scaled.tar.gz") == [[1.0, 1.0], [-1.0, -1.0]]
