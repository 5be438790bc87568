"""What is read of the Docker that a deploy builds with, and what is said where it can't build."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from launchpad.image_builds.docker_engine import DockerEngine, image_problem, read_engine, registry_of
from launchpad.processes.programs import wait_until
from tests.image_builds.conftest import CONTAINERD, OVERLAY, STOPPED

MOVE = 'mv "$FOLDER/started.part" "$FOLDER/started"\n'
INTERRUPTIBLE = """
import sys
from launchpad.image_builds.docker_engine import read_engine
from launchpad.processes import interrupts
interrupts.install()
try:
    read_engine()
except interrupts.Interrupted as error:
    sys.exit(error.exit_code)
"""


@pytest.mark.parametrize(("status", "store"), [(OVERLAY, "graphdriver"), (CONTAINERD, "containerd"), ("", None)])
def test_versions_and_the_image_store_are_read(docker, status, store):
    docker.answers(status=status)
    assert read_engine(docker.variables) == DockerEngine("docker", "28.5.2", "29.0.1", store, "0.30.1", None)


def test_a_missing_client_is_reported_with_a_remedy():
    engine = read_engine({"PATH": "/nowhere"})
    assert engine.client_version is None
    assert "`docker` is not installed: install Docker" in str(engine.problem)


def test_a_stopped_daemon_is_reported_with_dockers_words(docker):
    docker.answers(version=STOPPED, refusal="Cannot connect to the Docker daemon\nIs it running?")
    engine = read_engine(docker.variables)
    assert (engine.client_version, engine.server_version) == ("28.5.2", None)
    assert "start Docker, or set DOCKER_HOST. It said: Cannot connect to the Docker daemon Is" in str(engine.problem)


def test_a_client_without_buildx_is_reported(docker):
    script = docker.folder / "docker"
    script.write_text(script.read_text().replace('cat "$FOLDER/buildx"', "echo 'unknown command' >&2; exit 1"))
    engine = read_engine(docker.variables)
    assert (engine.server_version, engine.buildx_version) == ("29.0.1", None)
    assert "install docker-buildx-plugin" in str(engine.problem)
    assert "unknown command" in str(engine.problem)


def test_a_daemon_that_never_answers_is_reported(docker, monkeypatch):
    monkeypatch.setattr("launchpad.image_builds.docker_engine.ANSWER_SECONDS", 0.2)
    (docker.folder / "docker").write_text("#!/bin/sh\nexec sleep 60\n")
    assert "didn't end within" in str(read_engine(docker.variables).problem)


def test_an_interrupt_ends_docker_too(docker):
    (docker.folder / "docker").write_text('#!/bin/sh\necho $$ >"$FOLDER/started.part"\n' + MOVE + "exec sleep 60\n")
    with subprocess.Popen([sys.executable, "-c", INTERRUPTIBLE], env=docker.variables) as command:
        started = docker.folder / "started"
        assert wait_until(started.exists, seconds=30)
        command.terminate()
        assert command.wait(30) == 143
    with pytest.raises(ProcessLookupError):
        os.kill(int(started.read_text()), 0)


def test_another_program_is_asked_where_the_cdk_takes_one(docker):
    (docker.folder / "docker").rename(docker.folder / "finch")
    docker.answers(version='{"Client": {"Version": "2.1.3"}, "Server": {"Components": []}}')
    engine = read_engine({**docker.variables, "CDK_DOCKER": "finch"})
    assert engine == DockerEngine("finch", "2.1.3", None, None, None, None)
    assert len(docker.calls) == 1


def test_a_base_image_is_read_from_its_registry(docker):
    assert image_problem("python:3.11-slim", docker.variables) is None
    assert docker.calls == ["buildx imagetools inspect python:3.11-slim"]


@pytest.mark.parametrize(
    ("image", "registry"),
    [
        ("python:3.11-slim", "docker.io"),
        ("rocker/r-ver:4", "docker.io"),
        ("localhost/image", "localhost"),
        ("127.0.0.1:5000/image:1", "127.0.0.1:5000"),
        ("public.ecr.aws/docker/library/python:3.11", "public.ecr.aws"),
    ],
)
def test_an_images_registry_is_in_its_name(image, registry):
    assert registry_of(image) == registry
