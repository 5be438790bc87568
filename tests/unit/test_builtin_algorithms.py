"""What docs/workloads.md says of the built-in algorithms: one trains here, the others are requests."""

from __future__ import annotations

import pytest

from launchpad.catalogue import load_workload
from launchpad.images import image_lock
from launchpad.paths import IMAGES_LOCK
from launchpad.requests import training_request
from local_aws.runtimes.base import ImageNotFoundError
from local_aws.runtimes.images import find_image, load_images
from tests.unit.service_model import violations
from tests.workloads.algorithms import request_only, runs_here

INSTANCE = "ml.m5.xlarge"
NO_ALGORITHMS = {"debugger", "huggingface", "pytorch", "sklearn", "tensorflow", "xgboost"}
"""What else the lock names; of XGBoost there is one image for both."""


def test_xgboost_is_the_one_that_trains_on_this_machine():
    assert list(runs_here()) == ["xgboost"]


def test_every_other_algorithm_of_the_lock_is_request_only():
    assert request_only() == sorted(image_lock.read_lock(IMAGES_LOCK)["images"].keys() - NO_ALGORITHMS)


@pytest.mark.parametrize("algorithm", request_only())
def test_the_request_for_one_is_what_the_api_accepts(algorithm, environment, run):
    definition = load_workload("boston-housing-xgboost").model_dump(mode="json")
    definition["training"]["image"] = image_lock.resolve(algorithm, None, "training", INSTANCE, "us-west-2")
    assert violations("CreateTrainingJob", training_request(definition, environment, run)) == []


@pytest.mark.parametrize("algorithm", request_only())
def test_the_local_aws_refuses_its_image(algorithm):
    with pytest.raises(ImageNotFoundError, match="none that the runtime 'process' can run"):
        find_image(image_lock.resolve(algorithm, None, "training", INSTANCE, "us-west-2"), load_images())
