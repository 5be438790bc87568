"""A runtime for the tests of the server itself: an image's program is a Python file that the job brings along.

The image name is ignored. `train` runs ``input/data/code/train.py``, `serve` runs ``model/serve.py PORT``, or for a
multi-model container `plain_multi_model`, all in the job's folder, with no /opt/ml. The tests of real images use the
real runtime.
"""

# ruff: noqa: ARG002, S310 (the signatures are the contract of `local_aws.runtimes.base`)

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

from local_aws.runtimes.base import ContainerSpec, ImageNotFoundError, LogSink, TrainingSpec

MULTI_MODEL = Path(__file__).with_name("plain_multi_model.py")


class PlainProgram:
    def __init__(self, command: list[str], root: Path, environment: Mapping[str, str], log: LogSink) -> None:
        self._process = subprocess.Popen(
            command,
            cwd=root,
            env={"PATH": os.environ["PATH"], "PYTHONUNBUFFERED": "1", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.process_id = self._process.pid
        self._reader = threading.Thread(target=self._read, args=(log,), daemon=True)
        self._reader.start()

    def _read(self, log: LogSink) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            log(line.rstrip("\n"))

    def wait(self, timeout: float | None = None) -> int:
        try:
            code = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise TimeoutError from None
        self._reader.join()
        return code

    def terminate(self, grace_seconds: float) -> int:
        for number, seconds in ((signal.SIGTERM, grace_seconds), (signal.SIGKILL, None)):
            try:
                os.killpg(self._process.pid, number)
            except ProcessLookupError:
                break
            try:
                return self.wait(seconds)
            except TimeoutError:
                continue
        return self.wait()


class PlainServer(PlainProgram):
    def __init__(self, root: Path, environment: Mapping[str, str], log: LogSink) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.opt_ml = str(root)
        program = str(MULTI_MODEL) if "SAGEMAKER_MULTI_MODEL" in environment else "model/serve.py"
        super().__init__([sys.executable, program, str(port)], root, environment, log)

    def ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/ping", timeout=2) as response:
                return response.status == 200
        except (urllib.error.URLError, OSError):
            return False


class PlainRuntime:
    """A program finds in READ_ONLY what a better runtime would keep it from writing to."""

    reads_lazily = False

    def __init__(self, cache: Path) -> None:
        self._failures = 0

    def connect(
        self, roots: Sequence[Path], *, network: bool, internet: bool, reach: Sequence[str], log: LogSink
    ) -> None:
        return None

    def prepare(self, image: str, log: LogSink) -> None:
        if "slow" in image:
            subprocess.run(["sleep", "60"], check=True)
        if "missing" in image:
            raise ImageNotFoundError(f"No such image: {image}. Write one whose name has no 'missing' in it.")

    def labels(self, image: str) -> frozenset[str] | None:
        return frozenset() if "unlabelled" in image else frozenset({"accept-bind-to-port", "multi-models"})

    def train(self, spec: TrainingSpec) -> PlainProgram:
        self.prepare(spec.image, spec.log)
        if "flaky" in spec.image:
            self._failures += 1
            if self._failures % 2:
                raise RuntimeError("the machine has a bad day")
        words = [*(spec.entrypoint or [sys.executable, "input/data/code/train.py"]), *spec.arguments]
        variables = {**spec.environment, "READ_ONLY": " ".join(spec.read_only)}
        return PlainProgram(words, spec.root, variables, spec.log)

    def process(self, spec: ContainerSpec) -> PlainProgram:
        self.prepare(spec.image, spec.log)
        words = [*spec.entrypoint[1:], *spec.arguments]
        words = [f"{spec.root}{word[len('/opt/ml') :]}" if word.startswith("/opt/ml/") else word for word in words]
        return PlainProgram([sys.executable, *words], spec.root, spec.environment, spec.log)

    def serve(self, spec: ContainerSpec) -> PlainServer:
        self.prepare(spec.image, spec.log)
        return PlainServer(spec.root, spec.environment, spec.log)
