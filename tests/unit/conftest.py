"""A workload and an environment to make requests from, and a server of MLflow."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from launchpad.config_files.yaml_reader import read_text
from launchpad.requests import Environment, Run
from launchpad.workload import Workload
from tests.unit.mlflow_server import FakeMlflow, fake_mlflow

ACCOUNT = "123456789012"
IMAGE = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3"
SOURCES = ("prepare", "spark", "training", "evaluate", "serving")

WORKLOAD = """\
name: boston-housing
description: Predict median house values.
image: {framework: sklearn}
training:
  entry_point: train.py
  instance: {type: ml.m5.large}
  hyperparameters: {normalize: true, test-size: 0.1, random-state: 123, solver: svd}
  channels:
    training: {prefix: boston-housing/training, content_type: text/csv}
  metrics:
    - {name: r2, regex: "R2: ([0-9.]+)"}
serving:
  entry_point: inference.py
  instance: {type: ml.m5.large}
quality_gate: {metric: r2, at_least: 0.5}
"""


def rendered(text: str) -> dict[str, Any]:
    """A `workload.yaml` as the catalogue renders it."""
    definition = Workload.model_validate(read_text(text.encode()).value).model_dump(mode="json")
    for section in SOURCES:
        if definition[section]:
            definition[section] |= {"image": IMAGE, "source": "0" * 64}
    if definition["monitoring"]:
        definition["monitoring"]["image"] = "container:monitoring"
    return definition


@pytest.fixture
def definition() -> dict[str, Any]:
    """Boston housing, to be changed at will."""
    return copy.deepcopy(rendered(WORKLOAD))


@pytest.fixture
def with_sections() -> Callable[[str], dict[str, Any]]:
    """Boston housing with more YAML after it."""
    return lambda more: rendered(WORKLOAD + more)


@pytest.fixture
def environment() -> Environment:
    return Environment(
        name="dev",
        region="eu-west-1",
        data_bucket="data-bucket",
        model_bucket="model-bucket",
        kms_key_arn=f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555",
        training_role_arn=f"arn:aws:iam::{ACCOUNT}:role/training",
        serving_role_arn=f"arn:aws:iam::{ACCOUNT}:role/serving",
        processing_role_arn=f"arn:aws:iam::{ACCOUNT}:role/processing",
        spark={"cluster_id": "j-1234567890ABC"},
        subnet_ids=("subnet-11111111", "subnet-22222222"),
        security_group_ids=("sg-11111111",),
        tags={"cost-center": "data-science"},
    )


@pytest.fixture
def run() -> Run:
    return Run("dev-boston-housing-1", source_uri="s3://data-bucket/code/boston-housing/0/sourcedir.tar.gz")


@pytest.fixture
def mlflow() -> Iterator[FakeMlflow]:
    with fake_mlflow() as server:
        yield server
