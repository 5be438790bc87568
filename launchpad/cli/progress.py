"""Shows what a command is doing: one live line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from launchpad.cli.terminal import duration, out, say


class LiveLine:
    """The line of one activity. On a terminal it spins, counts and disappears at the end; elsewhere it is not shown."""

    detail = ""
    """The current detail, shown after the title."""
    result = ""
    """The text at the end of a step's lasting line."""

    def __init__(self, title: str, *, console: Console = out) -> None:
        self.title = title
        self.console = console
        self.began = time.monotonic()
        self._spinner = Spinner("dots", style="cyan")
        self._live = Live(get_renderable=self._render, console=console, transient=True, refresh_per_second=12)

    def __enter__(self) -> LiveLine:
        if self.console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    @property
    def seconds(self) -> float:
        """The seconds since it began."""
        return time.monotonic() - self.began

    def say(self, text: str, style: str = "dim") -> None:
        """Print a lasting line above the live one."""
        say(text, style, console=self.console)

    def _render(self) -> Table:
        row = Table.grid(padding=(0, 1))
        row.add_column(width=1)
        row.add_column(no_wrap=True)
        row.add_column(no_wrap=True, justify="right")
        row.add_column(no_wrap=True, overflow="ellipsis")
        row.add_row(
            self._spinner, Text(self.title, "bold"), Text(duration(self.seconds), "cyan"), Text(self.detail, "dim")
        )
        return row


class Quiet:
    """Shows everything that is reported on the live line only, without a lasting line."""

    def __init__(self, line: LiveLine) -> None:
        self._line = line

    @property
    def detail(self) -> str:
        """The current detail of the live line."""
        return self._line.detail

    @detail.setter
    def detail(self, text: str) -> None:
        self._line.detail = text

    def say(self, text: str) -> None:
        """Show the text as the current detail."""
        self._line.detail = text.strip()


class Steps:
    """The numbered steps of a long command, and the seconds that each took."""

    def __init__(self, total: int, width: int, *, console: Console = out) -> None:
        self.seconds: dict[str, float] = {}
        self._total = total
        self._width = width
        self._console = console

    @staticmethod
    def clock() -> float:
        """The time in seconds on the clock that times the steps."""
        return time.monotonic()

    @contextmanager
    def step(self, key: str, title: str) -> Iterator[LiveLine]:
        """Run one step in the block; its time is recorded under `key` if it succeeds."""
        number = f"{len(self.seconds) + 1}/{self._total}"
        if not self._console.is_terminal:
            say(f"{number}  {title} ...", console=self._console)
        with LiveLine(f"{number}  {title:<{self._width}}", console=self._console) as step:
            try:
                yield step
            except Exception:
                self._console.print(Text.assemble(("✗ ", "red"), f"{number}  {title}"))
                raise
        self.seconds[key] = step.seconds
        self._console.print(
            Text.assemble(
                ("✓ ", "green"),
                f"{number}  {title:<{self._width}}",
                (f"{duration(step.seconds):>9}", "cyan"),
                (f"   {step.result}" if step.result else "", "dim"),
            )
        )
