"""The contract between the jobs of the local AWS and whatever executes their container images.

A runtime is handed an image URI and the folder that the program is to see as ``/opt/ml``; it neither fetches channels
nor uploads artefacts. What surprises: a runtime never decides that a job has succeeded. It reports the program's exit
code, and the caller reads ``output/failure`` and applies SageMaker's rules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

LogSink = Callable[[str], None]
"""Called once per line of output, without the newline, from any thread, one line at a time per program.

It must not raise. Beside the program's own lines it gets the runtime's: what an older image runs on, and which promise
of a container (isolation, say) this machine can't keep.
"""


class ImageNotFoundError(Exception):
    """The runtime can't run this image; the message names the image and says what to write instead."""


class RuntimeUnavailableError(Exception):
    """This machine hasn't what the whole runtime needs; the message says what, and what to do."""


@dataclass(frozen=True, slots=True)
class LazyFile:
    """A file that a program sees before any of its bytes are there."""

    name: str
    """Path below the folder that it is shown in."""
    size: int
    """Bytes."""
    read: Callable[[int, int], bytes]
    """The bytes from a start on, so many of them or up to the file's end; called from any thread."""


class JobNetwork(Protocol):
    """What the hosts of one job reach each other by. Their names resolve, and another job's ports are not theirs."""

    def close(self) -> None:
        """Take it down; call it when every program in it has ended."""
        ...


class Program(Protocol):
    """A program that has been started. Every method may be called from several threads at once."""

    process_id: int
    """The topmost of its processes on this machine; the others descend from it."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end and return the exit code, or ``-N`` when signal ``N`` killed the program.

        By then the log sink has had every line and no process of the program is left.
        Raises `TimeoutError` when it still runs after ``timeout`` seconds; the program goes on.
        """
        ...

    def terminate(self, grace_seconds: float) -> int:
        """Send SIGTERM to its processes, SIGKILL after ``grace_seconds``, and return what `wait` returns.

        A training toolkit is spared while its script runs, so that the script can write a checkpoint and the toolkit
        its verdict: a script that then exits with 0 makes it 0. On a program that has ended it only returns the code.
        """
        ...


class ModelServer(Program, Protocol):
    """A program that serves ``/ping`` and ``/invocations``; it runs until it is terminated or dies."""

    url: str
    """``http://127.0.0.1:PORT``, known from the start, long before anything answers there."""

    def ready(self) -> bool:
        """Ask ``/ping`` once: true when it answers 200, false while it loads, refuses, or has died (`wait` tells)."""
        ...


class Runtime(Protocol):
    """Executes the programs of container images. One instance serves all jobs and endpoints, in parallel."""

    def prepare(self, image: str, log: LogSink) -> None:
        """Make ``image`` ready to start at once (SageMaker's "Downloading the training image").

        Blocks, for a minute when nothing is cached; the log tells the progress. `train` and `serve` do it by themselves
        where it was left out. Raises `ImageNotFoundError` for an image that this runtime can't run, and `RuntimeError`
        with the builder's last words when the image could not be made.
        """
        ...

    reads_lazily: bool
    """Whether `train` can show a `LazyFile` on this machine."""

    def connect(self, roots: Sequence[Path], *, network: bool, reach: Sequence[str], log: LogSink) -> JobNetwork | None:
        """Make a network for the hosts of one job, whose /opt/ml the ``roots`` become.

        With ``network``, the URLs of ``reach``, on this machine's 127.0.0.1, answer in it. None where the machine
        can't, after a line in the log that says what that means. What differs for the programs, their interface or
        their hosts' names, is written into their resourceconfig.json.
        """
        ...

    def train(
        self,
        image: str,
        root: Path,
        environment: Mapping[str, str],
        *,
        network: bool,
        log: LogSink,
        entrypoint: Sequence[str] = (),
        arguments: Sequence[str] = (),
        lazy: Mapping[str, Sequence[LazyFile]] = {},
        read_only: Sequence[str] = (),
        together: JobNetwork | None = None,
    ) -> Program:
        """Start the image's ``train`` program and return while it runs.

        ``root`` is what the program sees as ``/opt/ml``: the caller has laid out ``input/{data,config}``, ``model``,
        ``output/data`` and ``code`` as SageMaker does. ``environment`` is all that SageMaker sets in the container,
        with AWS_ENDPOINT_URL and credentials unless isolated; nothing of the server's own environment is inherited.
        ``network=False`` is EnableNetworkIsolation. ``entrypoint`` runs instead of the program, with ``arguments``.
        ``lazy`` are folders below ``root`` and what to show in them, ``together`` is what `connect` made for the job.
        The program can't write to the folders of ``read_only``, below ``root``, where the machine has namespaces.
        ``root`` belongs to the program until it has ended: the runtime too may change what is in it (values that begin
        with /opt/ml, where the machine can't put ``root`` there). Raises as `prepare` does.
        """
        ...

    def process(
        self,
        image: str,
        root: Path,
        entrypoint: Sequence[str],
        arguments: Sequence[str],
        environment: Mapping[str, str],
        *,
        network: bool,
        log: LogSink,
    ) -> Program:
        """Start ``entrypoint`` with ``arguments`` in the image, or where that is empty the image's own program.

        ``root`` is what the program sees as ``/opt/ml``: the caller has laid out ``processing`` and ``config``. The
        rest is as for `train`. Raises as `prepare` does, `ImageNotFoundError` too for an image with no such program.
        """
        ...

    def serve(
        self, image: str, root: Path, environment: Mapping[str, str], *, network: bool, log: LogSink
    ) -> ModelServer:
        """Start the image's ``serve`` program on a free port of 127.0.0.1 and return at once, before it is ready.

        ``root/model`` holds the unpacked model.tar.gz; the rest is as for `train`. An isolated server is reached like
        any other. A model that can't be loaded ends the program with its traceback as the last lines of the log.
        """
        ...
