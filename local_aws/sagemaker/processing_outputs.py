"""Outputs of processing jobs, to S3: at the end, or file by file while the job runs (S3UploadMode Continuous)."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local_aws.storage import Location

LOOK_SECONDS = 0.5


@dataclass
class Output:
    """One output of one host. `upload` sends what has changed since the last time."""

    name: str
    folder: Path
    location: Location
    continuous: bool
    kms_key: str | None
    _sent: dict[Path, tuple[int, int]] = field(default_factory=dict)

    def remember(self) -> None:
        """Take the files as they are for sent."""
        self._sent = {path: _state(path) for path in self.folder.rglob("*") if path.is_file() and not path.is_symlink()}

    def upload(self, s3: Any) -> None:
        """Send every file that is new or changed; raises boto3's errors."""
        for path in sorted(path for path in self.folder.rglob("*") if path.is_file() and not path.is_symlink()):
            self._send(s3, path, _state(path))

    def upload_settled(self, s3: Any, before: dict[Path, tuple[int, int]]) -> dict[Path, tuple[int, int]]:
        """Send the files that are as they were in ``before``; returns how the files are now."""
        now = {path: _state(path) for path in self.folder.rglob("*") if path.is_file() and not path.is_symlink()}
        for path, state in now.items():
            if before.get(path) == state:
                self._send(s3, path, state)
        return now

    def _send(self, s3: Any, path: Path, state: tuple[int, int]) -> None:
        if self._sent.get(path) == state:
            return
        target = self.location / path.relative_to(self.folder).as_posix()
        encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": self.kms_key} if self.kms_key else {}
        s3.upload_file(str(path), target.bucket, target.key, ExtraArgs=encryption)
        self._sent[path] = state


class ContinuousUpload:
    """Sends continuous outputs while the program runs. A file goes once it has not changed between two looks."""

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
        seen: dict[str, dict[Path, tuple[int, int]]] = {}
        while not self._ended.wait(LOOK_SECONDS):
            for output in self._outputs:
                try:
                    key = str(output.folder)
                    seen[key] = output.upload_settled(self._s3, seen.get(key, {}))
                except (ClientError, BotoCoreError, OSError):
                    continue  # the upload at the job's end tries again, and tells


def _state(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_mtime_ns, status.st_size
