"""Pipe mode: ``/opt/ml/input/data/<channel>_<epoch>`` as named pipes, one per epoch, fed as they are read.

The pipe of the next epoch exists before this epoch's pipe ends, so that a program never finds it missing.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import stat
import threading
from collections.abc import Callable, Iterator

from local_aws.files.reasons import words_of
from local_aws.files.storage import DownloadError
from local_aws.files.untrusted import JobTree
from local_aws.sagemaker.training_records import RecordStream

LOOK_SECONDS = 0.02
"""How often opening a pipe is retried until its reader has opened it."""


class ChannelPipe:
    """One channel of one host, in its input/data. ``failed`` is called once, with the error that stopped the data.

    Links are never followed, because the program could replace a pipe with a link to a file of this machine.
    """

    def __init__(
        self, data: JobTree, channel: str, stream: RecordStream, failed: Callable[[DownloadError], None]
    ) -> None:
        self._channel, self._stream, self._failed = channel, stream, failed
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._feed, name=f"pipe {channel}", daemon=True)
        self._open_folder = contextlib.ExitStack()
        self._folder = self._open_folder.enter_context(data.opened())

    def start(self) -> None:
        """Create the pipe of epoch 0, and feed its readers."""
        os.mkfifo(self._name(0), dir_fd=self._folder)
        self._thread.start()

    def stop(self) -> None:
        """Stop feeding; call it when the program has ended."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
        self._open_folder.close()

    def _feed(self) -> None:
        try:
            self._feed_epochs()
        except DownloadError as error:
            self._failed(error)
        except OSError as error:
            self._failed(DownloadError(f"The pipe of channel {self._channel} can't be used: {words_of(error)}"))

    def _feed_epochs(self) -> None:
        epoch = 0
        while (pipe := self._open(self._name(epoch))) is not None:
            try:
                os.mkfifo(self._name(epoch + 1), dir_fd=self._folder)
                self._send(pipe, self._stream.epoch(epoch))
            finally:
                os.close(pipe)
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._name(epoch), dir_fd=self._folder)
            epoch += 1

    def _open(self, name: str) -> int | None:
        """Open the pipe for writing once a reader has opened it; None if the job ends first."""
        while not self._ended.wait(LOOK_SECONDS):
            _check_pipe(os.stat(name, dir_fd=self._folder, follow_symlinks=False))
            try:
                pipe = os.open(name, os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self._folder)
            except OSError as error:
                if error.errno != errno.ENXIO:
                    raise
                continue
            with contextlib.ExitStack() as on_failure:
                on_failure.callback(os.close, pipe)
                _check_pipe(os.fstat(pipe))
                on_failure.pop_all()
            return pipe
        return None

    def _send(self, pipe: int, parts: Iterator[bytes]) -> None:
        room = select.poll()
        room.register(pipe, select.POLLOUT)
        for part in parts:
            rest = memoryview(part)
            while rest and not self._ended.is_set():
                if not room.poll(LOOK_SECONDS * 1000):
                    continue  # a reader that reads nothing must not keep the job from ending
                try:
                    rest = rest[os.write(pipe, rest) :]
                except BlockingIOError:
                    continue
                except BrokenPipeError:
                    return  # the reader has closed this epoch's pipe

    def _name(self, epoch: int) -> str:
        return f"{self._channel}_{epoch}"


def _check_pipe(status: os.stat_result) -> None:
    if not stat.S_ISFIFO(status.st_mode):
        raise OSError(errno.EINVAL, "Not a pipe any more")
