"""Starts `python -m local_aws` from anywhere, as a user does, and stops it whatever happens.

with running_local_aws() as aws:
    aws.client("s3").create_bucket(Bucket="data")
"""

from __future__ import annotations

import io
import ipaddress
import json
import os
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[3]
"""The repository: the server's environment and its cache are shared with the platform's commands."""
PYTHON = ROOT / ".venv-local-aws" / "bin" / "python"
START_SECONDS = 120


@dataclass(frozen=True)
class LocalAws:
    """A running server: what its ready file says, and clients for it."""

    process: subprocess.Popen[str]
    ready: dict[str, Any]

    @property
    def url(self) -> str:
        return str(self.ready["endpoint_url"])

    @property
    def environment(self) -> dict[str, str]:
        """Variables that point any AWS client at it."""
        return dict(self.ready["environment"])

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    @property
    def secret(self) -> str:
        """The secret with which every account's key signs."""
        return self.environment["AWS_SECRET_ACCESS_KEY"]

    def client(self, service: str, **overrides: Any) -> Any:
        return _client(self.url, self.secret, service, tuple(sorted(overrides.items())))


@cache
def _client(url: str, secret: str, service: str, overrides: tuple[tuple[str, Any], ...]) -> Any:
    settings: dict[str, Any] = {
        "endpoint_url": url,
        "region_name": "us-east-1",
        "aws_access_key_id": "123456789012",
        "aws_secret_access_key": secret,
        "config": Config(retries={"total_max_attempts": 1}, max_pool_connections=50),
    }
    return boto3.client(service, **{**settings, **dict(overrides)})


FAST_SERVICES = {"LOCAL_AWS_CLOCK": "60", "SFN_WAIT_SCALE": "1"}
"""A server on which an endpoint's update bakes for seconds; state machines wait as long as they say."""
FAST_PIPELINES = {**FAST_SERVICES, "SFN_WAIT_SCALE": "0.1"}
"""State machines wait a tenth of it: a pipeline looks at its endpoint each 15 seconds.

Not for `on_new_data`, whose waits end at a time of day.
"""


@contextmanager
def running_local_aws(*options: str, environment: dict[str, str] | None = None) -> Iterator[LocalAws]:
    """A server on a free port with these command-line options; stopped at the end, killed if it does not stop."""
    with tempfile.TemporaryDirectory() as folder:
        ready_file = Path(folder) / "ready.json"
        errors = Path(folder) / "stderr"
        process = start(
            "--port", "0", "--ready-file", str(ready_file), *options, environment=environment, errors=errors
        )
        try:
            yield LocalAws(process, _wait_for(ready_file, process, errors))
        finally:
            stop(process)


def start(
    *options: str, environment: dict[str, str] | None = None, errors: Path | None = None
) -> subprocess.Popen[str]:
    """Only start it: for tests of the start itself."""
    return subprocess.Popen(
        [str(PYTHON), "-m", "local_aws", *options],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(HERE), **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=errors.open("w") if errors else subprocess.PIPE,
        text=True,
    )


def stop(process: subprocess.Popen[str]) -> None:
    """SIGTERM, and SIGKILL when that did not end it within 20 seconds."""
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    finally:
        for pipe in filter(None, (process.stdout, process.stderr)):
            pipe.close()


def _wait_for(ready_file: Path, process: subprocess.Popen[str], errors: Path) -> dict[str, Any]:
    deadline = time.monotonic() + START_SECONDS
    while not ready_file.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"local_aws did not start: {errors.read_text()[-2000:]}")
        time.sleep(0.02)
    return dict(json.loads(ready_file.read_text()))


def processes_of(server: int) -> set[int]:
    """Ids of every living process that the server has started, directly or not, by the mark that they carry."""
    marks = {_variable(child, b"LOCAL_AWS_RUN") for child in _children(server)} - {None}
    return {process for process in _all_processes() if _variable(process, b"LOCAL_AWS_RUN") in marks}


def _all_processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").glob("[0-9]*")]


def _children(parent: int) -> list[int]:
    children = []
    for process in _all_processes():
        try:
            status = Path(f"/proc/{process}/stat").read_text()
        except OSError:
            continue
        if int(status.rpartition(")")[2].split()[1]) == parent:
            children.append(process)
    return children


def _variable(process: int, name: bytes) -> bytes | None:
    try:
        entries = Path(f"/proc/{process}/environ").read_bytes().split(b"\0")
    except OSError:
        return None
    return next((entry for entry in entries if entry.startswith(name + b"=")), None)


def listening_addresses(processes: set[int]) -> set[str]:
    """``host:port`` of every TCP socket, of either IP version, on which one of the processes listens."""
    sockets = {}
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A":  # TCP_LISTEN
                sockets[f"socket:[{fields[9]}]"] = _address(fields[1])
    opened = {_link(entry) for process in processes for entry in _descriptors(process)}
    return {address for name, address in sockets.items() if name in opened}


def _address(text: str) -> str:
    host, _, port = text.partition(":")
    words = [bytes.fromhex(host[start : start + 8])[::-1] for start in range(0, len(host), 8)]
    return f"{ipaddress.ip_address(b''.join(words))}:{int(port, 16)}"


def _descriptors(process: int) -> list[Path]:
    try:
        return list(Path(f"/proc/{process}/fd").iterdir())
    except OSError:
        return []


def _link(entry: Path) -> str:
    try:
        return str(entry.readlink())
    except OSError:
        return ""


def create_function(aws: LocalAws, name: str, source: str) -> None:
    """A Lambda function of one file."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", source)
    aws.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.12",
        Handler="index.handler",
        Role="arn:aws:iam::123456789012:role/lambda",
        Code={"ZipFile": packed.getvalue()},
        Timeout=60,
    )
