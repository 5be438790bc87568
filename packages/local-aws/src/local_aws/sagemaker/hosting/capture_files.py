"""The files of captured requests: one per variant and hour at a time, closed after a while, then written to S3.

AWS documents neither when a file ends nor how soon it is in S3 ("a couple of minutes"). Here a file ends a minute of
the clock after its first record, or once it has 4 MiB.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from local_aws.files.storage import Location
from local_aws.sagemaker.hosting.capture_records import Captured, record
from local_aws.sagemaker.hosting.capture_settings import CaptureTarget

FILE_SECONDS = 60.0
FILE_BYTES = 4 * 1024**2


@dataclass(slots=True)
class CaptureFile:
    """The records of one variant within one hour."""

    target: CaptureTarget
    begun: float
    """When its first request came, in seconds since 1970."""
    opened: float = field(default_factory=time.monotonic)
    lines: list[bytes] = field(default_factory=list)
    size: int = 0
    """Bytes of its lines."""
    captured: int = 0
    """Bytes of the requests and answers in it."""

    @property
    def location(self) -> Location:
        """Its place: the folder of the hour in UTC; minute, second and millisecond of the first record in its name."""
        moment, target = datetime.fromtimestamp(self.begun, UTC), self.target
        name = f"{moment:%M-%S}-{moment.microsecond // 1000:03d}-{uuid.uuid4()}.jsonl"
        return target.settings.destination / f"{target.endpoint}/{target.variant}/{moment:%Y/%m/%d/%H}/{name}"

    def add(self, captured: Captured) -> None:
        """Add one record."""
        line = record(captured)
        self.lines.append(line)
        self.size += len(line)
        self.captured += captured.size


class OpenFiles:
    """The files that still get records; for one thread at a time."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._files: dict[tuple[CaptureTarget, int], CaptureFile] = {}

    def add(self, captured: Captured) -> None:
        """Add a record to the file of its variant and hour."""
        key = captured.target, int(captured.moment // 3600)
        file = self._files.get(key) or self._files.setdefault(key, CaptureFile(captured.target, captured.moment))
        file.add(captured)

    def ended(self, *, all_files: bool) -> Iterator[CaptureFile]:
        """The files that end now, which get no more records; with ``all_files`` every file."""
        now = time.monotonic()
        for key, file in list(self._files.items()):
            if all_files or file.size >= FILE_BYTES or now - file.opened >= self._seconds:
                yield self._files.pop(key)
