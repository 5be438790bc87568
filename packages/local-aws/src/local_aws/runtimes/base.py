"""The contract between the jobs of the local AWS and the runtimes that execute their container images.

A runtime takes an image URI and the folder that the program sees as ``/opt/ml``; it neither downloads channels nor
uploads artifacts. Note: a runtime never decides that a job has succeeded. It reports the program's exit code; the
caller reads ``output/failure`` and applies SageMaker's rules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

LogSink = Callable[[str], None]
"""Called once per line of output, without the newline, from any thread, one line at a time per program.

It must not raise. In addition to the program's lines it gets the runtime's: what an older image runs on, and which
promise of a container (isolation, say) this machine can't keep.
"""


class ImageNotFoundError(Exception):
    """The runtime can't run this image; the message names the image and an alternative."""


class MissingProgramError(ImageNotFoundError):
    """The image has no program of this name; the message names those that it has."""


class RuntimeUnavailableError(Exception):
    """This machine lacks what the runtime needs; the message says what, and what to do."""


@dataclass(frozen=True, slots=True)
class LazyFile:
    """A file that a program sees before its content is downloaded."""

    name: str
    """Path in the folder that it is shown in."""
    size: int
    """Bytes."""
    read: Callable[[int, int], bytes]
    """The bytes from a start on, up to a length or the file's end; called from any thread."""


class JobNetwork(Protocol):
    """The network between the hosts of one job. Their names resolve, and each job has its own ports."""

    def close(self) -> None:
        """Remove the network; call it once every program in it has ended."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerSpec:
    """What a program of an image gets from SageMaker."""

    image: str
    root: Path
    """What the program sees as ``/opt/ml``, laid out by the caller.

    It belongs to the program until that has ended: the runtime may change it too (values that begin with /opt/ml, if
    the machine can't mount it there).
    """
    environment: Mapping[str, str]
    """All that SageMaker sets in the container, with AWS_ENDPOINT_URL and credentials unless isolated; nothing of the
    server's own environment is inherited."""
    network: bool
    """False is EnableNetworkIsolation."""
    internet: bool = True
    """False in a VPC without a way to the internet: of all hosts, the program reaches AWS_ENDPOINT_URL's."""
    log: LogSink
    entrypoint: Sequence[str] = ()
    """Runs instead of the image's own program, with `arguments`; a model server has none."""
    arguments: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSpec(ContainerSpec):
    """What only a training program gets."""

    lazy: Mapping[str, Sequence[LazyFile]] = field(default_factory=dict)
    """Folders below `root`, and the files to show in them."""
    read_only: Sequence[str] = ()
    """Folders below `root` that the program can't write to, if the machine has namespaces."""
    together: JobNetwork | None = None
    """The network of `Runtime.connect`."""


class Program(Protocol):
    """A started program. Its methods are thread-safe."""

    process_id: int
    """The topmost of its processes on this machine; the others descend from it."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end and return the exit code, or ``-N`` if signal ``N`` killed the program.

        By then the log sink has had every line and no process of the program is left.
        Raises `TimeoutError` if it still runs after ``timeout`` seconds; the program continues.
        """
        ...

    def terminate(self, grace_seconds: float) -> int:
        """Send SIGTERM to its processes, SIGKILL after ``grace_seconds``, and return the result of `wait`.

        A training toolkit gets no signal while its script runs, so that the script can write a checkpoint and the
        toolkit its result: if the script exits with 0, so does the toolkit. If it has ended, returns only the code.
        """
        ...


class ModelServer(Program, Protocol):
    """A program that serves ``/ping`` and ``/invocations``; it runs until it is terminated or dies."""

    url: str
    """``http://127.0.0.1:PORT``, known from the start, long before the server responds there."""
    opt_ml: str
    """The path at which the program sees its ``root``: /opt/ml, or the root's own path where that can't be mounted."""

    def ready(self) -> bool:
        """Ping once: True for a response of 200, False while it loads, refuses, or has died (see `wait`)."""
        ...


class Runtime(Protocol):
    """Executes the programs of container images. One instance serves all jobs and endpoints, in parallel."""

    def prepare(self, image: str, log: LogSink) -> None:
        """Make ``image`` ready to start at once (SageMaker's "Downloading the training image").

        Blocks, for a minute when nothing is cached; the log reports the progress. `train` and `serve` do it themselves
        if it was not called. Raises `ImageNotFoundError` for an image that this runtime can't run, and `RuntimeError`
        with the builder's last lines if the image could not be built.
        """
        ...

    def labels(self, image: str) -> frozenset[str] | None:
        """The image's labels ``com.amazonaws.sagemaker.capabilities.NAME=true``, by name; None if they are unknown.

        Does not block.
        """
        ...

    reads_lazily: bool
    """Whether `train` can show a `LazyFile` on this machine."""

    def connect(
        self, roots: Sequence[Path], *, network: bool, internet: bool, reach: Sequence[str], log: LogSink
    ) -> JobNetwork | None:
        """Create a network for the hosts of one job, whose /opt/ml are the ``roots``.

        With ``network``, the URLs of ``reach``, on this machine's 127.0.0.1, are reachable in it, and with ``internet``
        all else through a proxy. None if the machine
        can't do it, after a line in the log about the consequences. Differences for the programs, in their interface or
        their hosts' names, are written into their resourceconfig.json.
        """
        ...

    def train(self, spec: TrainingSpec) -> Program:
        """Start the image's ``train`` program and return while it runs.

        The caller has laid out ``input/{data,config}``, ``model``, ``output/data`` and ``code`` as SageMaker does.
        Raises as `prepare` does.
        """
        ...

    def process(self, spec: ContainerSpec) -> Program:
        """Start the entrypoint in the image, or the image's own program if it is empty.

        The caller has laid out ``processing`` and ``config``. Raises as `prepare` does, and `ImageNotFoundError` for an
        image without such a program.
        """
        ...

    def serve(self, spec: ContainerSpec) -> ModelServer:
        """Start the image's ``serve`` program, reached on a free port of 127.0.0.1, and return before it is ready.

        ``model`` holds the unpacked model.tar.gz, or ``models`` is for those of a multi-model server. An isolated
        server is reached like any other. The program listens on port 8080, or on SAGEMAKER_BIND_TO_PORT of
        ``environment``; if the machine has no namespaces, on the port that the runtime puts there. If the model can't
        be loaded, the program ends with its traceback as the last lines of the log.
        """
        ...
