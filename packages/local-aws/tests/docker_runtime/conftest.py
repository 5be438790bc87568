"""The runtime `docker` by itself: what the tests that all runtimes share (`tests/local_aws/runtimes`) don't ask."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.local_aws.launcher import ROOT
from tests.local_aws.runtimes.containers import Containers

TOOL = ROOT / "tools" / "docker-engine"
CACHE = ROOT / ".local-aws" / "cache"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of this folder needs an engine."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.docker)


@pytest.fixture(scope="session")
def base() -> str:
    """A base image with Python: the true one, or a stand-in where no registry can be reached."""
    from local_aws.runtimes.docker_engine.stand_ins import BASE

    subprocess.run([TOOL, "base", BASE], check=True, timeout=300)
    return BASE


@pytest.fixture(scope="session")
def runtime(base: str) -> Any:
    from local_aws.runtimes.docker_engine.runtime import DockerRuntime

    return DockerRuntime(CACHE)


@pytest.fixture(scope="session")
def engine() -> Any:
    """The engine's API, to look at what the runtime did."""
    import docker

    return docker.DockerClient(base_url=os.environ.get("DOCKER_HOST"), version="auto")


@pytest.fixture
def containers(runtime: Any, tmp_path: Path) -> Iterator[Containers]:
    """Starts programs in containers, and ends them with the test."""
    with Containers(runtime, tmp_path) as started:
        yield started
