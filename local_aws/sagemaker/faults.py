"""What a client reads of a failure of the server itself."""

from __future__ import annotations

import errno

FULL_DISK = "InternalServerError: no space is left on the local AWS's disk; make room, or choose another with --state"
"""SageMaker has other words where data or artifacts exceed an instance's volume: see `training_channels`."""


def reason(error: Exception) -> str:
    """The FailureReason for an error that is not the client's."""
    full = isinstance(error, OSError) and error.errno == errno.ENOSPC
    return FULL_DISK if full else f"InternalServerError: {error}"
