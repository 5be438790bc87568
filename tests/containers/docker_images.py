"""Builds images with Docker, and asks it about them. Base images are the true ones wherever the engine can pull them.

An engine that `tools/docker-engine` started can't: there, stand-ins take their names. AWS's own framework images, which
need a login, are stood in for by the images that the runtime `docker` makes for them. Note: builds are begun
before they are asked for, two at once, since most of a build waits for the network.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from launchpad import paths
from launchpad.images.containers import Container, load_containers

REPOSITORY = "launchpad/tests"
REGION = "us-east-1"
BUILD_SECONDS = 600
STAND_IN_BASE = "python:3.11-slim-bookworm"
TOOL = paths.ROOT / "tools" / "docker-engine"


@dataclass(frozen=True)
class Built:
    """An image, and what it took."""

    uri: str
    seconds: float
    megabytes: float


def docker(*arguments: object, seconds: float = 120, **options: Any) -> str:
    """Run a command of Docker's; its output. Raises `AssertionError` with what it said."""
    result = subprocess.run(
        ["docker", *map(str, arguments)], capture_output=True, text=True, timeout=seconds, **options
    )
    words = " ".join(map(str, arguments[:2]))
    assert result.returncode == 0, f"docker {words} failed:\n{(result.stdout + result.stderr)[-4000:]}"
    return result.stdout.strip()


def answers() -> bool:
    """Whether there is a Docker engine."""
    return bool(shutil.which("docker")) and subprocess.run(["docker", "info"], capture_output=True).returncode == 0


_builders = ThreadPoolExecutor(2)
_builds: dict[str, Future[Built]] = {}
_making_bases = threading.Lock()


def begin(names: Iterable[str]) -> None:
    """Let the images be built meanwhile, in this order."""
    for name in names:
        if name not in _builds:
            _builds[name] = _builders.submit(_build, name)


def build(name: str) -> Built:
    """Build the image of a folder, as `cdk deploy` does, or wait until it is built."""
    begin([name])
    return _builds[name].result()


def _build(name: str) -> Built:
    container = load_containers()[name]
    uri = f"{REPOSITORY}/{name}:latest"
    base = f"BASE_IMAGE={base_image(container)}"
    start = time.monotonic()
    words = ["--quiet", "--platform", "linux/amd64", "--build-arg", base, "--tag", uri, container.folder]
    docker("build", *words, seconds=BUILD_SECONDS)
    return Built(uri, time.monotonic() - start, int(inspect(uri)["Size"]) / 1e6)


def base_image(container: Container) -> str:
    """What its Dockerfile begins with here: the true base image, or what stands in for it."""
    name = container.base_image(REGION)
    if container.base:
        return stand_in(name)
    _make_base(name)
    return name


def _make_base(name: str) -> None:
    with _making_bases:
        subprocess.run([TOOL, "base", name], check=True, timeout=BUILD_SECONDS)


@cache
def stand_in(uri: str) -> str:
    """One of AWS's own images where this machine may pull it, else one with the same packages."""
    if not subprocess.run(["docker", "pull", "--quiet", uri], capture_output=True).returncode:
        return uri
    _make_base(STAND_IN_BASE)
    python = paths.ROOT / ".venv-local-aws" / "bin" / "python"
    command = [python, "-m", "local_aws.runtimes.docker_engine.stand_ins", uri]
    result = subprocess.run(command, cwd=paths.ROOT, capture_output=True, text=True, timeout=BUILD_SECONDS)
    assert result.returncode == 0, f"nothing stands in for {uri}:\n{result.stderr[-4000:]}"
    return result.stdout.strip()


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
    """Run an image as SageMaker does, with a separate network and a copy of a model; yields the container's id."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(model, f"{folder}/model")
        subprocess.run(["chmod", "-R", "a+rX", folder], check=True)
        container = docker("run", "--detach", "--network", "none", "--volume", f"{folder}:/opt/ml", uri, *words)
        try:
            yield container
        finally:
            docker("rm", "--force", container)
