"""The built-in XGBoost algorithm's requests: the image of SageMaker's own, plain hyperparameters, no script."""

from __future__ import annotations

from typing import Any

import pytest

from launchpad.catalogue import load_workload
from launchpad.images import image_lock
from launchpad.requests import training_request
from tests.unit.service_model import violations


@pytest.fixture
def request_for_aws(environment, run) -> dict[str, Any]:
    """What CreateTrainingJob is called with for boston-housing-xgboost."""
    definition = load_workload("boston-housing-xgboost").model_dump(mode="json")
    definition["training"]["image"] = image_lock.resolve("xgboost", None, "training", "ml.m5.xlarge", "us-west-2")
    return training_request(definition, environment, run)


def test_the_request_is_what_the_api_accepts(request_for_aws):
    assert violations("CreateTrainingJob", request_for_aws) == []
    image = request_for_aws["AlgorithmSpecification"]["TrainingImage"]
    assert image == "246618743249.dkr.ecr.us-west-2.amazonaws.com/sagemaker-xgboost:3.2-0"


def test_the_algorithm_gets_plain_hyperparameters_and_no_script(request_for_aws):
    values = request_for_aws["HyperParameters"]
    assert values["objective"] == "reg:squarederror"
    assert values["num_round"] == "200"
    assert [name for name in values if name.startswith("sagemaker_")] == []


def test_its_channels_have_their_content_type(request_for_aws):
    channels = {channel["ChannelName"]: channel["ContentType"] for channel in request_for_aws["InputDataConfig"]}
    assert channels == {"train": "text/csv", "validation": "text/csv"}


def test_it_gets_no_metric_definitions(request_for_aws):
    assert "MetricDefinitions" not in request_for_aws["AlgorithmSpecification"]
