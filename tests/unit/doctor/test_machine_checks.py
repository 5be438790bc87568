"""This machine and Docker: what a deploy needs before it asks AWS for anything."""

from __future__ import annotations

import json
import shutil
from collections import namedtuple

import pytest

from launchpad.doctor import docker, machine
from launchpad.image_builds.assembly_images import AssemblyImage
from launchpad.image_builds.docker_engine import DockerEngine
from launchpad.images.manifests import RUNNABLE_MEDIA_TYPE
from tests.unit.doctor.conftest import only

Usage = namedtuple("Usage", "total used free")
WORKING = DockerEngine("docker", "29.1.2", "29.1.2", "containerd", "0.30.1", None)
BROKEN = DockerEngine("docker", "29.1.2", None, None, None, "Docker's daemon doesn't answer: start Docker")


IMAGES = [AssemblyImage(f"launchpad/dev/{name}", "1a2b", frozenset()) for name in ("r", "toolkit")]
EXISTS = {"imageDetails": [{"imageManifestMediaType": RUNNABLE_MEDIA_TYPE}]}
OCI = "application/vnd.oci.image.manifest.v1+json"


@pytest.mark.parametrize(("version", "verdict"), [((3, 10, 14), "problem"), ((3, 11, 0), "ok"), ((4, 0, 0), "ok")])
def test_python_is_compared_with_the_oldest(version, verdict):
    finding = only(machine.python(version))
    assert (str(finding.status), finding.text.startswith(".".join(map(str, version)))) == (verdict, True)


def test_node_of_make_setup_runs():
    finding = only(machine.node())
    assert (str(finding.status), finding.text[0]) == ("ok", "v")


def test_a_missing_node_is_a_problem(monkeypatch):
    monkeypatch.setattr(machine.importlib.util, "find_spec", lambda _name: None)
    finding = only(machine.node())
    assert (str(finding.status), finding.remedy) == ("problem", "run `make setup`")


@pytest.mark.parametrize(
    ("installed", "locked", "verdict"), [("2.1", "2.1", "ok"), ("2.0", "2.1", "warning"), (None, "2.1", "problem")]
)
def test_the_cdk_cli_is_compared_with_the_lock(tmp_path, installed, locked, verdict):
    if installed:
        folder = tmp_path / "node_modules" / "aws-cdk"
        folder.mkdir(parents=True)
        (folder / "package.json").write_text(json.dumps({"version": installed}))
    lock = {"packages": {"node_modules/aws-cdk": {"version": locked}}}
    (tmp_path / "package-lock.json").write_text(json.dumps(lock))
    assert str(only(machine.cdk_cli(tmp_path)).status) == verdict


@pytest.mark.parametrize(
    ("free", "images", "verdict"),
    [(10**8, [], "problem"), (2 * 10**9, [], "warning"), (10**10, [], "ok"), (10**10, IMAGES, "warning")],
)
def test_building_images_takes_more_room(deploy, monkeypatch, free, images, verdict):
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(10**12, 0, free))
    assert str(only(machine.disk(deploy(images=images))).status) == verdict


def test_a_failed_synth_is_a_problem_with_its_reason(deploy):
    finding = only(machine.templates(deploy(synth_failure="config/dev.yaml:3: no")))
    assert (str(finding.status), finding.text) == ("problem", "config/dev.yaml:3: no")


def test_docker_is_not_needed_without_images(deploy, monkeypatch):
    monkeypatch.setattr(docker, "read_engine", lambda _variables: pytest.fail("asked"))
    assert str(only(docker.engine(deploy())).status) == "ok"


def test_a_working_engine_is_named_with_its_image_store(deploy, monkeypatch):
    monkeypatch.setattr(docker, "read_engine", lambda _variables: WORKING)
    finding = only(docker.engine(deploy(images=IMAGES)))
    assert finding.text == "daemon 29.1.2, client 29.1.2, buildx 0.30.1, image store containerd"


@pytest.mark.parametrize(
    ("answers", "verdict", "text"),
    [
        ([EXISTS, EXISTS], "ok", "all 2 images are in Amazon ECR"),
        ([EXISTS, "ImageNotFoundException"], "problem", "To build: toolkit"),
        (["RepositoryNotFoundException", "RepositoryNotFoundException"], "problem", "To build: r, toolkit"),
        (["ExpiredTokenException"], "warning", "could not be asked"),
    ],
)
def test_without_docker_only_a_missing_image_is_a_problem(deploy, monkeypatch, answers, verdict, text):
    monkeypatch.setattr(docker, "read_engine", lambda _variables: BROKEN)
    calls = [("describe_images", answer) for answer in answers]
    finding = only(docker.engine(deploy({"ecr": calls}, images=IMAGES)))
    assert str(finding.status) == verdict
    assert text in finding.text


def test_an_image_that_sagemaker_does_not_run_has_a_remedy(deploy):
    oci = {"imageDetails": [{"imageManifestMediaType": OCI}]}
    finding = only(
        docker.pushed(deploy({"ecr": [("describe_images", EXISTS), ("describe_images", oci)]}, images=IMAGES))
    )
    assert (str(finding.status), finding.text) == ("problem", f"SageMaker doesn't run toolkit in the format {OCI}")
    assert "--repository-name launchpad/dev/toolkit --image-ids imageTag=1a2b" in finding.remedy
    assert "docker image rm --force cdkasset-1a2b" in finding.remedy


def test_images_in_a_good_format_are_counted(deploy):
    answers = {"ecr": [("describe_images", EXISTS), ("describe_images", "ImageNotFoundException")]}
    assert only(docker.pushed(deploy(answers, images=IMAGES))).text.startswith("1 of 2 exist")
