"""A workload and an environment to make requests from."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from launchpad.requests import Environment, Run

ACCOUNT = "123456789012"

DEFINITION: dict[str, Any] = {
    "name": "boston-housing",
    "training": {
        "image": f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3",
        "entry_point": "train.py",
        "source_dir": "src",
        "source": "0" * 64,
        "instance": {"type": "ml.m5.large", "count": 1, "volume_gb": 30},
        "max_runtime_minutes": 60,
        "hyperparameters": {"normalize": True, "test-size": 0.1, "random-state": 123, "solver": "svd"},
        "channels": {"training": {"prefix": "boston-housing/training", "uri": None, "content_type": "text/csv"}},
        "metrics": [{"name": "r2", "regex": "R2: ([0-9.]+)"}],
        "environment": {},
        "network_isolation": True,
        "spot": None,
    },
    "serving": {
        "image": f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3",
        "entry_point": "inference.py",
        "source_dir": "src",
        "source": "0" * 64,
        "instance": {"type": "ml.m5.large", "count": 1},
        "environment": {},
        "network_isolation": True,
    },
    "quality_gate": {"metric": "r2", "at_least": 0.5, "at_most": None},
}


@pytest.fixture
def definition() -> dict[str, Any]:
    """Boston housing as the catalogue renders it; a copy, to be changed at will."""
    return copy.deepcopy(DEFINITION)


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
        subnet_ids=("subnet-11111111", "subnet-22222222"),
        security_group_ids=("sg-11111111",),
        tags={"cost-center": "data-science"},
    )


@pytest.fixture
def run() -> Run:
    return Run("dev-boston-housing-1", source_uri="s3://data-bucket/code/boston-housing/0/sourcedir.tar.gz")
