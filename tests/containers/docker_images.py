"""Builds images with Docker, and asks it about them. Base images are the true ones wherever the engine can pull them.

An engine that `tools/docker-engine` started can't: there, stand-ins take their names. AWS's own framework images, which
need a login, are stood in for by the images that the runtime `docker` makes for them.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from launchpad import paths
from launchpad.containers import Container, load_containers

REPOSITORY = "launchpad/tests"
REGION = "us-east-1"
BUILD_SECONDS = 600
STAND_IN_BASE = "python:3.11-slim-bookworm"
TOOL = paths.ROOT / "tools" / "docker-engine"
_FIRST_BASE = re.compile(r"^\s*(?:ARG\s+BASE_IMAGE=|FROM\s+)([^\s$]+)", re.MULTILINE)


@dataclass(frozen=True)
class Built:
    """An image, and what it took."""

    uri: str
    seconds: float
    megabytes: float


def docker(*arguments: object, seconds: float = 120, **options: Any) -> str:
    """Run a command of Docker's; its output. Raises `AssertionError` with what it said."""
    done = subprocess.run(["docker", *map(str, arguments)], capture_output=True, text=True, timeout=seconds, **options)
    words = " ".join(map(str, arguments[:2]))
    assert done.returncode == 0, f"docker {words} failed:\n{(done.stdout + done.stderr)[-4000:]}"
    return done.stdout.strip()


def answers() -> bool:
    """Whether there is a Docker engine."""
    return bool(shutil.which("docker")) and subprocess.run(["docker", "info"], capture_output=True).returncode == 0


@cache
def build(name: str, folder: Path = paths.CONTAINERS, base: str | None = None) -> Built:
    """Build the image of a folder, as `cdk deploy` does."""
    container = load_containers(folder)[name]
    arguments = [f"BASE_IMAGE={base or base_image(container)}"]
    options = [part for argument in arguments for part in ("--build-arg", argument)]
    uri = f"{REPOSITORY}/{name}:latest"
    begun = time.monotonic()
    docker(
        "build", "--quiet", "--platform", "linux/amd64", *options, "--tag", uri, container.folder, seconds=BUILD_SECONDS
    )
    return Built(uri, time.monotonic() - begun, int(inspect(uri)["Size"]) / 1e6)


def base_image(container: Container) -> str:
    """What its Dockerfile begins with here: the true base image, or what stands in for it."""
    if given := container.build_arguments(REGION).get("BASE_IMAGE"):
        return stand_in(given)
    found = _FIRST_BASE.search((container.folder / "Dockerfile").read_text())
    assert found, f"{container.folder}/Dockerfile: begin it with `ARG BASE_IMAGE=...` and `FROM ${{BASE_IMAGE}}`"
    subprocess.run([TOOL, "base", found[1]], check=True, timeout=BUILD_SECONDS)
    return found[1]


@cache
def stand_in(uri: str) -> str:
    """One of AWS's own images where this machine may pull it, else one with the same packages."""
    if not subprocess.run(["docker", "pull", "--quiet", uri], capture_output=True).returncode:
        return uri
    subprocess.run([TOOL, "base", STAND_IN_BASE], check=True, timeout=BUILD_SECONDS)
    python = paths.ROOT / ".venv-local-aws" / "bin" / "python"
    command = [python, "-m", "local_aws.runtimes.docker_engine.stand_ins", uri]
    done = subprocess.run(command, cwd=paths.ROOT, capture_output=True, text=True, timeout=BUILD_SECONDS)
    assert done.returncode == 0, f"nothing stands in for {uri}:\n{done.stderr[-4000:]}"
    return done.stdout.strip()


def inspect(uri: str) -> dict[str, Any]:
    """What `docker image inspect` says."""
    (image,) = json.loads(docker("image", "inspect", uri))
    return dict(image)


@cache
def user_number(uri: str, name: str) -> int:
    """The number of a user in the image."""
    return int(docker("run", "--rm", "--entrypoint", "id", uri, "-u", name))


@contextlib.contextmanager
def running(uri: str, *words: str, model: Path) -> Iterator[str]:
    """Run an image as SageMaker does, with a network of its own and a copy of a model; yields the container's id."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(model, f"{folder}/model")
        subprocess.run(["chmod", "-R", "a+rX", folder], check=True)
        container = docker("run", "--detach", "--network", "none", "--volume", f"{folder}:/opt/ml", uri, *words)
        try:
            yield container
        finally:
            docker("rm", "--force", container)
