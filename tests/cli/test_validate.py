"""`launchpad validate`: all mistakes at once, each with its file and line."""

from __future__ import annotations

import shutil

import pytest

from tests.cli.messages import one_message


def test_every_mistake_of_every_workload_is_reported_with_file_and_line(launchpad, checkout):
    for name, old, new in (
        ("one", "max_runtime_minutes: 60", "max_runtime_minuts: 60"),
        ("two", "type: ml.m5.large, count: 1, v", "type: ml.m5.lrge, count: 1, v"),
        ("three", "entry_point: inference.py", "entry_point: inferense.py"),
    ):
        launchpad("new", name)
        path = checkout / "workloads" / name / "workload.yaml"
        path.write_text(path.read_text().replace(old, new, 1))
    message = one_message(launchpad("validate"))
    assert "workloads/one/workload.yaml:19: training.max_runtime_minuts: unknown key; did you mean" in message
    assert (
        "workloads/two/workload.yaml:18: training.instance.type: SageMaker has no instance type 'ml.m5.lrge'" in message
    )
    assert "workloads/three/workload.yaml:42: serving.entry_point: there is no file 'inferense.py'" in message
    assert "two" not in one_message(launchpad("validate", "one"))


def test_a_mistake_in_a_config_is_reported_with_file_and_line(launchpad, checkout):
    shutil.rmtree(checkout / "config")
    (checkout / "config").mkdir()
    (checkout / "config" / "dev.yaml").write_text("name: dev\nregion: eu-west-1\nretain_dta: false\n")
    assert "config/dev.yaml:3: retain_dta: unknown key; did you mean 'retain_data'?" in one_message(
        launchpad("validate")
    )


@pytest.fixture
def own_config(checkout):
    """An empty config folder of the checkout's own."""
    shutil.rmtree(checkout / "config")
    (checkout / "config").mkdir()
    return checkout / "config"


def test_a_broken_file_does_not_hide_the_mistakes_of_others(launchpad, checkout, own_config):
    (own_config / "dev.yaml").write_text("name: dev\nregion: eu-west-1\n")
    (own_config / "qa.yaml").write_text("name: qa\nregion: eu-west-1\ntags: &a [*a]\n")
    (own_config / "prices.yaml").write_text("prices: {ml.g5.xlarge: -1}\n")
    for name, old, new in (
        ("one", "{framework: sklearn}", "{framework: sklern}"),
        ("two", "name: two", "name: two\x00"),
    ):
        launchpad("new", name)
        path = checkout / "workloads" / name / "workload.yaml"
        path.write_text(path.read_text().replace(old, new, 1))
    message = one_message(launchpad("validate"))
    assert [line.partition(" mean ")[0] for line in message.splitlines()] == [
        "error: config/qa.yaml:3: the anchor here contains itself; write the values out",
        "config/prices.yaml:1: prices.ml.g5.xlarge: should be greater than or equal to 0, not -1",
        "workloads/one/workload.yaml:4: image.framework: no framework 'sklern'; did you",
        "workloads/two/workload.yaml:2: not valid YAML: the character U+0000 can't stand here; remove it",
    ]


def test_a_pin_without_a_workload_is_a_mistake_of_the_config(launchpad, own_config):
    pin = "endpoints: [{workload: wine, model_data: 's3://models/model.tar.gz'}]"
    (own_config / "dev.yaml").write_text(f"name: dev\nregion: eu-west-1\n{pin}\n")
    assert "config/dev.yaml:3: endpoints.0.workload: there is no workload 'wine'" in one_message(launchpad("validate"))


def test_a_config_with_another_ending_is_not_ignored(launchpad, own_config):
    (own_config / "qa.yml").write_text("name: qa\nregion: eu-west-1\n")
    assert "config/qa.yml: is ignored; rename it to qa.yaml" in one_message(launchpad("validate"))
    assert "no environment 'qa'; rename qa.yml to qa.yaml" in one_message(launchpad("status", "--env", "qa"))


def test_a_link_or_folder_in_place_of_a_config_is_named(launchpad, own_config):
    (own_config / "link.yaml").symlink_to("nowhere")
    (own_config / "folder.yaml").mkdir()
    message = one_message(launchpad("validate"))
    assert "config/folder.yaml: this is a folder; write a file instead" in message
    assert "config/link.yaml: this link leads nowhere; remove it" in message


def test_a_config_whose_name_no_environment_can_have_is_renamed(launchpad, own_config):
    (own_config / "my env.yaml").write_text("name: dev\nregion: eu-west-1\n")
    assert "can't name an environment: rename the file to dev.yaml" in one_message(launchpad("validate"))


def test_a_path_longer_than_a_file_can_have_is_reported_with_its_line(launchpad, checkout):
    launchpad("new", "long")
    path = checkout / "workloads" / "long" / "workload.yaml"
    path.write_text(path.read_text().replace("entry_point: train.py", f"entry_point: {'x' * 300}", 1))
    message = one_message(launchpad("validate"))
    assert "long/workload.yaml:17: training.entry_point: a file's name has at most 255 bytes" in message


def test_a_framework_version_that_the_lock_lacks_is_reported(launchpad, checkout):
    launchpad("new", "old")
    path = checkout / "workloads" / "old" / "workload.yaml"
    path.write_text(path.read_text().replace("{framework: sklearn}", '{framework: sklearn, version: "0.1"}'))
    assert "no sklearn 0.1 for training in the image lock" in one_message(launchpad("validate"))


def test_environments_with_the_same_addresses_are_noted_once(launchpad, own_config):
    for name, cidr in (("dev", "10.20.0.0/16"), ("qa", "10.20.128.0/20"), ("prod", "10.21.0.0/16")):
        (own_config / f"{name}.yaml").write_text(f"name: {name}\nregion: eu-west-1\nnetwork: {{cidr: {cidr}}}\n")
    (own_config / "local.yaml").write_text("name: local\nregion: us-east-1\n")
    result = launchpad("validate")
    assert (result.returncode, result.stdout) == (0, "4 files checked: all good\n")
    assert " ".join(result.stderr.split()).startswith(
        "the networks of dev and qa overlap: before the first deploy, write"
    )


def test_environments_apart_bring_no_note(launchpad, own_config):
    (own_config / "dev.yaml").write_text("name: dev\nregion: eu-west-1\n")
    (own_config / "qa.yaml").write_text("name: qa\nregion: eu-west-1\nnetwork: {cidr: 10.21.0.0/16}\n")
    assert launchpad("validate").stderr == ""


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("ml.m5.large: cheap", "prices.ml.m5.large: should be a valid number, not 'cheap'; write a number, without"),
        ("ml.m5.large: .inf", "prices.ml.m5.large: should be a finite number, not"),
        ("ml.m5.large: .nan", "prices.ml.m5.large: should be"),
        ("ml.m5.large: true", "prices.ml.m5.large: should be a valid number, not True"),
        ("m5.large: 0.1", "prices.m5.large: SageMaker has no instance type 'm5.large' for this; did you mean 'ml.m5"),
    ],
)
def test_a_price_that_is_none_is_reported(launchpad, own_config, line, complaint):
    (own_config / "prices.yaml").write_text(f"prices:\n  {line}\n")
    assert f"config/prices.yaml:2: {complaint}" in one_message(launchpad("validate"))


@pytest.mark.parametrize("name", ["prod", "production", "prd", "prodeu", "live2"])
def test_every_production_environment_keeps_its_data(launchpad, own_config, name):
    (own_config / f"{name}.yaml").write_text(f"name: {name}\nregion: eu-west-1\nretain_data: false\n")
    message = f"config/{name}.yaml:3: retain_data: production must keep its data; remove the line or write `true`"
    assert message in one_message(launchpad("validate"))


def test_an_unknown_region_is_reported_once_at_its_line(launchpad, own_config):
    launchpad("new", "one")
    (own_config / "dev.yaml").write_text("name: dev\nregion: eu-west-9\n")
    (line,) = one_message(launchpad("validate")).splitlines()
    assert line.startswith("error: config/dev.yaml:2: region: AWS has no region 'eu-west-9'; did you mean 'eu-west-")


def test_a_script_that_python_cannot_read_is_reported_with_its_line(launchpad, checkout):
    launchpad("new", "one")
    script = checkout / "workloads" / "one" / "src" / "train.py"
    script.write_text("import os\nif True\n    pass\n")
    assert "workloads/one/src/train.py:2: Python 3." in one_message(launchpad("validate", "one"))


def test_a_container_without_an_image_file_is_reported(launchpad, checkout):
    folder = checkout / "containers" / "box"
    folder.mkdir(parents=True)
    (folder / "Dockerfile").write_text("FROM scratch\n")
    assert "containers/box/image.toml: there is no such file" in one_message(launchpad("validate"))
