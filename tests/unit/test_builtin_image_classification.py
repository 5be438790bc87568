"""The built-in image classification's request is the digits workload's own, with another image and no script.

What is held here is what AWS would be asked for. The metrics stay out, because SageMaker defines them itself.
"""

from __future__ import annotations

from typing import Any

import pytest

from launchpad import paths
from launchpad.config_files.yaml_source import parse
from launchpad.images import image_lock
from launchpad.requests import training_request
from launchpad.workload import Workload
from tests.unit.service_model import violations

CHANNELS = ["train", "train_lst", "validation", "validation_lst"]
GPU = "ml.p3.2xlarge"
"""The algorithm trains on GPUs only."""


def builtin(region: str) -> dict[str, Any]:
    """The digits workload with the algorithm in place of the script."""
    content = parse(paths.WORKLOADS / "mnist-image-classification" / "workload.yaml").value
    for key in ("entry_point", "source_dir", "distribution", "metrics"):
        del content["training"][key]
    content |= {"image": {"algorithm": "image-classification"}, "serving": None}
    content["training"]["instance"]["type"] = GPU
    definition = Workload.model_validate(content).model_dump(mode="json")
    definition["training"]["image"] = image_lock.resolve("image-classification", None, "training", GPU, region)
    return definition


@pytest.fixture
def request_for_aws(environment, run) -> dict[str, Any]:
    """What CreateTrainingJob is called with."""
    return training_request(builtin("us-west-2"), environment, run)


def test_the_request_is_what_the_api_accepts(request_for_aws):
    assert violations("CreateTrainingJob", request_for_aws) == []
    image = request_for_aws["AlgorithmSpecification"]["TrainingImage"]
    assert image == "433757028032.dkr.ecr.us-west-2.amazonaws.com/image-classification:1"


def test_the_algorithm_gets_its_four_channels_of_images_and_no_scripts(request_for_aws):
    channels = {channel["ChannelName"]: channel for channel in request_for_aws["InputDataConfig"]}
    assert sorted(channels) == CHANNELS
    assert {channel["ContentType"] for channel in channels.values()} == {"application/x-image"}
    sources = [channel["DataSource"]["S3DataSource"] for channel in channels.values()]
    assert {source["S3DataDistributionType"] for source in sources} == {"FullyReplicated"}


def test_its_hyperparameters_are_plain_text_and_its_own(request_for_aws):
    values = request_for_aws["HyperParameters"]
    assert {name: values[name] for name in ("num_layers", "image_shape", "num_classes", "num_training_samples")} == {
        "num_layers": "18",
        "image_shape": "1,28,28",
        "num_classes": "10",
        "num_training_samples": "2000",
    }
    assert [name for name in values if name.startswith("sagemaker_")] == []


def test_it_trains_on_isolated_spot_instances_with_checkpoints(request_for_aws):
    assert request_for_aws["ResourceConfig"]["InstanceCount"] == 2
    assert request_for_aws["EnableManagedSpotTraining"]
    assert "S3Uri" in request_for_aws["CheckpointConfig"]
    assert request_for_aws["EnableNetworkIsolation"]
