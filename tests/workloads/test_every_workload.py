"""What every workload that prepares its own data promises; a new folder is checked without a line here."""

import re

import pytest

from launchpad import images
from launchpad.catalogue import load_workload

REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+)==\S+", re.MULTILINE)


def named(requirements: str) -> set[str]:
    """The packages that a requirements.in asks for."""
    lines = (line.partition("#")[0].strip() for line in requirements.splitlines())
    return {re.split(r"[=<>!~;\[ ]", line)[0].lower() for line in lines if line}


def files(folder):
    return {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_file_is_a_valid_workload(workload):
    assert load_workload(workload.folder.name).name == workload.folder.name


@pytest.mark.parametrize(("section", "purpose"), [("training", "training"), ("serving", "inference")])
def test_an_aws_image_is_in_the_lock_for_the_instance_that_is_asked_for(workload, section, purpose):
    image, part = load_workload(workload.folder.name).image, workload.settings[section]
    name = image.framework or image.algorithm
    if name is None:
        pytest.skip("the image is the user's own")
    assert images.resolve(name, image.version, purpose, part["instance"]["type"], "us-east-1")


@pytest.mark.parametrize("kind", ["requirements", "data-requirements"])
def test_requirements_are_locked_by_version_and_hash(workload, kind):
    lock = (workload.folder / f"{kind}.txt").read_text()
    entries = [entry for entry in re.split(r"\n(?=\S)", lock) if not entry.startswith("#")]
    assert [entry for entry in entries if not REQUIREMENT.match(entry) or "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("kind", ["requirements", "data-requirements"])
def test_the_lock_holds_everything_that_was_asked_for(workload, kind):
    asked = named((workload.folder / f"{kind}.in").read_text())
    locked = {name.lower() for name in REQUIREMENT.findall((workload.folder / f"{kind}.txt").read_text())}
    assert asked - locked == set()


@pytest.mark.parametrize("kind", ["requirements", "data-requirements"])
def test_the_lock_names_no_index(workload, kind):
    assert not re.search(r"://|--index|--find-links", (workload.folder / f"{kind}.txt").read_text())


def test_data_fills_a_folder_for_each_channel(workload, prepared_data):
    folder = prepared_data(workload.folder.name)
    channels = set(workload.settings["training"]["channels"])
    assert {path.parts[0] for path in files(folder)} == channels


def test_data_is_the_same_bytes_each_time(workload, prepared_data, tmp_path):
    assert workload.prepare_data(tmp_path).returncode == 0
    assert files(tmp_path) == files(prepared_data(workload.folder.name))


def test_the_training_script_explains_itself_outside_sagemaker(workload):
    result = workload.train("--help")
    assert (result.returncode, result.stderr) == (0, "")


def test_every_hyperparameter_is_an_option_of_the_script(workload):
    help_text = workload.train("--help").stdout
    hyperparameters = workload.settings["training"]["hyperparameters"]
    assert [name for name in hyperparameters if f"--{name}" not in help_text] == []


def test_a_metric_expression_has_one_group_for_the_value(workload):
    metrics = workload.settings["training"]["metrics"]
    assert {re.compile(metric["regex"]).groups for metric in metrics} == {1}
