"""Uploads of a processing job's outputs: at the end, or file by file as it runs (S3UploadMode Continuous)."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError

from local_aws.files.storage import Location, upload_file
from local_aws.files.untrusted import Entry, JobTree
from local_aws.files.volumes import Volume

LOOK_SECONDS = 0.5


State = tuple[int, int]
"""When a file was last changed, and its size."""


@dataclass
class Output:
    """One output of one host. `upload` sends what has changed since the last upload.

    Only regular files are sent; links are skipped.
    """

    name: str
    tree: JobTree
    location: Location
    continuous: bool
    kms_key: str | None
    gigabytes: int | None
    """VolumeSizeInGB: the disk of an instance can't hold more."""
    _sent: dict[str, State] = field(default_factory=dict)

    def remember(self) -> None:
        """Treat the current files as already sent; call it before the program starts."""
        self._sent = {entry.name: _state(entry.status) for entry in self._files()}

    def upload(self, s3: Any) -> None:
        """Send every file that is new or changed; raises boto3's errors and `OSError`."""
        for entry in self._files():
            self._send(s3, entry)

    def upload_settled(self, s3: Any, before: dict[str, State]) -> dict[str, State]:
        """Send the files that have not changed since ``before``; returns the current state of all files."""
        now = {}
        for entry in self._files():
            now[entry.name] = _state(entry.status)
            if before.get(entry.name) == now[entry.name]:
                self._send(s3, entry)
        return now

    def _files(self) -> Iterator[Entry]:
        volume = Volume.of_gigabytes(self.gigabytes)
        for entry in self.tree.files():
            volume.take(entry.status.st_size)
            yield entry

    def _send(self, s3: Any, entry: Entry) -> None:
        if self._sent.get(entry.name) != _state(entry.status):
            self._sent[entry.name] = _state(upload_file(s3, self.tree, entry, self.location, self.kms_key))


class ContinuousUpload:
    """Sends continuous outputs while the program runs: each file once two successive looks show no change."""

    def __init__(self, s3: Any, outputs: Iterable[Output]) -> None:
        self._s3 = s3
        self._outputs = [output for output in outputs if output.continuous]
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="continuous upload", daemon=True)

    def __enter__(self) -> ContinuousUpload:
        if self._outputs:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        if self._outputs:
            self._thread.join()

    def _follow(self) -> None:
        states: dict[int, dict[str, State]] = {}
        while not self._ended.wait(LOOK_SECONDS):
            for number, output in enumerate(self._outputs):
                try:
                    states[number] = output.upload_settled(self._s3, states.get(number, {}))
                except (ClientError, BotoCoreError, Boto3Error, OSError):
                    continue  # the upload at the job's end tries again, and reports the error


def _state(status: os.stat_result) -> State:
    return status.st_mtime_ns, status.st_size
