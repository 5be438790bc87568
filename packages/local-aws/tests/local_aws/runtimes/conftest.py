"""The runtimes on the real scikit-learn image: `process` in the machine's namespaces and without them, and `docker`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from local_aws.runtimes.base import Runtime
from local_aws.runtimes.process import ProcessRuntime
from local_aws.runtimes.surroundings import Level
from tests.local_aws.runtimes.containers import Containers

PACKAGE = Path(__file__).parents[3]
"""Where programs find `tests`."""
REPOSITORY = PACKAGE.parents[1]
UV = REPOSITORY / ".venv-local-aws/bin/uv"
CACHE = REPOSITORY / ".local-aws/cache"
"""Kept between runs of the tests, as between runs of the local AWS: only the first has to build the environment."""


def _runtime(level: Level) -> ProcessRuntime:
    """A runtime that does as much for its programs as ``level`` says, on a machine that can."""
    if level > (best := ProcessRuntime(CACHE, uv=UV).level):
        pytest.skip(f"this machine has no more to give than {best.name.lower()}")
    return ProcessRuntime(CACHE, uv=UV, level=level)


DOCKER = pytest.param("docker", marks=pytest.mark.docker, id="docker")


def _runtime_of(request: pytest.FixtureRequest) -> Runtime:
    return _runtime(request.param) if isinstance(request.param, Level) else request.getfixturevalue(request.param)


def _name(level: object) -> str | None:
    return level.name.lower() if isinstance(level, Level) else None


@pytest.fixture(params=Level, ids=_name)
def runtime_of_each_level(request: pytest.FixtureRequest) -> ProcessRuntime:
    """Each way to run a program without Docker, as far as this machine has it."""
    return _runtime(request.param)


@pytest.fixture(params=[*Level, DOCKER], ids=_name)
def containers_of_each_level(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Containers]:
    """Containers for what each way does differently, and must come out the same."""
    with Containers(_runtime_of(request), tmp_path) as containers:
        yield containers


@pytest.fixture(params=[Level.PLAIN, Level.OVERLAY, DOCKER], ids=_name)
def both_containers(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Containers]:
    """Containers for what must be the same on the poorest and on the best machine, and in true containers."""
    with Containers(_runtime_of(request), tmp_path) as containers:
        yield containers


@pytest.fixture
def plain_containers(tmp_path: Path) -> Iterator[Containers]:
    """Starts programs as on a machine that has no namespaces."""
    with Containers(ProcessRuntime(CACHE, uv=UV, level=Level.PLAIN), tmp_path) as containers:
        yield containers


@pytest.fixture(scope="session")
def isolating() -> ProcessRuntime:
    """A runtime that uses Linux namespaces."""
    runtime = ProcessRuntime(CACHE, uv=UV)
    if runtime.level == Level.PLAIN:
        pytest.skip("this machine gives no Linux namespaces")
    return runtime


@pytest.fixture(params=[Level.PLAIN, Level.OVERLAY], ids=_name)
def both_process_containers(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Containers]:
    """Containers for what only programs without containers are handed."""
    with Containers(_runtime(request.param), tmp_path) as containers:
        yield containers


@pytest.fixture(scope="session")
def docker() -> Runtime:
    """A runtime that uses this machine's Docker engine."""
    from local_aws.runtimes.docker_engine.runtime import DockerRuntime

    return DockerRuntime(CACHE)


@pytest.fixture
def process_containers(isolating: ProcessRuntime, tmp_path: Path) -> Iterator[Containers]:
    """Starts programs in namespaces, and ends them with the test."""
    with Containers(isolating, tmp_path) as containers:
        yield containers


@pytest.fixture(params=["isolating", DOCKER], ids=lambda name: "process" if name == "isolating" else name)
def containers(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Containers]:
    """Starts programs in surroundings like a container's, or in a true one, and ends them with the test."""
    with Containers(_runtime_of(request), tmp_path) as containers:
        yield containers
