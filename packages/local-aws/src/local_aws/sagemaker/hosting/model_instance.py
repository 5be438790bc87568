"""One container that serves a model: its files, program and log, and the calls to it.

The thread that starts the program watches it until it ends, because a child ends with the thread that started it.
"""

from __future__ import annotations

import logging
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import urllib3

from local_aws.api.store import Record
from local_aws.context import Context
from local_aws.files import storage
from local_aws.files.reasons import fault, without_paths
from local_aws.files.storage import DownloadError
from local_aws.files.volumes import Volume
from local_aws.runtimes.base import ContainerSpec, ImageNotFoundError, ModelServer
from local_aws.sagemaker.job_folder import JobFolder
from local_aws.sagemaker.logs import LogStream
from local_aws.sagemaker.model_packages import packaged
from local_aws.sagemaker.models import container_of, model_data

log = logging.getLogger("local_aws.hosting")

READY_POLL_SECONDS = 0.05
STOP_GRACE_SECONDS = 5.0
CONNECTIONS = 32


@dataclass(frozen=True, slots=True)
class Place:
    """The endpoint and variant that an instance serves, and its limits."""

    endpoint: Record
    """The endpoint, or the transform job."""
    variant: str
    startup_seconds: float
    gigabytes: int | None = None
    """VolumeSizeInGB."""
    served: str | None = None
    """The name for errors, if it is not a production variant."""
    log_group: str | None = None
    log_stream: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables for the container in addition to the model's."""

    @property
    def title(self) -> str:
        """The name for errors."""
        return self.served or f"production variant {self.variant}"


class StartError(Exception):
    """The instance can't serve; the message is the endpoint's FailureReason."""


class ModelInstance:
    """One instance. `start` returns once it responds; `on_death` is called if it ends unasked."""

    def __init__(
        self, context: Context, place: Place, model: Record, on_death: Callable[[ModelInstance], None]
    ) -> None:
        self.place = place
        self.in_flight = 0
        self._context, self._model, self._on_death = context, model, on_death
        self._server: ModelServer | None = None
        self._calls: urllib3.HTTPConnectionPool | None = None
        self._settled = threading.Event()
        self._ended = threading.Event()
        self._stopping = False
        self._failure: str | None = None
        self._root: Path | None = None
        self._logs = LogStream(
            self._client("logs"),
            place.log_group or f"/aws/sagemaker/Endpoints/{place.endpoint.name}",
            place.log_stream or f"{place.variant}/i-{secrets.token_hex(8)}",
        )

    @property
    def log_stream_arn(self) -> str:
        """The log stream of this instance's output."""
        return self.place.endpoint.scope.arn("logs", f"log-group:{self._logs.group}:log-stream:{self._logs.stream}")

    @property
    def programs(self) -> list[tuple[int, Path]]:
        """Process id and /opt/ml of each running container, to measure its usage."""
        return [(self._server.process_id, self._root)] if self._server and self._root else []

    @property
    def url(self) -> str:
        """The address of the container, once it is ready."""
        assert self._server  # noqa: S101 (only a ready instance is called)
        return self._server.url

    def start(self) -> None:
        """Start the instance; `wait_ready` waits for the result."""
        threading.Thread(target=self._live, name=f"model {self.place.endpoint.name}", daemon=True).start()

    def wait_ready(self) -> None:
        """Return once the container has responded to a ping; raises `StartError` if it never will."""
        self._settled.wait()
        if self._failure:
            raise StartError(self._failure)

    def call(self, body: bytes, headers: Mapping[str, str], seconds: float) -> urllib3.BaseHTTPResponse:
        """POST /invocations. Raises urllib3's errors when the container does not respond."""
        assert self._calls  # noqa: S101 (only a ready instance is called)
        return self._calls.urlopen(
            "POST", "/invocations", body=body, headers=headers, timeout=seconds, retries=False, redirect=False
        )

    def get(self, path: str, seconds: float) -> urllib3.BaseHTTPResponse:
        """GET another, optional path of the container."""
        assert self._calls  # noqa: S101 (only a ready instance is called)
        return self._calls.urlopen("GET", path, timeout=seconds, retries=False, redirect=False)

    def stop(self) -> None:
        """End the program, and return once it has ended and its folder is deleted."""
        self._stopping = True
        if self._server:
            self._server.terminate(STOP_GRACE_SECONDS)
        self._ended.wait(STOP_GRACE_SECONDS * 2)

    def death(self) -> str:
        """Why the container ended, with its last lines of output."""
        words = " ".join(line.strip() for line in self._logs.last_lines[-5:] if line.strip())
        return f"The primary container for {self.place.title} ended. Its last words: {words}"

    # In the instance's own thread

    def _live(self) -> None:
        folder = JobFolder(self._context.settings.jobs / f"{self.place.endpoint.name}-{time.time_ns()}")
        self._root = folder.root
        try:
            self._serve(folder)
        except (ImageNotFoundError, DownloadError, StartError) as error:
            self._failure = without_paths(str(error), self._context.settings.jobs)
        except Exception as error:  # the thread's last resort: DescribeEndpoint must report the reason
            log.exception("endpoint %s", self.place.endpoint.name)
            self._failure = without_paths(fault(error), self._context.settings.jobs)
        finally:
            if self._server:
                self._server.terminate(STOP_GRACE_SECONDS)
            self._settled.set()
            self._logs.close()
            folder.remove()
            self._ended.set()

    def _serve(self, folder: JobFolder) -> None:
        container = packaged(self._context.store, self._model.scope, container_of(self._model.details))
        self._fetch(container, folder)
        isolated = bool(self._model.details["EnableNetworkIsolation"])
        own, place = self._environment(network=not isolated), self.place.environment
        spec = ContainerSpec(
            image=container["Image"],
            root=folder.root,
            environment={**container.get("Environment", {}), **place, **own},
            network=not isolated,
            log=self._logs,
        )
        self._server = self._context.runtime.serve(spec)
        self._await_ping(self._server)
        self._calls = urllib3.connectionpool.connection_from_url(self._server.url, maxsize=CONNECTIONS)
        self._settled.set()
        self._server.wait()
        if not self._stopping:
            self._on_death(self)

    def _fetch(self, container: dict[str, Any], folder: JobFolder) -> None:
        location = model_data(container)
        if location is None:
            return
        source = container.get("ModelDataSource", {}).get("S3DataSource", {})
        s3, target = self._client("s3"), folder.model.folder
        if source.get("CompressionType", "Gzip") == "Gzip":
            name = container.get("ContainerHostname", "container_1")
            storage.download_archive(s3, location, target, self._volume(target), name)
        else:
            storage.download_prefix(s3, location, target, self._volume(target))

    def _volume(self, target: Path) -> Volume:
        """The volume of VolumeSizeInGB; otherwise the disk is as large as this machine's (on AWS: as the type's)."""
        gigabytes = self.place.gigabytes
        return Volume.of_gigabytes(gigabytes) if gigabytes else Volume(shutil.disk_usage(target).free)

    def _await_ping(self, server: ModelServer) -> None:
        deadline = time.monotonic() + self.place.startup_seconds
        while not server.ready():
            if self._stopping:
                raise StartError("The endpoint was deleted before its container was ready.")
            if self._has_ended(server):
                raise StartError(f"{self._ping_failure()} {self.death()}")
            if time.monotonic() > deadline:
                raise StartError(self._ping_failure())
            time.sleep(READY_POLL_SECONDS)

    def _has_ended(self, server: ModelServer) -> bool:
        try:
            server.wait(timeout=0)
        except TimeoutError:
            return False
        return True

    def _ping_failure(self) -> str:
        return (
            f"The primary container for {self.place.title} did not pass the ping health check. "
            f"Please check CloudWatch logs for this {self.place.endpoint.kind.name}."
        )

    def _client(self, service: str) -> Any:
        return self._context.client(service, self._model.scope, self._role)

    @property
    def _role(self) -> str:
        return str(self._model.details.get("ExecutionRoleArn", ""))

    def _environment(self, *, network: bool) -> dict[str, str]:
        return self._context.container_environment(self._model.scope, self._role, network=network)
