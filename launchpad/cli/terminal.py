"""Terminal output: results go to stdout, everything else to stderr; without a terminal it is plain text.

Text from a user, a log or AWS is never read as markup and never controls the terminal: `SafeConsole` escapes control
sequences.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from launchpad.cli.tables import Table, table
from launchpad.messages.plain_text import visible

__all__ = [
    "STATUS_STYLES",
    "duration",
    "emit",
    "err",
    "fields",
    "note",
    "out",
    "plural",
    "results_to_person",
    "results_to_program",
    "say",
    "show",
    "size",
    "status",
    "table",
]


class SafeConsole(Console):
    """A console on which only its own control sequences take effect; those in texts are escaped."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Render the segments, with control characters escaped: all output passes through here."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(visible(segment.text), segment.style)


out = SafeConsole(highlight=False, soft_wrap=True)
err = SafeConsole(stderr=True, highlight=False, soft_wrap=True)

STATUS_STYLES = {
    "green": (
        "current",
        "Completed",
        "SUCCEEDED",
        "COMPLETED",
        "SUCCESS",
        "InService",
        "CREATE_COMPLETE",
        "UPDATE_COMPLETE",
        "IMPORT_COMPLETE",
    ),
    "red": (
        "failed",
        "refused",
        "Failed",
        "FAILED",
        "TIMED_OUT",
        "CREATE_FAILED",
        "DELETE_FAILED",
        "ROLLBACK_COMPLETE",
        "ROLLBACK_FAILED",
    ),
    "yellow": (
        "InProgress",
        "RUNNING",
        "PENDING",
        "ABORTED",
        "CANCELLED",
        "Creating",
        "Updating",
        "Stopping",
        "Stopped",
        "Deleting",
    ),
}
_STYLE_OF = {status: style for style, statuses in STATUS_STYLES.items() for status in statuses}


def say(text: str, style: str = "", *, console: Console = out) -> None:
    """Print one message verbatim."""
    console.print(Text(text, style))


def note(text: str) -> None:
    """Print text that accompanies a result to stderr."""
    say(text, "dim", console=err)


def status(value: str) -> Text:
    """An AWS status, coloured by its meaning."""
    return Text(value, _STYLE_OF.get(value, "yellow" if "PROGRESS" in value else ""))


def fields(pairs: Iterable[tuple[str, str]], *, console: Console = out) -> None:
    """Print labels with their values, one per line, aligned."""
    rows = [(label, value) for label, value in pairs if value]
    width = max((len(label) for label, _ in rows), default=0)
    for label, value in rows:
        console.print(Text.assemble((f"  {label:<{width}}  ", "dim"), value))


def show(table: Table, *, console: Console = out) -> None:
    """Print a table."""
    console.print(table, soft_wrap=True)


def results_to_program() -> None:
    """Send all further text to stderr, because stdout belongs to the one JSON document of `emit`."""
    out.stderr = True


def results_to_person() -> None:
    """Undo `results_to_program`."""
    out.stderr = False


def emit(content: Any, *, indent: int | None = 2) -> None:
    """Print a result for a program to read: JSON, with moments as ISO 8601. Text of others is escaped by JSON."""
    sys.stdout.write(f"{json.dumps(content, indent=indent, default=_iso)}\n")
    sys.stdout.flush()


def _iso(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def duration(seconds: float) -> str:
    """A duration as text: `0.4 s`, `12.3 s`, `3 min 5 s`."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def size(number: float) -> str:
    """A number of bytes in readable units: `35.1 kB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if number < 1000:
            return f"{number:.0f} B" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} TB"


def plural(number: int, noun: str) -> str:
    """A number with its noun: `1 file`, `2 files`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
