"""The size of what PutLogEvents takes at once (API reference)."""

from __future__ import annotations

MOST_BYTES = 1_048_576
"""Bytes of a batch, and of an event."""
BYTES_PER_EVENT = 26
"""What each event counts besides its message."""


def event_bytes(message: str) -> int:
    """Bytes that an event with this message counts."""
    return len(message.encode(errors="replace")) + BYTES_PER_EVENT
