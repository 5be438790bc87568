"""FailureReasons: SageMaker's messages, paths as the program knows them, and text that can be encoded."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path

OPT_ML = "/opt/ml"
NO_SPACE = "Insufficient disk space"
"""SageMaker's complete message for a volume that is too small."""
FULL_DISK = "InternalServerError: no space is left on the local AWS's disk; make room, or choose another with --state"
"""The message if the server's own disk is full, not an instance's volume."""

SERVER_STOPPED = (
    "InternalServerError: the local AWS was stopped or killed while the job was in progress. Start it again."
)
"""The message of a job that a server began and the next one found."""
INTERRUPTED = "The local AWS was stopped or killed before this change was complete."
"""The message of any other resource."""


def fault(error: Exception) -> str:
    """The FailureReason for an error that is not the client's fault."""
    full = isinstance(error, OSError) and error.errno == errno.ENOSPC
    return FULL_DISK if full else f"InternalServerError: {words_of(error)}"


def words_of(error: Exception) -> str:
    """An error's message: SageMaker's for a full disk, and without this machine's paths."""
    if not isinstance(error, OSError) or error.strerror is None:
        return str(error)
    if error.errno == errno.ENOSPC:
        return NO_SPACE
    inside_opt_ml = isinstance(error.filename, str) and error.filename.startswith(OPT_ML)
    return f"{error.filename}: {error.strerror}" if inside_opt_ml else error.strerror


def printable(name: str) -> str:
    """A file's name, with characters that are not text escaped."""
    return os.fsencode(name).decode(errors="backslashreplace")


def without_paths(text: str, jobs: Path) -> str:
    """A reason in which a job's folder, below ``jobs``, has the path that the program knows."""
    return re.sub(rf"{re.escape(str(jobs))}/[^/\s'\"]+(/algo-\d+)?", OPT_ML, text)
