"""The workloads and images of an environment whose config names them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from launchpad import paths
from launchpad.catalogue import chosen_workloads, load_catalogue, workload_names
from launchpad.catalogue.chosen import FILE, sample_names
from launchpad.catalogue.chosen_containers import chosen_containers
from launchpad.catalogue.pinned_endpoints import load_pins, with_pinned
from launchpad.checks.validation import Folders, Validation
from launchpad.images.containers import container_names
from launchpad.messages.errors import InvalidFileError
from launchpad.settings import EnvironmentSettings, load_environment

PIN = """
endpoints:
  - workload: boston-housing-custom
    model_data: s3://models/boston-housing-custom/models/job-1/0123456789abcdef/model.tar.gz
    model_data_key: arn:aws:kms:eu-west-1:123456789012:key/12345678-1234-1234-1234-123456789012
    instance: {type: ml.m5.large}
"""


@pytest.fixture
def settings(tmp_path):
    """Makes the settings of an environment from the lines of its config."""

    def make(lines: str) -> EnvironmentSettings:
        (tmp_path / "qa.yaml").write_text(f"name: qa\nregion: eu-west-1\n{lines}", "utf-8")
        return load_environment("qa", tmp_path)

    return make


def images(environment: EnvironmentSettings) -> list[str]:
    workloads = load_catalogue(environment).workloads.values()
    return sorted(chosen_containers(environment, workloads, load_pins(environment)))


def test_an_environment_has_the_workloads_that_its_config_names(settings):
    catalogue = load_catalogue(settings("workloads: [karate-club, boston-housing]\n"))
    assert sorted(catalogue.workloads) == ["boston-housing", "karate-club"]


def test_without_the_key_there_is_no_sample_and_no_image(settings):
    assert sorted(load_catalogue(settings("")).workloads) == []
    assert images(settings("")) == []


def test_the_local_environment_has_every_workload_and_image():
    local = load_environment("local")
    assert sorted(load_catalogue(local).workloads) == workload_names()
    assert images(local) == container_names()


def test_every_workload_of_this_repository_is_listed_as_a_sample():
    assert sorted(sample_names()) == workload_names()


def test_a_copy_of_a_sample_runs_everywhere_by_default(settings, tmp_path):
    folder = tmp_path / "workloads"
    (folder / "churn").mkdir(parents=True)
    (folder / "churn" / "workload.yaml").touch()
    shutil.copytree(paths.WORKLOADS / "boston-housing", folder / "boston-housing")
    shutil.copy(paths.WORKLOADS / FILE, folder / FILE)
    assert chosen_workloads(settings(""), folder) == ["churn"]
    assert chosen_workloads(settings("workloads: [boston-housing]\n"), folder) == ["boston-housing"]


def test_a_wrong_list_of_samples_is_reported_with_its_line(settings, tmp_path):
    folder = tmp_path / "workloads"
    folder.mkdir()
    (folder / FILE).write_text("samples: boston-housing\n")
    with pytest.raises(InvalidFileError, match=r"workloads/samples.yaml:1: samples: expected a list"):
        chosen_workloads(settings(""), folder)


def test_a_named_image_is_built_without_a_workload_that_needs_it(settings):
    assert images(settings("containers: [r-custom]\n")) == ["r-custom"]
    with pytest.raises(InvalidFileError, match=r"qa.yaml:3: containers.0: there is no container 'r-custum'; did you"):
        images(settings("containers: [r-custum]\n"))


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("workloads: []\n", []),
        ("workloads: [boston-housing]\n", []),
        ("workloads: [karate-club]\n", ["pytorch-extended"]),
        ("workloads: [direct-marketing-monitored]\n", ["monitoring"]),
        (f"workloads: []{PIN}", ["sklearn-custom"]),
    ],
)
def test_only_images_that_workloads_and_pins_need_are_built(settings, lines, expected):
    assert images(settings(lines)) == expected


@pytest.mark.parametrize(
    ("names", "complaint"),
    [
        ("boston-houzing", r"qa.yaml:3: workloads.0: there is no workload 'boston-houzing'; did you mean"),
        ("karate-club, karate-club", r"qa.yaml:3: workloads.1: 'karate-club' is listed twice; remove one"),
    ],
)
def test_a_wrong_name_is_reported_at_its_line(settings, names, complaint):
    with pytest.raises(InvalidFileError, match=complaint):
        load_catalogue(settings(f"workloads: [{names}]\n"))


def test_validation_tells_a_wrong_name_and_goes_on(settings, tmp_path):
    settings("workloads: [unknown]\n")
    validation = Validation(Folders(config=tmp_path)).all()
    assert [problem.key for problem in validation.problems] == ["workloads.0"]


def test_a_preprocessor_outside_the_environment_is_reported(settings):
    with pytest.raises(InvalidFileError, match="'boston-housing-imputer' is not in this environment: add it to the"):
        load_catalogue(settings("workloads: [boston-housing-imputed]\n"))


def test_what_is_only_pinned_is_served_and_nothing_else(settings):
    pins = load_pins(settings(f"workloads: []{PIN}"))
    served = with_pinned({}, pins)["boston-housing-custom"]
    assert {key for key, section in served.items() if section} == {"name", "serving"}
    listed = {"boston-housing-custom": {"name": "boston-housing-custom"}}
    assert with_pinned(listed, pins) == listed


def test_a_pinned_workload_with_monitoring_must_be_listed(settings):
    pin = PIN.replace("boston-housing-custom", "direct-marketing-monitored")
    assert load_pins(settings(f"workloads: [direct-marketing-monitored]{pin}"))
    with pytest.raises(InvalidFileError, match=r"qa.yaml:5: endpoints.0.workload: .* has a `monitoring` section"):
        load_pins(settings(f"workloads: []{pin}"))


def test_a_workload_is_checked_only_where_it_runs(tmp_path: Path, settings):
    settings("workloads: [boston-housing]\n")
    assert not Validation(Folders(config=tmp_path)).only(["boston-housing-serverless"]).problems
