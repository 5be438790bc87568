"""Every mistake in a config or workload file is reported with its file, its line, its key and a remedy."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from launchpad import paths
from launchpad.catalogue import load_catalogue, load_workload, workload_names
from launchpad.messages.errors import InvalidFileError, LaunchpadError
from launchpad.settings import environment_names, load_environment

MINIMAL = """\
name: dev
region: eu-west-1
"""

WORKLOAD = """\
name: demo
description: A workload for tests.
image: {framework: sklearn}
training:
  entry_point: train.py
  instance: {type: ml.m5.large}
  hyperparameters: {alpha: 0.1}
  channels:
    training: {prefix: demo/training}
  metrics:
    - {name: r2, regex: "R2: ([0-9.]+)"}
serving:
  entry_point: inference.py
  instance: {type: ml.m5.large}
quality_gate: {metric: r2, at_least: 0.5}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "dev.yaml").write_text(MINIMAL)
    return tmp_path


@pytest.fixture
def workloads(tmp_path: Path) -> Path:
    source = tmp_path / "demo" / "src"
    source.mkdir(parents=True)
    (tmp_path / "demo" / "workload.yaml").write_text(WORKLOAD)
    (source / "train.py").write_text("print('R2: 1')\n")
    (source / "inference.py").write_text("def model_fn(path): ...\n")
    return tmp_path


def replaced(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_the_environments_of_the_mission_are_there_and_valid():
    assert {"local", "dev", "staging", "prod"} <= set(environment_names())
    for name in environment_names():
        assert load_environment(name).name == name


def test_two_lines_are_an_environment_with_safe_defaults(config):
    settings = load_environment("dev", config)
    assert (settings.retain_data, settings.direct_deploy) == (True, False)


def test_settings_cant_be_changed_after_they_were_read(config):
    with pytest.raises(ValueError, match="frozen"):
        load_environment("dev", config).region = "us-east-1"


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("regoin: eu-west-1", r"dev.yaml:3: regoin: unknown key; did you mean 'region'\?"),
        ("account: 123456789012", r"dev.yaml:3: account: .*valid string"),
        ("account: '1234'", r"dev.yaml:3: account: write 12 digits in quotes, not '1234'"),
        ("log_retention_days: 8", r"dev.yaml:3: log_retention_days: .*not 8"),
        ("retain_data: perhaps", r"dev.yaml:3: retain_data: .*valid boolean.*not 'perhaps'"),
        ("direct_deploy: [1]", r"dev.yaml:3: direct_deploy: .*valid boolean"),
        ("tags: {team: 1}", r"dev.yaml:3: tags.team: .*valid string.*not 1"),
        ("name: dev", r"dev.yaml:3: not valid YAML: found duplicate key"),
        ("a: [1", r"dev.yaml:\d: not valid YAML"),
    ],
)
def test_a_wrong_line_in_a_config_names_file_line_key_and_remedy(config, line, complaint):
    (config / "dev.yaml").write_text(f"{MINIMAL}{line}\n")
    with pytest.raises(InvalidFileError) as error:
        load_environment("dev", config)
    assert re.search(complaint, str(error.value)), str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("name: dev", "name: Dev", r"dev.yaml:1: name: use 2 to 10 lower-case letters and digits, not 'Dev'"),
        ("name: dev", "name: staging", r"dev.yaml:1: name: must equal the file's name: write `name: dev`"),
        ("region: eu-west-1", "region: europe", r"dev.yaml:2: region: write a region such as eu-west-1, not 'europe'"),
        ("region: eu-west-1\n", "", r"dev.yaml:1: region: this key is required"),
    ],
)
def test_a_wrong_value_in_a_config_names_file_line_key_and_remedy(config, old, new, complaint):
    replaced(config / "dev.yaml", old, new)
    with pytest.raises(InvalidFileError) as error:
        load_environment("dev", config)
    assert re.search(complaint, str(error.value)), str(error.value)


def test_production_that_would_delete_data_is_refused(config):
    (config / "prod.yaml").write_text("name: prod\nregion: eu-west-1\nretain_data: false\n")
    with pytest.raises(InvalidFileError, match=r"prod.yaml:3: retain_data: production must keep its data"):
        load_environment("prod", config)


@pytest.mark.parametrize("name", ["staging", "stg2", "prod", "preprod", "prd", "live"])
def test_a_reviewed_environment_takes_no_working_copies(config, name):
    text = f"name: {name}\nregion: eu-west-1\ndirect_deploy: true\nworking_copies: true\n"
    (config / f"{name}.yaml").write_text(text)
    with pytest.raises(InvalidFileError, match=rf"{name}.yaml:4: working_copies: staging and production run what was"):
        load_environment(name, config)


@pytest.mark.parametrize(
    ("name", "lines", "taken"),
    [
        ("dev", "direct_deploy: true\n", True),
        ("dev", "", False),
        ("dev", "direct_deploy: true\nworking_copies: false\n", False),
        ("team", "direct_deploy: true\n", False),
        ("team", "direct_deploy: true\nworking_copies: true\n", True),
    ],
)
def test_only_a_place_to_try_out_takes_working_copies(config, name, lines, taken):
    (config / f"{name}.yaml").write_text(f"name: {name}\nregion: eu-west-1\n{lines}")
    assert load_environment(name, config).takes_working_copies is taken


def test_an_unknown_environment_is_reported_with_the_nearest_one(config):
    with pytest.raises(LaunchpadError, match="no environment 'deb'; did you mean 'dev'"):
        load_environment("deb", config)


def test_every_workload_of_the_repository_is_valid_in_every_environment():
    for name in environment_names():
        environment = load_environment(name).model_copy(update={"workloads": tuple(workload_names())})
        assert sorted(load_catalogue(environment).workloads) == workload_names()


def test_an_unknown_workload_is_reported_with_the_known_ones(workloads):
    with pytest.raises(LaunchpadError, match="no workload 'xyz'; known workloads: demo"):
        load_workload("xyz", workloads)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("  hyperparameters:", "  hyperparameter:", r"workload.yaml:7: training.hyperparameter: unknown key; did you"),
        ("name: demo", "name: other", r"workload.yaml:1: name: must equal the folder's name: write `name: demo`"),
        ("name: demo", "name: De_mo", r"workload.yaml:1: name: use lower-case letters, digits and inner hyphens"),
        ("{framework: sklearn}", "{}", r"workload.yaml:3: image: write exactly one of framework, container"),
        ("{framework: sklearn}", "{framework: sklern}", r"workload.yaml:3: image.framework: .*did you mean 'sklearn'"),
        ("{framework: sklearn}", "{uri: python}", r"workload.yaml:3: image.uri: write ACCOUNT.dkr.ecr"),
        ("ml.m5.large", "ml.m5.larg", r"workload.yaml:6: training.instance.type: .*did you mean 'ml.m5.large'"),
        ("ml.m5.large}", "ml.m5.large, count: 0}", r"workload.yaml:6: training.instance.count: .*not 0"),
        ("train.py", "trian.py", r"workload.yaml:5: training.entry_point: there is no file 'trian.py' in 'src'"),
        ("train.py", "../train.py", r"workload.yaml:5: training.entry_point: .*relative path without"),
        ("demo/training", "/demo", r"workload.yaml:9: training.channels.training.prefix: write a folder such as a/b"),
        ("{prefix: demo/training}", "{}", r"workload.yaml:9: training.channels.training: write exactly one of prefix"),
        ("([0-9.]+)", "[0-9.]+", r"workload.yaml:11: training.metrics.0.regex: needs exactly one group"),
        ("alpha: 0.1", "alpha: [1, 2]", r"workload.yaml:7: training.hyperparameters.alpha: must be one value"),
        ("alpha: 0.1", "sagemaker_program: x", r"workload.yaml:7: training.hyperparameters: sagemaker_program"),
        ("metric: r2", "metric: auc", r"quality_gate.metric 'auc' is not among training.metrics"),
        (", at_least: 0.5", "", r"workload.yaml:15: quality_gate: write exactly one of at_least and at_most"),
    ],
)
def test_a_mistake_in_a_workload_names_file_line_key_and_remedy(workloads, old, new, complaint):
    replaced(workloads / "demo" / "workload.yaml", old, new)
    with pytest.raises(InvalidFileError) as error:
        load_catalogue(load_environment("staging"), workloads)
    assert re.search(complaint, str(error.value)), str(error.value)


def test_all_mistakes_of_all_workloads_are_reported_at_once(workloads):
    shutil.copytree(workloads / "demo", workloads / "other")
    replaced(workloads / "demo" / "workload.yaml", "alpha: 0.1", "alpha: {}")
    with pytest.raises(InvalidFileError) as error:
        load_catalogue(load_environment("staging"), workloads)
    assert {problem.path.parent.name for problem in error.value.problems} == {"demo", "other"}


def test_requirements_of_an_isolated_job_are_refused(workloads):
    (workloads / "demo" / "src" / "requirements.txt").write_text("pandas\n")
    with pytest.raises(InvalidFileError, match=r"training\.network_isolation: src/requirements\.txt is installed"):
        load_workload("demo", workloads)


def test_an_image_that_a_region_lacks_is_reported_at_the_workloads_line(workloads):
    replaced(workloads / "demo" / "workload.yaml", "sklearn}", "sklearn, version: '0.1'}")
    with pytest.raises(InvalidFileError, match=r"workload.yaml:3: image: .*0\.1"):
        load_catalogue(load_environment("staging"), workloads)


def test_the_same_scripts_are_packaged_to_the_same_bytes_wherever_they_lie(workloads, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(workloads / "demo", elsewhere / "demo")
    (elsewhere / "demo" / "src" / "__pycache__").mkdir()
    (elsewhere / "demo" / "src" / "__pycache__" / "train.pyc").write_bytes(b"x")
    settings = load_environment("staging")
    first, second = load_catalogue(settings, workloads), load_catalogue(settings, elsewhere)
    assert first == second


def test_the_paths_of_a_checkout_exist():
    assert paths.CONFIG.is_dir()
    assert paths.WORKLOADS.is_dir()
