"""What builds images on this machine: Docker's client, daemon, image store and buildx, and the registries it reaches.

`read_engine` never raises and never changes anything; `DockerEngine.problem` says what is missing, with the remedy.

Note: the image store decides what a push sends. The classic one ("graphdriver") makes a manifest of Docker's media type
for each push. containerd's, the default of a new Docker 29, pushes the manifest that the build wrote.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

ImageStore = Literal["graphdriver", "containerd"]

PROGRAM_VARIABLE = "CDK_DOCKER"
"""Names another program than `docker` that the CDK CLI runs, such as Finch."""
ANSWER_SECONDS = 60.0
_CONTAINERD_DRIVER = ["driver-type", "io.containerd.snapshotter.v1"]
"""The pair in `DriverStatus` of `docker info` where images are in containerd's store."""
_NO_CLIENT = "`{program}` is not installed: install Docker (https://docs.docker.com/engine/install/)"
_NO_DAEMON = "Docker's daemon doesn't answer: start Docker, or set DOCKER_HOST. It said: {words}"
_NO_BUILDX = (
    "Docker's plugin buildx doesn't work: install docker-buildx-plugin (Debian: docker-buildx). Docker said: {words}"
)


@dataclass(frozen=True)
class DockerEngine:
    """Docker as it is on this machine; what could not be read is None."""

    program: str
    """See `docker_program`."""
    client_version: str | None
    server_version: str | None
    """The daemon's version; None if it doesn't answer."""
    image_store: ImageStore | None
    buildx_version: str | None
    problem: str | None
    """What keeps it from building images, and the remedy; None if it can build."""


@dataclass(frozen=True)
class _Output:
    code: int | None
    """None if the program is not installed or didn't end in time."""
    stdout: str
    words: str
    """What it said, in one line."""


def read_engine(variables: Mapping[str, str] = os.environ) -> DockerEngine:
    """Ask Docker what it is: three short commands. `variables` is the environment that the CDK CLI gets."""
    program = docker_program(variables)
    version = _run([program, "version", "--format", "{{json .}}"], variables)
    if version.code is None:
        problem = _NO_CLIENT.format(program=program) if not version.words else version.words
        return DockerEngine(program, None, None, None, None, problem)
    versions = _json(version.stdout)
    client, server = _version(versions, "Client"), _version(versions, "Server")
    if Path(program).name != "docker" and version.code == 0:
        return DockerEngine(
            program, client, server, None, None, None
        )  # Finch has BuildKit, and neither daemon nor plugin
    if server is None or version.code:
        return DockerEngine(program, client, None, None, None, _NO_DAEMON.format(words=version.words))
    store = _image_store(_run([program, "info", "--format", "{{json .DriverStatus}}"], variables).stdout)
    buildx = _run([program, "buildx", "version"], variables)
    if buildx.code != 0:
        return DockerEngine(program, client, server, store, None, _NO_BUILDX.format(words=buildx.words))
    return DockerEngine(program, client, server, store, _buildx_version(buildx.stdout), None)


def docker_program(variables: Mapping[str, str] = os.environ) -> str:
    """The program that the CDK CLI runs to build and push: `docker`, or what CDK_DOCKER names."""
    return variables.get(PROGRAM_VARIABLE) or "docker"


def image_problem(image: str, variables: Mapping[str, str] = os.environ) -> str | None:
    """Why Docker can't read `image` from its registry, in Docker's words; None if it can.

    Only the manifest is read, through buildx. It shows whether the registry is reached, and whether Docker is logged in
    to it.
    """
    program = docker_program(variables)
    output = _run([program, "buildx", "imagetools", "inspect", image], variables)
    return None if output.code == 0 else output.words or f"`{program}` is not installed"


def registry_of(image: str) -> str:
    """The host of an image's registry; Docker Hub (`docker.io`) where the name has none.

    >>> registry_of("763104351884.dkr.ecr.eu-west-1.amazonaws.com/pytorch-training:2.10.0-cpu-py313")
    '763104351884.dkr.ecr.eu-west-1.amazonaws.com'
    >>> registry_of("python:3.11-slim"), registry_of("library/python")
    ('docker.io', 'docker.io')
    """
    first, slash, _ = image.partition("/")
    return first if slash and ("." in first or ":" in first or first == "localhost") else "docker.io"


def _run(command: Sequence[str], variables: Mapping[str, str]) -> _Output:
    try:
        result = subprocess.run(
            command,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=ANSWER_SECONDS,
            check=False,
        )
    except OSError:
        return _Output(None, "", "")
    except subprocess.TimeoutExpired:
        words = f"`{' '.join(command)}` didn't end within {ANSWER_SECONDS:.0f} s: restart Docker"
        return _Output(None, "", words)
    return _Output(result.returncode, result.stdout, " ".join((result.stderr or result.stdout).split()))


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _version(versions: Any, part: str) -> str | None:
    content = versions.get(part) if isinstance(versions, dict) else None
    return str(content["Version"]) if isinstance(content, dict) and content.get("Version") else None


def _image_store(text: str) -> ImageStore | None:
    status = _json(text)
    if not isinstance(status, list):
        return None
    return "containerd" if _CONTAINERD_DRIVER in status else "graphdriver"


def _buildx_version(text: str) -> str | None:
    """The version in `github.com/docker/buildx v0.30.1 9e66234`."""
    words = text.split()
    return words[1].removeprefix("v") if len(words) > 1 else None
