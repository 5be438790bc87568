"""What a synth refuses, `launchpad validate` refuses with the same words, and neither knows more than the other."""

from __future__ import annotations

import shutil
from pathlib import Path

import aws_cdk as cdk
import pytest

from launchpad import paths
from launchpad.checks.validation import Folders, Validation
from launchpad.messages.errors import InvalidFileError
from launchpad.settings import load_environment
from stacks.platform import Platform

KEY = "arn:aws:kms:eu-west-1:210987654321:key/01234567-89ab-cdef-0123-456789abcdef"
MODEL = "s3://models-of-a-team/boston-housing/models/job/0123456789abcdef/model.tar.gz"
PIN = f"endpoints:\n  - workload: boston-housing\n    model_data: {MODEL}\n"
PACKAGE_PIN = (
    "endpoints:\n  - workload: boston-housing\n"
    "    model_package: arn:aws:sagemaker:eu-west-1:123456789012:model-package/{}/7\n"
)
OUTPUT = "s3://models/boston-housing/jobs/job/output/model.tar.gz"
LONG_TAGS = ", ".join(f"{'k' * 100}{number}: {'v' * 100}" for number in range(20))
LIMIT = "instance_limits:\n  types: {ml.m5.large: 0}\n"

CONFIGS = {
    "a pin of no workload": (
        PIN.replace("workload: boston-housing", "workload: boston-hosing"),
        "config/prod.yaml:4: endpoints.0.workload: there is no workload 'boston-hosing'; did you mean",
    ),
    "an arm instance for an x86 image": (
        f"{PIN}    instance: {{type: ml.c7g.large}}\n",
        "config/prod.yaml:6: endpoints.0.instance.type: ml.c7g.large has Graviton (arm64) processors",
    ),
    "a training job's output": (
        PIN.replace(MODEL, OUTPUT),
        "config/prod.yaml:5: endpoints.0.model_data: is a training job's output, without the scripts that serve it",
    ),
    "a model of another workload": (
        PIN.replace("/boston-housing/", "/fashion-mnist/"),
        "config/prod.yaml:5: endpoints.0.model_data: is a model of 'fashion-mnist'; write one of 'boston-housing'",
    ),
    "a job's output of another workload": (
        PIN.replace(MODEL, OUTPUT.replace("boston-housing", "fashion-mnist")),
        "config/prod.yaml:5: endpoints.0.model_data: is a model of 'fashion-mnist'; write one of 'boston-housing'",
    ),
    "a package of another workload": (
        PACKAGE_PIN.format("dev-fashion-mnist"),
        "config/prod.yaml:5: endpoints.0.model_package: is a version of group 'dev-fashion-mnist'; write one of",
    ),
    "a package of a group without an environment": (
        PACKAGE_PIN.format("boston-housing"),
        "config/prod.yaml:5: endpoints.0.model_package: is a version of group 'boston-housing'; write one of group",
    ),
    "a package of another environment": (
        PACKAGE_PIN.format("dev-boston-housing"),
        "whose artifact this environment's role may not read; `launchpad promote` pins a copy of it, or write a",
    ),
    "a pin beyond the instance limit": (
        f"{PIN}    instance: {{type: ml.m5.xlarge, count: 3}}\ninstance_limits:\n  types: {{ml.m5.xlarge: 2}}\n",
        "config/prod.yaml:6: endpoints.0.instance: asks for 3 of ml.m5.xlarge at once",
    ),
    "a workload beyond the instance limit": (
        LIMIT,
        "workload.yaml:9: training.instance.count: asks for 1 of ml.m5.large at once, environment 'prod' allows none",
    ),
    "tags that a function's variables can't hold": (
        f"tags: {{{LONG_TAGS}}}\n",
        "config/prod.yaml:3: tags: the functions' environment variables would have",
    ),
    "a region without AWS's images": (
        None,
        "config/prod.yaml:2: region: AWS has no image sklearn",
    ),
}


def checkout(root: Path, config: str | None, workloads: tuple[str, ...] = ("boston-housing",)) -> Folders:
    """A checkout with copies of one workload, and one environment."""
    region = "eu-west-1" if config is not None else "mx-central-1"
    (root / "config").mkdir()
    (root / "config" / "prod.yaml").write_text(f"name: prod\nregion: {region}\n{config or ''}")
    (root / "containers").mkdir()
    for name in workloads:
        shutil.copytree(paths.WORKLOADS / "boston-housing", root / "workloads" / name)
        path = root / "workloads" / name / "workload.yaml"
        path.write_text(path.read_text().replace("name: boston-housing", f"name: {name}"))
    return Folders(root / "config", root / "workloads", root / "containers")


def refusals(folders: Folders) -> tuple[list[str], list[str]]:
    """What validate and a synth say."""
    validated = [str(problem) for problem in Validation(folders).all().problems]
    with pytest.raises(InvalidFileError) as error:
        Platform(cdk.App(), load_environment("prod", folders.config), folders.workloads, folders.containers)
    return validated, [str(problem) for problem in error.value.problems]


@pytest.mark.parametrize(("config", "message"), CONFIGS.values(), ids=CONFIGS)
def test_validate_refuses_what_a_synth_refuses(tmp_path, monkeypatch, config, message):
    monkeypatch.chdir(tmp_path)
    validated, synthesized = refusals(checkout(tmp_path, config))
    assert validated == synthesized
    assert any(message in line for line in validated), validated


def test_a_region_without_images_is_one_mistake_of_the_config(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    validated, synthesized = refusals(checkout(tmp_path, None, ("boston-housing", "second", "third")))
    assert validated == synthesized
    assert len(validated) == len({line for line in validated if line.startswith("config/prod.yaml:2: region: ")}) <= 2


def test_more_pins_than_a_roles_policies_can_hold_are_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = tuple(f"model-{number}" for number in range(30))
    pins = "".join(
        f"  - workload: {name}\n    model_data: {MODEL.replace('boston-housing', name)}\n    model_data_key: {KEY}\n"
        for name in names
    )
    validated, synthesized = refusals(checkout(tmp_path, f"endpoints:\n{pins}", names))
    assert validated == synthesized
    assert "config/prod.yaml:3: endpoints: the serving role's policies would have" in validated[0]
    assert "characters, and IAM allows 10240: write fewer pinned models" in validated[0]


PIPELINES = {
    "schedules of names that differ in hyphens": (
        "schedule: rate(7 days)",
        "workloads/ab/workload.yaml:{}: pipeline.schedule: 'a-b' has a schedule too, and its name differs only in",
    ),
}


@pytest.mark.parametrize(("pipeline", "message"), PIPELINES.values(), ids=PIPELINES)
def test_pipelines_that_would_be_one_are_refused(tmp_path, monkeypatch, pipeline, message):
    monkeypatch.chdir(tmp_path)
    folders = checkout(tmp_path, "", ("a-b", "ab"))
    for name in ("a-b", "ab"):
        path = folders.workloads / name / "workload.yaml"
        path.write_text(f"{path.read_text()}pipeline: {{{pipeline}}}\n")
    line = len((folders.workloads / "ab" / "workload.yaml").read_text().splitlines())
    validated, synthesized = refusals(folders)
    assert validated == synthesized
    assert message.format(line) in validated[0]


def test_a_base_image_that_the_region_lacks_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folders = checkout(tmp_path, "containers: [mine]\n")
    (folders.containers / "mine").mkdir()
    (folders.containers / "mine" / "Dockerfile").write_text("ARG BASE_IMAGE\nFROM $BASE_IMAGE\n")
    (folders.containers / "mine" / "container.yaml").write_text("base: {framework: sklearn, version: '0.1'}\n")
    (folders.containers / "mine" / "image.toml").touch()
    validated, synthesized = refusals(folders)
    assert validated == synthesized
    assert "containers/mine/container.yaml:1: base: no sklearn 0.1 for training" in validated[0]
