"""Lays out /opt/ml as SageMaker does, starts programs in it, and remembers what they print."""

# ruff: noqa: S310 (the URLs are the model server's own)

from __future__ import annotations

import contextlib
import http.client
import json
import textwrap
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from local_aws.runtimes.base import ContainerSpec, ModelServer, Program, Runtime, TrainingSpec

C = TypeVar("C", bound="Container")
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3"
DEADLINE_SECONDS = 60


def wait_until(condition: Callable[[], bool], event: str, seconds: float = DEADLINE_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{event} did not happen within {seconds} s"
        time.sleep(0.02)


@dataclass
class Container:
    """A program that was started, its folder and its output so far."""

    root: Path
    program: Program
    lines: list[str]

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    def printed(self, text: str) -> bool:
        return any(text in line for line in self.lines)

    def wait(self) -> int:
        return self.program.wait(DEADLINE_SECONDS)


@dataclass
class Answer:
    """An HTTP answer, whatever its status."""

    status: int
    content_type: str
    body: bytes

    @property
    def json(self) -> object:
        return json.loads(self.body)


@dataclass
class Endpoint(Container):
    """A model server."""

    program: ModelServer

    def wait_until_ready(self) -> Endpoint:
        wait_until(lambda: self.program.ready() or self.ended(), "/ping answered 200")
        assert not self.ended(), self.output
        return self

    def ended(self) -> bool:
        try:
            return self.program.wait(0) is not None
        except TimeoutError:
            return False

    def get(self, path: str) -> Answer:
        return _send(urllib.request.Request(self.program.url + path))

    def status(self, path: str) -> int | None:
        """None while nothing listens there yet, as in a container that has just been started."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.get(path).status
        return None

    def invoke(self, body: bytes | str, content_type: str = "application/json", accept: str | None = None) -> Answer:
        headers = {"Content-Type": content_type, **({"Accept": accept} if accept else {})}
        data = body if isinstance(body, bytes) else body.encode()
        return _send(urllib.request.Request(self.program.url + "/invocations", data=data, headers=headers))


def _send(request: urllib.request.Request) -> Answer:
    try:
        with urllib.request.urlopen(request, timeout=DEADLINE_SECONDS) as response:
            return Answer(response.status, response.headers["content-type"], response.read())
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.headers["content-type"], error.read())


@dataclass
class Containers:
    """Starts programs, each in a separate folder, and ends those that are left over."""

    runtime: Runtime
    folder: Path
    started: list[Container] = field(default_factory=list)

    def __enter__(self) -> Containers:
        return self

    def __exit__(self, *_: object) -> None:
        for container in self.started:
            container.program.terminate(0)

    def train(
        self,
        script: str | None = None,
        hyperparameters: dict[str, object] | None = None,
        *,
        files: dict[str, str | bytes] | None = None,
        hosts: tuple[str, ...] = ("algo-1",),
        environment: dict[str, str] | None = None,
        network: bool = True,
        internet: bool = True,
        image: str = IMAGE,
        read_only: Sequence[str] = (),
    ) -> Container:
        """Start a training job, with ``script`` as code/train.py and ``files`` by their path under /opt/ml."""
        root = self._root("input/data", "input/config", "model", "output/data", "code")
        values = {
            "sagemaker_program": "train.py",
            "sagemaker_submit_directory": "/opt/ml/code",
            **(hyperparameters or {}),
        }
        channels = {path.split("/")[2]: {"TrainingInputMode": "File"} for path in files or {} if "input/data/" in path}
        resources = {"current_host": hosts[0], "hosts": list(hosts), "network_interface_name": "eth0"}
        configuration = {
            "hyperparameters": {name: json.dumps(value) for name, value in values.items()},
            "inputdataconfig": channels,
            "resourceconfig": resources,
        }
        for name, content in configuration.items():
            (root / f"input/config/{name}.json").write_text(json.dumps(content))
        self._write(root, files or {}, **({"code/train.py": script} if script else {}))
        lines: list[str] = []
        given = {"AWS_REGION": "us-east-1", "TRAINING_JOB_NAME": "job", **(environment or {})}
        spec = TrainingSpec(
            image=image,
            root=root,
            environment=given,
            network=network,
            internet=internet,
            log=lines.append,
            read_only=read_only,
        )
        return self._remember(Container(root, self.runtime.train(spec), lines))

    def process(self, *words: str, files: dict[str, str | bytes], network: bool = True) -> Container:
        """Start a processing job's program, with ``files`` by their path under /opt/ml."""
        root = self._root("processing/input", "processing/output", "config")
        resources = {"current_host": "algo-1", "hosts": ["algo-1"]}
        self._write(root, {**files, "config/resourceconfig.json": json.dumps(resources)})
        lines: list[str] = []
        spec = ContainerSpec(
            image=IMAGE,
            root=root,
            environment={"AWS_REGION": "us-east-1"},
            network=network,
            log=lines.append,
            entrypoint=words[:1],
            arguments=words[1:],
        )
        return self._remember(Container(root, self.runtime.process(spec), lines))

    def serve(
        self,
        script: str | None = None,
        *,
        files: dict[str, str | bytes] | None = None,
        environment: dict[str, str] | None = None,
        network: bool = True,
        internet: bool = True,
        image: str = IMAGE,
    ) -> Endpoint:
        """Start a model server, with ``script`` as model/code/inference.py and ``files`` by path under /opt/ml."""
        root = self._root("model")
        self._write(root, files or {}, **({"model/code/inference.py": script} if script else {}))
        lines: list[str] = []
        given = {"AWS_REGION": "us-east-1", **(environment or {})}
        reach = {"network": network, "internet": internet}
        spec = ContainerSpec(image=image, root=root, environment=given, log=lines.append, **reach)
        return self._remember(Endpoint(root, self.runtime.serve(spec), lines))

    def _root(self, *folders: str) -> Path:
        root = self.folder / f"container-{len(self.started)}"
        for folder in folders:
            (root / folder).mkdir(parents=True)
        return root

    def _write(self, root: Path, files: dict[str, str | bytes], **more: str | bytes) -> None:
        for path, content in {**files, **more}.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            data = content if isinstance(content, bytes) else textwrap.dedent(content).encode()
            (root / path).write_bytes(data)

    def _remember(self, container: C) -> C:
        self.started.append(container)
        return container
