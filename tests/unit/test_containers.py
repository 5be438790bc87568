"""A folder under `containers/` is an image: which base it gets, and how a mistake in it is reported."""

from __future__ import annotations

import re
import shutil
import tomllib
from pathlib import Path

import pytest

from launchpad import paths
from launchpad.catalogue import load_catalogue
from launchpad.images.base_images import base_images
from launchpad.images.containers import container_names, load_containers
from launchpad.messages.errors import InvalidFileError
from launchpad.requests import RequestError, model_request, training_request
from launchpad.settings import load_environment

EXTENDED = "ARG BASE_IMAGE\nFROM $BASE_IMAGE\nRUN pip install shap\n"

WORKLOAD = """\
name: demo
description: A workload for tests.
image: {container: shap}
training:
  instance: {type: ml.m5.large}
  channels:
    training: {prefix: demo/training}
"""


@pytest.fixture
def containers(tmp_path: Path) -> Path:
    folder = tmp_path / "containers" / "shap"
    folder.mkdir(parents=True)
    (folder / "Dockerfile").write_text(EXTENDED)
    (folder / "container.yaml").write_text("base: {framework: sklearn}\n")
    return folder.parent


@pytest.fixture
def workloads(tmp_path: Path) -> Path:
    folder = tmp_path / "workloads" / "demo"
    folder.mkdir(parents=True)
    (folder / "workload.yaml").write_text(WORKLOAD)
    return folder.parent


def test_without_the_folder_there_are_no_containers(tmp_path):
    assert container_names(tmp_path / "nowhere") == []


def test_hidden_folders_caches_and_files_are_no_containers(containers):
    for name in (".git", "__pycache__"):
        (containers / name).mkdir()
    (containers / "README.md").write_text("Images.\n")
    assert list(load_containers(containers)) == ["shap"]


@pytest.mark.parametrize("region", ["eu-west-1", "us-east-1"])
def test_the_base_image_is_the_locks_in_the_environments_own_region(containers, region):
    (image,) = load_containers(containers)["shap"].build_arguments(region).values()
    assert f".ecr.{region}." in image
    assert "scikit-learn" in image


def test_a_gpu_base_image_is_the_build_for_gpus(containers):
    (containers / "shap" / "container.yaml").write_text("base: {framework: pytorch, accelerator: gpu}\n")
    assert "gpu" in load_containers(containers)["shap"].build_arguments("eu-west-1")["BASE_IMAGE"]


@pytest.mark.parametrize("first_line", ["FROM python:3.13-slim", "ARG BASE_IMAGE=python:3.13-slim"])
def test_a_dockerfile_that_names_its_base_itself_gets_no_build_argument(containers, first_line):
    (containers / "shap" / "Dockerfile").write_text(f"{first_line}\nRUN true\n")
    (containers / "shap" / "container.yaml").unlink()
    assert load_containers(containers)["shap"].build_arguments("eu-west-1") == {}


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ("bse: {framework: sklearn}", r"container.yaml:1: bse: unknown key; did you mean 'base'"),
        ("base: {framwork: sklearn}", r"container.yaml:1: base.framwork: unknown key; did you mean 'framework'"),
        ("base: {version: '1'}", r"container.yaml:1: base.framework: this key is required"),
        ("base:\n  framework: sklern", r"container.yaml:1: base: .*'sklern'.*did you mean 'sklearn'"),
        ("base:\n  framework: sklearn\n  version: '0.1'", r"container.yaml:1: base: no sklearn 0.1 .*it has"),
        ("base:\n  framework: sklearn\n  version: 1.9", r"container.yaml:3: base.version: .*valid string"),
        ("base:\n  framework: sklearn\n  purpose: serving", r"container.yaml:3: base.purpose: .*'inference'"),
        ("base:\n  framework: sklearn\n  accelerator: tpu", r"container.yaml:3: base.accelerator: .*'gpu'"),
        (
            "base:\n  framework: sklearn\n  accelerator: gpu",
            r"container.yaml:1: base: AWS builds sklearn .*only for cpu",
        ),
    ],
)
def test_a_mistake_in_container_yaml_names_file_line_key_and_remedy(containers, settings, complaint):
    (containers / "shap" / "container.yaml").write_text(f"{settings}\n")
    with pytest.raises(InvalidFileError) as error:
        load_containers(containers)["shap"].build_arguments("eu-west-1")
    assert re.search(complaint, str(error.value)), str(error.value)


def test_a_dockerfile_that_takes_no_base_image_is_reported(containers):
    (containers / "shap" / "Dockerfile").write_text("FROM python:3.13-slim\n")
    with pytest.raises(InvalidFileError, match=r"container.yaml:1: base: the Dockerfile takes no base image"):
        load_containers(containers)


def test_a_base_image_without_a_value_is_reported_at_its_line(containers):
    (containers / "shap" / "container.yaml").unlink()
    (containers / "shap" / "Dockerfile").write_text(f"# Explains models\n\n{EXTENDED}")
    with pytest.raises(InvalidFileError, match=r"Dockerfile:3: BASE_IMAGE has no value: name one of AWS's images"):
        load_containers(containers)


def test_all_mistakes_of_all_containers_are_reported_at_once(containers):
    (containers / "Shap_2").mkdir()
    (containers / "empty").mkdir()
    with pytest.raises(InvalidFileError) as error:
        load_containers(containers)
    assert "can't name a repository" in str(error.value)
    assert "empty/Dockerfile: there is no such file" in str(error.value)


def test_a_workload_with_an_unknown_container_is_reported_at_its_line(containers, workloads):
    shutil.move(containers / "shap", containers / "shapley")
    with pytest.raises(InvalidFileError, match=r"workload.yaml:3: image: .*containers/shap; did you mean 'shapley'"):
        load_catalogue(load_environment("staging"), workloads, containers)


def test_a_container_runs_the_image_of_the_environments_registry(definition, environment, run):
    definition["training"]["image"] = definition["serving"]["image"] = "container:shap"
    uri = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/launchpad/dev/shap:abc"
    with_registry = with_containers(environment, {"shap": uri})
    assert training_request(definition, with_registry, run)["AlgorithmSpecification"]["TrainingImage"] == uri
    assert model_request(definition, with_registry, "s3://bucket/model.tar.gz")["PrimaryContainer"]["Image"] == uri


def test_a_job_in_a_container_that_is_not_deployed_is_refused(definition, environment, run):
    definition["training"]["image"] = "container:shap"
    with pytest.raises(RequestError, match=r"no image of container 'shap' in 'dev' \(there: other\); deploy first"):
        training_request(definition, with_containers(environment, {"other": "uri"}), run)


def test_the_catalogue_leaves_the_image_open_until_it_is_deployed(containers, workloads):
    catalogue = load_catalogue(load_environment("staging"), workloads, containers)
    assert catalogue.workloads["demo"]["training"]["image"] == "container:shap"


def with_containers(environment, containers):
    return type(environment)(**{**vars(environment), "containers": containers})


def test_every_base_image_of_an_environment_is_listed_once():
    images = base_images("local")
    assert len(images) == len(set(images))
    assert "python:3.11-slim-bookworm" in images
    assert any("/pytorch-training:" in name for name in images)


def test_a_dockerfile_whose_base_image_is_unknown_is_named(containers):
    (containers / "shap" / "container.yaml").unlink()
    (containers / "shap" / "Dockerfile").write_text("FROM $OTHER\n")
    with pytest.raises(InvalidFileError, match=r"shap/Dockerfile: no base image is named"):
        load_containers(containers)["shap"].base_image("eu-west-1")


@pytest.mark.parametrize(("purpose", "accelerator"), [("training", "cpu"), ("training", "gpu"), ("inference", "gpu")])
def test_the_extended_pytorch_image_is_built_on_any_of_awss(containers, purpose, accelerator):
    shutil.copytree(paths.CONTAINERS / "pytorch-extended", containers / "pytorch-extended")
    settings = containers / "pytorch-extended" / "container.yaml"
    settings.write_text(f"base: {{framework: pytorch, purpose: {purpose}, accelerator: {accelerator}}}\n")
    image = load_containers(containers)["pytorch-extended"].build_arguments("eu-west-1")["BASE_IMAGE"]
    assert f"/pytorch-{purpose}:" in image
    assert f"-{accelerator}-" in image


LABEL = re.compile(r"com\.amazonaws\.sagemaker\.capabilities\.([a-z-]+)=true")


@pytest.mark.parametrize("name", sorted(path.parent.name for path in paths.CONTAINERS.glob("*/image.toml")))
def test_an_image_has_the_labels_that_its_folder_names(name: str) -> None:
    folder = paths.CONTAINERS / name
    labels = tomllib.loads((folder / "image.toml").read_text()).get("labels", {})
    assert set(labels) == set(LABEL.findall((folder / "Dockerfile").read_text()))
    serves = any((folder / "programs").glob("serve*"))
    assert ("accept-bind-to-port" in labels) == serves
