"""Runs an EMR command on this machine: Spark in local mode, in the image `emr-spark`, with S3 as on EMR's nodes.

There is one machine and no YARN, so the image's `submit.py` drops options for masters, deploy modes and YARN. S3 paths
work everywhere, in scripts, arguments and code, because Spark itself reads and writes the local AWS.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import shutil
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from local_aws.api.service import Scope
from local_aws.context import Context
from local_aws.emr.configurations import SparkConfiguration
from local_aws.files.untrusted import JobTree, remove
from local_aws.protocols import VpcNetwork
from local_aws.runtimes.base import ContainerSpec, Program
from local_aws.runtimes.images import IMAGES

IMAGE = "emr-spark:4.3"
STEP = IMAGES / "spark" / "step.py"
FOLDER = "/opt/ml/spark"
LOGS = ("stdout", "stderr")
LAST_BYTES = 256 * 1024
"""The end of an output that is searched for its last line."""
CANCEL_GRACE_SECONDS = 5.0
NOISE = re.compile(r"\t|WARNING: |\d\d/\d\d/\d\d \d\d:\d\d:\d\d ")
"""Starts of lines that are not a reason: of stack traces, of the Java machine, of Spark's own log."""


@dataclass(frozen=True)
class SparkCommand:
    """A program's name or path with its arguments; a path of ``files`` is ``/opt/ml/spark/<name>``."""

    arguments: Sequence[str]
    configuration: SparkConfiguration = field(default_factory=SparkConfiguration)
    files: dict[str, bytes] = field(default_factory=dict)


class SparkProgram:
    """One run of a command. `cancel` may be called from any thread, before or during the run."""

    def __init__(self, context: Context, scope: Scope, name: str, vpc: VpcNetwork | None = None) -> None:
        self._context, self._scope, self._vpc = context, scope, vpc
        self._root = context.settings.jobs / name
        self._program: Program | None = None
        self._starting = threading.Lock()
        self.cancelled = False
        self.log: list[str] = []
        """The runtime's messages, for controller.gz."""

    def run(self, command: SparkCommand, role_arn: str | None = None) -> int:
        """Run the command to its end; returns the exit code. Raises the runtime's errors."""
        networks = self._context.emulator.networks
        if self._vpc and (missing := networks.missing(self._scope, self._vpc, "s3")):
            raise ConnectionError(f"S3 is out of reach: {missing}")
        folder = self._root / "spark"
        folder.mkdir(parents=True)
        if unused := command.configuration.unused:
            self.log.append(f"The local AWS does not apply these classifications: {', '.join(unused)}")
        (folder / "configuration.json").write_text(json.dumps(asdict(command.configuration)), encoding="utf-8")
        for name, content in command.files.items():
            (folder / name).write_bytes(content)
        self._context.runtime.prepare(IMAGE, self.log.append)
        with self._starting:
            if self.cancelled:
                return -15
            own = self._context.container_environment(
                self._scope, role_arn or "", network=True, vpc=self._vpc, log=self.log.append
            )
            spec = ContainerSpec(
                image=IMAGE,
                root=self._root,
                environment={**_java_home(), **own},
                network=True,
                internet=self._vpc is None or networks.leads_out(self._scope, self._vpc),
                log=self.log.append,
                entrypoint=["python3", str(STEP), FOLDER],
                arguments=command.arguments,
            )
            self._program = self._context.runtime.process(spec)
        try:
            return self._program.wait()
        finally:
            self._context.leave_vpc(own)

    def cancel(self) -> None:
        """End the program; returns at once."""
        with self._starting:
            self.cancelled = True
            program = self._program
        if program:
            threading.Thread(target=program.terminate, args=(CANCEL_GRACE_SECONDS,), daemon=True).start()

    def last_words(self) -> str:
        """The last meaningful line for people; Spark prints a Python script's stderr on stdout."""
        for name in reversed(LOGS):
            with self._output(name) as output:
                output.seek(-min(LAST_BYTES, output.seek(0, os.SEEK_END)), os.SEEK_END)
                text = output.read(LAST_BYTES).decode(errors="replace")
            lines = [line.strip() for line in text.splitlines() if line.strip() and not NOISE.match(line)]
            if lines:
                return lines[-1]
        return self.log[-1] if self.log else ""

    def upload_logs(self, s3: Any, bucket: str, prefix: str) -> None:
        """Put stdout.gz, stderr.gz and controller.gz under a prefix. Raises boto3's errors."""
        outputs = {name: self._output(name) for name in LOGS}
        outputs["controller"] = io.BytesIO("\n".join(self.log).encode())
        for name, output in outputs.items():
            with output, tempfile.TemporaryFile() as packed:
                with gzip.GzipFile(fileobj=packed, mode="wb") as archive:
                    shutil.copyfileobj(output, archive)
                packed.seek(0)
                s3.upload_fileobj(packed, bucket, f"{prefix}/{name}.gz")

    def remove(self) -> None:
        """Delete the program's folder."""
        remove(self._root)

    def _output(self, name: str) -> IO[bytes]:
        """The current content of ``stdout`` or ``stderr``; empty if the program has replaced the file."""
        try:
            return io.BufferedReader(JobTree(self._root).open(("spark", name)))
        except OSError:
            return io.BytesIO()


def _java_home() -> dict[str, str]:
    """The location of this machine's Java; without Java the step fails with a message."""
    if home := os.environ.get("JAVA_HOME"):
        return {"JAVA_HOME": home}
    java = shutil.which("java")
    return {"JAVA_HOME": str(Path(java).resolve().parents[1])} if java else {}
