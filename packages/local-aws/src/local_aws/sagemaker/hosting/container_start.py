"""A container's part in its instance (name, log stream, ports), and the wait for its first response to a ping."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local_aws.runtimes.base import ModelServer
from local_aws.sagemaker.hosting.place import StartError

if TYPE_CHECKING:
    from local_aws.sagemaker.hosting.model_container import ModelContainer

READY_POLL_SECONDS = 0.05
PING_SECONDS = 2.0
STOPPED = "The endpoint was deleted before its container was ready."
FIRST_PORT, PORTS_EACH = 11000, 1000
"""Where the containers of one instance listen. AWS documents the variables, not the numbers."""


@dataclass(frozen=True, slots=True)
class Role:
    """What a container is called, and what it alone gets."""

    name: str
    title: str
    """The name in messages about its start."""
    log_stream: str
    suffix: str
    """What tells its folder from those of its instance's other containers."""
    environment: Mapping[str, str]


def roles(log_stream: str, hostnames: list[str]) -> list[Role]:
    """The containers' roles. Several get a log stream and ports each ("Log groups and streams", SageMaker's guide)."""
    if len(hostnames) == 1:
        return [Role("primary", "primary container", log_stream, "", {})]
    return [
        Role(name, name, f"{log_stream}/{name}", f"-{number}", _ports(number)) for number, name in enumerate(hostnames)
    ]


def _ports(number: int) -> dict[str, str]:
    """Note: never 8080, so that an image that ignores the variable fails here too."""
    first = FIRST_PORT + number * PORTS_EACH
    return {
        "SAGEMAKER_BIND_TO_PORT": str(first),
        "SAGEMAKER_SAFE_PORT_RANGE": f"{first + 1}-{first + PORTS_EACH - 1}",
    }


def await_ping(container: ModelContainer, server: ModelServer) -> None:
    """Return once the container has responded. Raises `StartError` if it never will."""
    deadline = time.monotonic() + container.place.startup_seconds
    while not (server.ready() and (not container.is_multi_model or _lists_models(server.url))):
        if container.stopping:
            raise StartError(STOPPED)
        if _has_ended(server):
            raise StartError(f"{_ping_failure(container)} {container.death()}")
        if time.monotonic() > deadline:
            raise StartError(_ping_failure(container))
        time.sleep(READY_POLL_SECONDS)
    if container.stopping:
        raise StartError(STOPPED)


def start_failure(container: ModelContainer, error: Exception) -> str:
    """SageMaker's words for an image without `serve`, as users quote them for endpoints, and what it has instead."""
    title = container.place.served or f"variant {container.place.variant}"
    return (
        f"CannotStartContainerError. Please ensure the model container for {title} starts correctly when invoked with "
        f"'docker run <image> serve'. {error}"
    )


def _lists_models(url: str) -> bool:
    """Whether GET /models succeeds. SageMaker asks for it with each ping (pytorch/serve#397, #1028)."""
    try:
        with urllib.request.urlopen(f"{url}/models", timeout=PING_SECONDS) as response:  # noqa: S310 (http)
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _has_ended(server: ModelServer) -> bool:
    try:
        server.wait(timeout=0)
    except TimeoutError:
        return False
    return True


def _ping_failure(container: ModelContainer) -> str:
    return (
        f"The {container.role.title} for {container.place.title} did not pass the ping health check. "
        f"Please check CloudWatch logs for this {container.place.endpoint.kind.name}."
    )
