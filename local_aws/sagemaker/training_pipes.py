"""Pipe mode: ``/opt/ml/input/data/<channel>_<epoch>`` as named pipes, one per epoch, fed as they are read.

The pipe of the next epoch is there before the one of this epoch ends, so that a program never looks for it in vain.
"""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from local_aws.sagemaker.training_records import RecordStream
from local_aws.storage import DownloadError

LOOK_SECONDS = 0.02
"""How often a pipe is tried until its reader is there."""


class ChannelPipe:
    """One channel of one host. ``failed`` is called, once, with what kept the data from being sent."""

    def __init__(
        self, folder: Path, channel: str, stream: RecordStream, failed: Callable[[DownloadError], None]
    ) -> None:
        self._folder, self._channel, self._stream, self._failed = folder, channel, stream, failed
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._feed, name=f"pipe {channel}", daemon=True)

    def start(self) -> None:
        """Make the pipe of epoch 0, and feed whoever reads."""
        os.mkfifo(self._path(0))
        self._thread.start()

    def stop(self) -> None:
        """Feed no more; call it when the program has ended."""
        self._ended.set()
        self._thread.join()

    def _feed(self) -> None:
        epoch = 0
        while (pipe := self._open(self._path(epoch))) is not None:
            os.mkfifo(self._path(epoch + 1))
            try:
                self._send(pipe, self._stream.epoch(epoch))
            except DownloadError as error:
                self._failed(error)
                return
            finally:
                os.close(pipe)
            self._path(epoch).unlink(missing_ok=True)
            epoch += 1

    def _open(self, path: Path) -> int | None:
        """Open for writing once a reader is there; None when the job has ended instead."""
        while not self._ended.wait(LOOK_SECONDS):
            try:
                pipe = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
            except OSError as error:
                if error.errno != errno.ENXIO:
                    raise
                continue
            os.set_blocking(pipe, True)
            return pipe
        return None

    def _send(self, pipe: int, parts: Iterator[bytes]) -> None:
        for part in parts:
            rest = memoryview(part)
            while rest:
                try:
                    rest = rest[os.write(pipe, rest) :]
                except BrokenPipeError:
                    return  # the reader has had enough of this epoch

    def _path(self, epoch: int) -> Path:
        return self._folder / f"{self._channel}_{epoch}"
