"""AWS's ``train`` program, with the additions of a framework's image: errors, launchers and built-in algorithms.

It runs in the image's environment, in the program's own process. Note: AWS's toolkit does all the work; this is only
the "training module" that each of AWS's framework images has, which makes the script's own error, not only its exit
code, the job's FailureReason.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import psutil
from sagemaker_training import entry_point, environment, errors, params, process, runner, trainer

from local_aws.runtimes.inside.mpi import MpiRunner

LAUNCHERS = {
    params.MPI_ENABLED: "mpi",
    "sagemaker_torch_distributed_enabled": runner.RunnerType.TorchDistributed,
    # AWS's PyTorch images also start the script with torchrun for this one if SageMaker's own library is not installed.
    "sagemaker_pytorch_ddp_enabled": runner.RunnerType.TorchDistributed,
}
"""Hyperparameters with which a job requests a launcher, and the toolkit's name for it."""


ALGORITHM = "LOCAL_AWS_ALGORITHM"
"""Variable of an image with a built-in algorithm in addition to script mode: the name of its folder in `IMAGES`."""
IMAGES = Path(__file__).resolve().parents[1] / "images"

_last_words: list[str] = []
"""The last line that the script wrote to its standard error."""
LINE_SECONDS = 0.2
"""How long to wait for the rest of a line."""


def main() -> None:
    """Run the toolkit, with `run_script` as its training module. Exits as the toolkit does."""
    process.watch = _watching_whole_lines(process.watch)
    os.environ.setdefault(params.FRAMEWORK_TRAINING_MODULE_ENV, f"{__name__}:{run_script.__name__}")
    trainer.train()


def run_script() -> None:
    """Run the user's script, or the image's algorithm if there is none.

    Raises the toolkit's errors, with the program's own last line in them.
    """
    settings = environment.Environment()
    if settings.user_entry_point is None and (name := os.environ.get(ALGORITHM)):
        _run_algorithm(IMAGES / name / "algorithm.py")
        return
    try:
        entry_point.run(
            uri=settings.module_dir,
            user_entry_point=settings.user_entry_point,
            args=settings.to_cmd_args(),
            env_vars=settings.to_env_vars(),
            capture_error=True,
            runner_type=_launcher(settings),
        )
    except errors._CalledProcessError as error:
        _name_signal(error)
        # The toolkit recognizes only Python's built-in errors by name; it would report nothing of any other.
        error.output = error.output or "".join(_last_words)
        raise


def _run_algorithm(program: Path) -> None:
    """Run an image's own algorithm to its end. Raises `errors.ClientError` with its last lines if it fails."""
    arguments = [process.python_executable(), str(program)]
    with subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True, errors="replace") as algorithm:
        for line in algorithm.stderr or ():
            sys.stderr.write(line)
            _last_words[:] = [line.strip()] if line.strip() else _last_words
    if algorithm.returncode != 0:
        raise errors.ClientError("".join(_last_words) or f"the algorithm ended with exit code {algorithm.returncode}")


def _launcher(settings: Any) -> Any:
    parameters = settings.additional_framework_parameters
    if settings.current_instance_group in settings.distribution_instance_groups:
        for name, launcher in LAUNCHERS.items():
            if parameters.get(name):
                return MpiRunner(settings) if launcher == "mpi" else launcher
    return runner.RunnerType.Process


def _name_signal(error: Any) -> None:
    """Add the name of the signal that ended the script, if any, because its exit code alone explains nothing."""
    code = int(error.return_code) if str(error.return_code).lstrip("-").isdigit() else 0
    if code < 0 and error.extra_info is None:
        error.extra_info = f"The script was killed by {signal.Signals(-code).name} (signal {-code})"


class _WholeLines:
    """A stream whose chunks end at line ends, if these arrive in time, and which ends with the script.

    A process that the script has left behind may hold it open forever; the toolkit would wait as long.
    """

    def __init__(self, stream: asyncio.StreamReader, is_stderr: bool) -> None:
        self._stream, self._is_stderr = stream, is_stderr

    async def read(self, size: int) -> bytes:
        part = await self._some(size)
        if part and not part.endswith(b"\n"):
            line = bytearray(part)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._read_to_end_of_line(line), LINE_SECONDS)
            part = bytes(line)
        if self._is_stderr and part.strip():
            _last_words[:] = [part.strip().splitlines()[-1].decode("utf-8", "replace")]
        return part

    async def _read_to_end_of_line(self, line: bytearray) -> None:
        """Add the rest of a line, also one longer than the stream's buffer; what was read survives a time-out."""
        while not line.endswith(b"\n"):
            try:
                line += await self._stream.readuntil(b"\n")
            except asyncio.LimitOverrunError as error:
                line += await self._stream.readexactly(error.consumed)
            except asyncio.IncompleteReadError as error:
                line += error.partial
                return

    async def _some(self, size: int) -> bytes:
        running = True
        while True:
            try:
                return await asyncio.wait_for(self._stream.read(size), LINE_SECONDS)
            except TimeoutError:
                if not running:
                    return b""
                running = bool(psutil.Process().children())  # it takes milliseconds, so not for each chunk


def _watching_whole_lines(watch: Callable[..., Awaitable[str]]) -> Callable[..., Awaitable[str]]:
    """Pass on whole lines, because the toolkit expects them and Python writes a traceback in many chunks."""

    streams = itertools.count()  # the script's stdout comes first

    async def watch_whole_lines(stream: Any, *arguments: Any, **options: Any) -> str:
        is_stderr = next(streams) % 2 == 1
        return await watch(None if stream is None else _WholeLines(stream, is_stderr), *arguments, **options)

    return watch_whole_lines
