"""One image on one runtime: starts its programs as SageMaker does, and remembers what was trained and served."""

from __future__ import annotations

import contextlib
import http.client
import json
import shutil
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from launchpad import paths
from local_aws.runtimes.base import ContainerSpec, ModelServer, Program, Runtime, TrainingSpec
from local_aws.runtimes.process import ProcessRuntime
from tests.containers.client import Answer, Client
from tests.containers.contract import PLACE, Contract, Request, Training

R = TypeVar("R", bound="Running")
JOB_SECONDS = 120.0
READY_SECONDS = 90.0
"""SageMaker gives a container minutes for its first good answer to /ping; ours need seconds."""
GRACE_SECONDS = 30.0
"""What SageMaker gives a model server after SIGTERM; a training job has 120."""


def process_runtime(images: Path) -> ProcessRuntime:
    """The runtime `process`, with the images of a folder in addition to those that it has."""
    return ProcessRuntime(paths.LOCAL_AWS / "cache", uv=paths.ROOT / ".venv-local-aws/bin/uv", images=[images])


def registry_uri(name: str) -> str:
    """The URI by which the runtime `process` finds a folder's image: as if it were in an environment's registry."""
    return f"123456789012.dkr.ecr.us-east-1.amazonaws.com/launchpad/local/{name}:latest"


@dataclass
class Running:
    """A program that was started, its /opt/ml, and its log so far."""

    root: Path
    program: Program
    lines: list[str]

    def log(self) -> str:
        return "\n".join(self.lines)

    def wait(self) -> int:
        try:
            return self.program.wait(JOB_SECONDS)
        except TimeoutError:
            self.program.terminate(0)
            raise AssertionError(f"it still ran after {JOB_SECONDS:.0f} s; its log:\n{self.log()}") from None

    def ended(self) -> bool:
        try:
            self.program.wait(0)
        except TimeoutError:
            return False
        return True

    def wait_until(self, condition: Callable[[], bool], event: str, seconds: float = READY_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            if self.ended() and not condition():
                raise AssertionError(f"it ended before {event}; its log:\n{self.log()}")
            assert time.monotonic() < deadline, f"{event} did not happen within {seconds:.0f} s; its log:\n{self.log()}"
            time.sleep(0.02)


@dataclass
class Served(Running):
    """A model server that has said it is ready."""

    program: ModelServer
    ready_seconds: float = 0.0
    early: list[Answer] = field(default_factory=list)
    """What /invocations answered before /ping was good, if it was asked and answered at all."""

    @property
    def client(self) -> Client:
        return Client(self.program.url)

    def ask_early(self, request: Request) -> None:
        """Ask a server that may not listen yet."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            self.early.append(self.client.invoke(request.body, request.content_type, request.accept))


@dataclass
class Case:
    """What a clause is given."""

    name: str
    driver: str
    uri: str
    """The URI by which the runtime finds the image."""
    contract: Contract
    source: Path
    """The image's folder."""
    runtime: Runtime
    folder: Path
    """The folder for what the programs see as /opt/ml."""
    facts: dict[str, object] = field(default_factory=dict)
    """What is measured on the way: the report's."""
    _trained: Path | None = None
    _server: Served | None = None
    _count: int = 0
    _started: list[Running] = field(default_factory=list)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def training(self) -> Training:
        assert self.contract.train
        return self.contract.train

    def train(
        self, hyperparameters: Mapping[str, str], checkpoints: Path | None = None, *, read_only: Sequence[str] = ()
    ) -> Running:
        """Start a training job, isolated from the network; it can't write to some folders of /opt/ml."""
        root = self._root("model", "output/data", "checkpoints", "input/config", "input/data")
        if checkpoints:
            shutil.copytree(checkpoints, root / "checkpoints", dirs_exist_ok=True)
        channels = {path.name: {"TrainingInputMode": "File"} for path in (root / "input/data").iterdir()}
        for name, content in {
            "hyperparameters": {**self.training.hyperparameters, **hyperparameters},
            "inputdataconfig": channels,
            "resourceconfig": {"current_host": "algo-1", "hosts": ["algo-1"], "network_interface_name": "eth0"},
        }.items():
            (root / f"input/config/{name}.json").write_text(json.dumps(content))
        variables = {"AWS_REGION": "us-east-1", "TRAINING_JOB_NAME": "job"}
        lines: list[str] = []
        spec = TrainingSpec(
            image=self.uri, root=root, environment=variables, network=False, log=lines.append, read_only=read_only
        )
        program = self.runtime.train(spec)
        return self._remember(Running(root, program, lines))

    def process(self, arguments: list[str]) -> Running:
        """Start the image's own processing program, isolated from the network."""
        root = self._root("processing/output", "output", "config")
        resources = {"current_host": "algo-1", "hosts": ["algo-1"]}
        (root / "config/resourceconfig.json").write_text(json.dumps(resources))
        lines: list[str] = []
        variables = {"AWS_REGION": "us-east-1"}
        spec = ContainerSpec(
            image=self.uri, root=root, environment=variables, network=False, log=lines.append, arguments=arguments
        )
        program = self.runtime.process(spec)
        return self._remember(Running(root, program, lines))

    def serve(self, model: Path) -> Served:
        """Start a model server on a copy of a model, isolated from the network; it is not ready yet."""
        root = self._root("model")
        shutil.rmtree(root / "input", ignore_errors=True)
        shutil.copytree(model, root / "model", dirs_exist_ok=True)
        lines: list[str] = []
        variables = {"AWS_REGION": "us-east-1"}
        spec = ContainerSpec(image=self.uri, root=root, environment=variables, network=False, log=lines.append)
        program = self.runtime.serve(spec)
        return self._remember(Served(root, program, lines))

    def ready_server(self, early: Request | None = None) -> Served:
        """Start a model server, and return with its first good answer to /ping; /invocations can be asked meanwhile."""
        model = self.trained()
        start = time.monotonic()
        served = self.serve(model)

        def ready() -> bool:
            if early:
                served.ask_early(early)
            return served.program.ready()

        served.wait_until(ready, "/ping was answered with 200")
        served.ready_seconds = time.monotonic() - start
        return served

    def trained(self) -> Path:
        """The model of the contract's training job, trained once."""
        with self._lock:
            if self._trained is None:
                job = self.train({})
                code = job.wait()
                assert code == 0, f"training ended with {code}; its log:\n{job.log()}"
                self._trained = job.root / "model"
            return self._trained

    def server(self) -> Served:
        """A model server that is shared by the clauses which leave it running."""
        with self._lock:
            if self._server is None or self._server.ended():
                assert self.contract.serve
                self._server = self.ready_server(early=self.contract.serve.requests[0])
            return self._server

    def close(self) -> None:
        for running in self._started:
            running.program.terminate(0)

    def _root(self, *folders: str) -> Path:
        with self._lock:
            self._count += 1
            root = self.folder / f"{self._count}"
        shutil.copytree(self.source / PLACE / "ml", root) if (self.source / PLACE / "ml").is_dir() else root.mkdir()
        for name in folders:
            (root / name).mkdir(parents=True, exist_ok=True)
        return root

    def _remember(self, running: R) -> R:
        self._started.append(running)
        return running
