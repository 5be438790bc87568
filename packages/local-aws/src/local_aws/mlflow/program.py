"""The MLflow program: its environment, and one process of it.

Note: each process has a token, without which it answers nothing, and a folder with its runs in SQLite.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Mapping
from pathlib import Path

import urllib3

from local_aws.runtimes.base import LogSink
from local_aws.runtimes.environments import Environments
from local_aws.runtimes.images import IMAGES, Image
from local_aws.runtimes.programs import Command, SupervisedModelServer, open_listener

IMAGE = Image(name="mlflow", folder=IMAGES / "mlflow", kind="programs", title="MLflow 3.17", repositories=(), tags=())
"""Not in `image.toml`, because no job can use it: it has only locked requirements."""
REQUIREMENTS = IMAGE.requirements
TOKEN_HEADER = "x-local-aws-token"  # noqa: S105 (a header's name)
START_SECONDS = 300.0
"""The time to start on a busy machine. MLflow's client gives up after 120 by default, and finds MLflow ready when it
tries again."""
POLL_SECONDS = 0.1


class MlflowProgram:
    """One process of MLflow; the constructor starts it."""

    def __init__(
        self, environments: Environments, folder: Path, artifacts: str, variables: Mapping[str, str], log: LogSink
    ) -> None:
        environment = environments.ensure(IMAGE, log)
        folder.mkdir(parents=True, exist_ok=True)
        self.token = secrets.token_hex(32)
        with open_listener() as listener:
            command = Command(
                arguments=[
                    str(environment / "bin" / "python"),
                    "-I",
                    str(IMAGE.folder / "serve.py"),
                    str(listener.fileno()),
                ],
                environment={
                    "PATH": os.defpath,
                    "HOME": str(folder),
                    "LANG": "C.UTF-8",
                    **variables,
                    "LOCAL_AWS_MLFLOW_TOKEN": self.token,
                    "LOCAL_AWS_MLFLOW_ARTIFACTS": artifacts,
                },
                folder=str(folder),
                keep_open=(listener.fileno(),),
            )
            self._program = SupervisedModelServer(command, listener, log)
        self._pool = urllib3.PoolManager(retries=False, maxsize=32, headers={TOKEN_HEADER: self.token})

    def wait_until_ready(self) -> None:
        """Return once it answers. Raises `RuntimeError` if it has ended, or takes too long."""
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self.ended:
                raise RuntimeError("MLflow ended at its start: the local AWS's log has its last lines")
            if time.monotonic() > deadline:
                raise RuntimeError(f"MLflow does not answer after {START_SECONDS:.0f} seconds")
            time.sleep(POLL_SECONDS)

    @property
    def ended(self) -> bool:
        """Whether the process has ended."""
        try:
            self._program.wait(0)
        except TimeoutError:
            return False
        return True

    def request(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> urllib3.BaseHTTPResponse:
        """Send a request; the response's body is read by the caller. Raises urllib3's `HTTPError`."""
        return self._pool.request(
            method,
            self._program.url + target,
            headers={**headers, TOKEN_HEADER: self.token},
            body=body,
            preload_content=False,
            decode_content=False,
            redirect=False,
            timeout=urllib3.Timeout(connect=5.0, read=600.0),
        )

    def end(self, grace_seconds: float) -> None:
        """End the process; returns once it has ended."""
        self._program.terminate(grace_seconds)
        self._pool.clear()

    def _answers(self) -> bool:
        try:
            return self._pool.request("GET", f"{self._program.url}/health", timeout=2.0).status == 200
        except urllib3.exceptions.HTTPError:
            return False
