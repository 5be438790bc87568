"""One instance that serves a model: a program for each of its containers, and the calls to them.

It is ready once all of them respond, and ends when one of them does.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

import urllib3

from local_aws.api.store import Record
from local_aws.context import Context
from local_aws.sagemaker.hosting.container_start import roles
from local_aws.sagemaker.hosting.model_container import ModelContainer
from local_aws.sagemaker.hosting.place import Place, StartError
from local_aws.sagemaker.models import containers_of, is_direct

__all__ = ["ModelInstance", "Place", "StartError"]

CONNECTIONS = 32


class ModelInstance:
    """One instance. `wait_ready` returns once it responds; ``on_death`` is called if it ends unasked."""

    def __init__(
        self, context: Context, place: Place, model: Record, on_death: Callable[[ModelInstance], None]
    ) -> None:
        self.place = place
        self.in_flight = 0
        self.is_direct = is_direct(model.details)
        """Whether a request is for one of the containers, and not for all, one after the other."""
        self.role_arn = str(model.details.get("ExecutionRoleArn", ""))
        definitions = containers_of(context.store, model)
        names = [definition.get("ContainerHostname", "primary") for definition in definitions]
        log_stream = place.log_stream or f"{place.variant}/i-{secrets.token_hex(8)}"
        self.containers = [
            ModelContainer(context, place, model, definition, role, self._changed)
            for definition, role in zip(definitions, roles(log_stream, names), strict=True)
        ]
        self._on_death = on_death
        self._calls: dict[str, urllib3.HTTPConnectionPool] = {}
        self._lock = threading.Lock()
        self._settled = threading.Event()
        self._stopping = False
        self._failed: ModelContainer | None = None

    @property
    def log_stream_arn(self) -> str:
        """The log stream of the first container's output."""
        return self.containers[0].log_stream_arn

    @property
    def url(self) -> str:
        """The address of the first or only container, once it is ready."""
        return self.containers[0].url

    @property
    def programs(self) -> list[tuple[int, Path]]:
        """Process id and /opt/ml of each running container, to measure its usage."""
        return [program for container in self.containers for program in container.programs]

    @property
    def is_settled(self) -> bool:
        """Whether the start has ended, in success or failure."""
        return self._settled.is_set()

    @property
    def is_ready(self) -> bool:
        """Whether all containers have responded to a ping, and have not been stopped."""
        return self._settled.is_set() and self._failed is None and not self._stopping

    @property
    def is_stopping(self) -> bool:
        """Whether the instance was asked to end."""
        return self._stopping

    @property
    def has_ended(self) -> bool:
        """Whether every container's program has ended."""
        return all(container.has_ended for container in self.containers)

    def say(self, line: str) -> None:
        """Add a line to the first container's log."""
        self.containers[0].logs(line)

    def start(self) -> None:
        """Start the instance; `wait_ready` waits for the result."""
        for container in self.containers:
            container.start()

    def wait_ready(self) -> None:
        """Return once every container has responded to a ping; raises `StartError` if one never will."""
        self._settled.wait()
        if self._failed and self._failed.failure:
            raise StartError(self._failed.failure)

    def call(self, body: bytes | IO[bytes], headers: Mapping[str, str], seconds: float) -> urllib3.BaseHTTPResponse:
        """POST /invocations, to each container in turn; returns the first failure, or the last one's response.

        Raises urllib3's errors when a container does not respond.
        """
        *first, last = self.containers
        header_fields = (
            {name: value for name, value in headers.items() if name.lower() != "accept"} if first else headers
        )
        for container in first:
            response = self._post(container, body, header_fields, seconds)
            if not 200 <= response.status < 300:
                return response
            body, header_fields = (
                response.data,
                {**header_fields, "Content-Type": response.headers.get("Content-Type", "")},
            )
        accept = {name: value for name, value in headers.items() if name.lower() == "accept"}
        return self._post(last, body, {**header_fields, **accept}, seconds)

    def get(self, path: str, seconds: float) -> urllib3.BaseHTTPResponse:
        """GET another, optional path of the first container."""
        return self._connections(self.containers[0]).urlopen(
            "GET", path, timeout=seconds, retries=False, redirect=False
        )

    def answers_ping(self) -> bool:
        """Whether every container responds to a ping within SageMaker's 2 seconds."""
        return all(container.answers_ping() for container in self.containers)

    def stop(self) -> None:
        """End the programs, and return once they have ended and their folders are deleted."""
        self._stopping = True
        threads = [threading.Thread(target=container.stop) for container in self.containers[1:]]
        for thread in threads:
            thread.start()
        self.containers[0].stop()
        for thread in threads:
            thread.join()

    def death(self) -> str:
        """Why the instance ended, with the last lines of the output of the container that ended."""
        return (self._failed or self.containers[0]).death()

    def _post(
        self, container: ModelContainer, body: bytes | IO[bytes], headers: Mapping[str, str], seconds: float
    ) -> urllib3.BaseHTTPResponse:
        return self._connections(container).urlopen(
            "POST", "/invocations", body=body, headers=headers, timeout=seconds, retries=False, redirect=False
        )

    def _connections(self, container: ModelContainer) -> urllib3.HTTPConnectionPool:
        with self._lock:
            if container.url not in self._calls:
                self._calls[container.url] = urllib3.connectionpool.connection_from_url(
                    container.url, maxsize=CONNECTIONS
                )
            return self._calls[container.url]

    # In the containers' threads

    def _changed(self, container: ModelContainer) -> None:
        """Settle once all are ready. The first container that fails or ends takes the others with it."""
        with self._lock:
            is_alive = container.ready.is_set() and not container.has_ended
            if is_alive and all(each.ready.is_set() for each in self.containers):
                self._settled.set()
            if is_alive or self._failed:
                return
            self._failed = container
            was_ready = self._settled.is_set()
            self._settled.set()
        if was_ready and not self._stopping:
            self._on_death(self)
        for each in self.containers:
            if each is not container:
                threading.Thread(target=each.stop, daemon=True).start()
