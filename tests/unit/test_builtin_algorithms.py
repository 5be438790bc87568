"""What docs/workloads.md says of the built-in algorithms: some train here, the others are requests."""

from __future__ import annotations

import pytest

from launchpad.catalogue import load_workload
from launchpad.config_files.yaml_source import parse
from launchpad.images import image_lock
from launchpad.paths import IMAGES_LOCK, WORKLOADS
from launchpad.requests import training_request
from launchpad.workload import Workload
from local_aws.runtimes.base import ImageNotFoundError
from local_aws.runtimes.images import find_image, load_images
from tests.unit.service_model import violations
from tests.workloads.algorithms import request_only, runs_here

INSTANCE = "ml.m5.xlarge"
NO_ALGORITHMS = {"debugger", "huggingface", "pytorch", "sklearn", "tensorflow"}
"""What else the lock names."""
HERE = ["image-classification", "kmeans", "linear-learner", "xgboost"]


def test_some_algorithms_train_on_this_machine():
    assert sorted(runs_here()) == HERE


def test_every_other_algorithm_of_the_lock_is_request_only():
    assert request_only() == sorted(image_lock.read_lock(IMAGES_LOCK)["images"].keys() - NO_ALGORITHMS - {*HERE})


@pytest.mark.parametrize("algorithm", [*request_only(), *HERE])
def test_the_request_for_one_is_what_the_api_accepts(algorithm, environment, run):
    definition = load_workload("boston-housing-xgboost").model_dump(mode="json")
    definition["training"]["image"] = image_lock.resolve(algorithm, None, "training", INSTANCE, "us-west-2")
    assert violations("CreateTrainingJob", training_request(definition, environment, run)) == []


@pytest.mark.parametrize("algorithm", ["kmeans", "linear-learner", "image-classification"])
def test_the_local_aws_has_its_image_of_every_region(algorithm):
    lock = image_lock.read_lock(IMAGES_LOCK)
    for region in lock["accounts"][lock["images"][algorithm]["training"]["1"]["accounts"]]:
        uri = image_lock.resolve(algorithm, None, "training", INSTANCE, region)
        assert find_image(uri, load_images()).notice is None


def test_a_workload_takes_an_algorithms_own_metrics():
    content = parse(WORKLOADS / "boston-housing-xgboost" / "workload.yaml").value
    content |= {"image": {"algorithm": "linear-learner"}, "evaluate": None}
    content["quality_gate"] = {"metric": "validation:mse", "at_most": 30}
    content["training"]["hyperparameters"] = {"predictor_type": "regressor"}
    tuning = {"objective": {"metric": "validation:mse", "goal": "Minimize"}, "max_jobs": 2, "max_parallel_jobs": 1}
    content["tuning"] = {**tuning, "ranges": {"learning_rate": {"min": 0.01, "max": 0.1}}}
    assert Workload.model_validate(content).tuning.objective.metric == "validation:mse"
    content["training"]["metrics"] = [{"name": "validation:mse", "regex": "mse=(.*)"}]
    with pytest.raises(ValueError, match="is refused by AWS, whose image has its own metrics: leave it out"):
        Workload.model_validate(content)


@pytest.mark.parametrize("algorithm", request_only())
def test_the_local_aws_refuses_its_image(algorithm):
    with pytest.raises(ImageNotFoundError, match="none that the runtime 'process' can run"):
        find_image(image_lock.resolve(algorithm, None, "training", INSTANCE, "us-west-2"), load_images())
