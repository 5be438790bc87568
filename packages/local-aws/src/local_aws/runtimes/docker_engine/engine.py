"""The Docker engine of this machine; no container outlives the server that created it.

Every container has a label that names its server. A guard, a separate process, removes them when the server has ended,
however it ended; after a crash of the whole machine, the next server removes the rest at its start.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import docker
import docker.errors

from local_aws.process.processes import MARK
from local_aws.runtimes.base import RuntimeUnavailableError

LABEL = "local-aws.server"
"""The label whose value is the server's process, as `_owner` writes it."""
GUARD = Path(__file__).parent / "guard.py"
REMEDY = "Start Docker, or name another engine in DOCKER_HOST, or use the runtime 'process', which needs none."


class Engine:
    """One engine. ``address`` is like DOCKER_HOST; by default the one that the `docker` command would use.

    ``registry`` is the address of the server's registry, whose images lose their names there when it ends. Raises
    `RuntimeUnavailableError` when the engine does not respond.
    """

    def __init__(self, address: str | None = None, *, registry: str | None = None) -> None:
        self.address = address or _current_address()
        try:
            self.client = docker.DockerClient(base_url=self.address, version="auto")
        except docker.errors.DockerException as error:
            raise RuntimeUnavailableError(
                f"The Docker engine at {self.address} does not answer: {error}. {REMEDY}"
            ) from error
        self.api = self.client.api
        self.labels = {LABEL: _owner(os.getpid())}
        self._remove_orphans()
        self._guard = self._start_guard(registry or "")

    def create(self, image: str, **options: Any) -> str:
        """Create a labelled container, and return its id. Raises `docker.errors.APIError`."""
        host = self.api.create_host_config(**options.pop("host"))
        return str(self.api.create_container(image, labels=self.labels, host_config=host, **options)["Id"])

    def remove(self, container: str) -> None:
        """Remove a container with its anonymous volumes, running or not; a missing one is not an error."""
        with suppressing_absence():
            self.api.remove_container(container, v=True, force=True)

    def _remove_orphans(self) -> None:
        for container in self.api.containers(all=True, filters={"label": LABEL}):
            if not _alive(container["Labels"][LABEL]):
                self.remove(container["Id"])

    def _start_guard(self, registry: str) -> subprocess.Popen[bytes]:
        # Without the mark for the server's children, by which these are killed, and not reached by Ctrl-C.
        variables = {name: value for name, value in os.environ.items() if name != MARK}
        command = [sys.executable, "-I", str(GUARD), self.address, f"{LABEL}={self.labels[LABEL]}", registry]
        return subprocess.Popen(command, stdin=subprocess.PIPE, env=variables, start_new_session=True, cwd="/")


@contextmanager
def suppressing_absence() -> Iterator[None]:
    """Ignore the engine's error that a container is gone, does not run, or is being removed already."""
    try:
        yield
    except docker.errors.APIError as error:
        if error.status_code not in (404, 409):
            raise


def words(error: docker.errors.APIError) -> str:
    """The engine's error message."""
    return str(error.explanation or error)


def _current_address() -> str:
    if address := os.environ.get("DOCKER_HOST"):
        return address
    with contextlib.suppress(Exception):  # no configuration, or an unreadable one: use the default address
        if host := docker.ContextAPI.get_current_context().Host:
            return str(host)
    return "unix:///var/run/docker.sock"


def _owner(process: int) -> str:
    """A process by its number and start time, because numbers are reused."""
    try:
        started = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        started = "unknown"
    return f"{process}-{started}"


def _alive(owner: str) -> bool:
    process = owner.partition("-")[0]
    if not process.isdigit():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return _owner(int(process)) == owner
