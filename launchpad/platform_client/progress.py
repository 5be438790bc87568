"""What long operations report while they run, without knowing the command line that shows it."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """A live line: `detail` is its current text, `say` prints a lasting line above it."""

    detail: str

    def say(self, text: str) -> None:
        """Print a lasting line."""
