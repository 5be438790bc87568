"""The runtime `process` on the real scikit-learn image, in the machine's namespaces and without them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from local_aws.runtimes.process import ProcessRuntime
from local_aws.runtimes.surroundings import Level
from tests.local_aws.runtimes.containers import Containers

REPOSITORY = Path(__file__).parents[3]
UV = REPOSITORY / ".venv-local-aws/bin/uv"
CACHE = REPOSITORY / ".local-aws/cache"
"""Kept between runs of the tests, as between runs of the local AWS: only the first has to build the environment."""


@pytest.fixture(params=Level, ids=lambda level: level.name.lower())
def level(request: pytest.FixtureRequest) -> Level:
    """Each way to run a program, as far as this machine has it."""
    best = ProcessRuntime(CACHE, uv=UV).level
    if request.param > best:
        pytest.skip(f"this machine has no more to give than {best.name.lower()}")
    return request.param


@pytest.fixture
def every_containers(level: Level, tmp_path: Path) -> Iterator[Containers]:
    """For what must be the same in each of these ways."""
    with Containers(ProcessRuntime(CACHE, uv=UV, level=level), tmp_path) as containers:
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


@pytest.fixture
def containers(isolating: ProcessRuntime, tmp_path: Path) -> Iterator[Containers]:
    """Starts programs in namespaces, and ends them with the test."""
    with Containers(isolating, tmp_path) as containers:
        yield containers
