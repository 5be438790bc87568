"""Terminal output: results go to stdout, everything else to stderr; without a terminal it is plain text.

Text from a user, a log or AWS is never read as markup and never controls the terminal: `SafeConsole` escapes control
sequences.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from launchpad.messages.plain_text import visible


class SafeConsole(Console):
    """A console on which only its own control sequences take effect; those in texts are escaped."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Render the segments, with control characters escaped: all output passes through here."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(visible(segment.text), segment.style)


out = SafeConsole(highlight=False, soft_wrap=True)
err = SafeConsole(stderr=True, highlight=False, soft_wrap=True)

STATUS_STYLES = {
    "green": ("current", "Completed", "InService", "CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"),
    "red": ("failed", "refused", "Failed", "CREATE_FAILED", "DELETE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"),
    "yellow": ("InProgress", "Creating", "Updating", "Stopping", "Stopped", "Deleting"),
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


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str | Text]], right: Sequence[str] = ()) -> Table:
    """A table; the columns in `right` are right-aligned numbers."""
    result = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        result.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        result.add_row(*row)
    return result


def show(rendered_table: Table, *, console: Console = out) -> None:
    """Print a table; when the output goes to a file, no cell is truncated."""
    console.print(rendered_table, soft_wrap=False, width=None if console.is_terminal else 200, crop=False)


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
