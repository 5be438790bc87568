"""The server's log: a file that only its user can read, and lines about a full disk on the terminal."""

from __future__ import annotations

import logging
import logging.handlers
import os
import sys
import time
from io import TextIOWrapper
from pathlib import Path

from local_aws.process.plain_log import PlainFormatter
from local_aws.settings import Settings

REPORT_SECONDS = 60.0
"""Interval with at most one line about a log that can't be written, and one about the state."""
MOST_BYTES = 50 * 1024 * 1024
"""A log that reaches it becomes `local-aws.log.1`, in place of the one before."""


def log_to_file(settings: Settings) -> None:
    """Send all log records to the state folder. Raises `OSError` if the file can't be created."""
    handlers: list[logging.Handler] = [LogFile(settings.log)]
    if settings.verbose:
        handlers.append(logging.StreamHandler())
    else:
        logging.getLogger("local_aws.state").addHandler(Loss())
    for handler in handlers:
        handler.setFormatter(PlainFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=handlers, force=True)


class LogFile(logging.handlers.RotatingFileHandler):
    """A log file of mode 0600, and one earlier part. If it can't be written, the server continues without it."""

    def __init__(self, path: Path) -> None:
        self._reported = -REPORT_SECONDS
        super().__init__(path, maxBytes=MOST_BYTES, backupCount=1, encoding="utf-8")

    def _open(self) -> TextIOWrapper:
        stream = private_file(Path(self.baseFilename), os.O_APPEND)
        os.chmod(self.baseFilename, 0o600)  # noqa: PTH101 -- of an earlier run
        return stream

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (logging's name)
        """Print one line instead of a traceback for each record."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            super().handleError(record)
        elif time.monotonic() - self._reported >= REPORT_SECONDS:
            self._reported = time.monotonic()
            sys.stderr.write(f"local_aws: {self.baseFilename} can't be written: {error.strerror}. It lacks lines.\n")


class Loss(logging.Handler):
    """Tells the server's terminal what the state folder can't take: the log, on the same disk, may be full as well."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self._reported = -REPORT_SECONDS

    def emit(self, record: logging.LogRecord) -> None:
        """Print one line; what is no fault of the disk has a traceback, in the log."""
        if not record.exc_info and time.monotonic() - self._reported >= REPORT_SECONDS:
            self._reported = time.monotonic()
            sys.stderr.write(f"local_aws: {record.getMessage()}.\n")


def private_file(path: Path, flags: int = os.O_TRUNC) -> TextIOWrapper:
    """Open for writing; a new file is readable by its user only."""
    return open(os.open(path, os.O_WRONLY | os.O_CREAT | flags, 0o600), "w", encoding="utf-8")  # noqa: PTH123
