"""Tables in which no name is ever broken or cut, so that it can be copied from a terminal and found in a pipe.

A pipe gets one line per row, however long. On a terminal that is too narrow for that, a row begins with its first
cell on a separate line, and the other cells follow below it.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

GAP = "   "
INDENT = "    "
NARROWEST = 24
Row = Sequence[Text]


@dataclass(frozen=True)
class Table:
    """A title, headings and rows; the columns in `right` are right-aligned numbers."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Row]
    right: Sequence[str] = ()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Print it as wide as the terminal, or as wide as it is."""
        for line in self.lines(options.max_width if console.is_terminal else None):
            line.no_wrap, line.overflow = True, "ignore"
            yield line

    def lines(self, width: int | None) -> Iterator[Text]:
        """Its lines, at most `width` characters each where a name is not longer; without a width, one line per row."""
        yield Text(self.title, "bold")
        if width is None or _width(self._widths()) <= width:
            yield _heading(_line(_texts(self.columns), self._widths(), self._right()).plain)
            yield from (_line(row, self._widths(), self._right()) for row in self.rows)
        else:
            yield from self._stacked(width)
        yield Text()

    def _stacked(self, width: int) -> Iterator[Text]:
        """Each row on two lines; a row whose second line would be too long has a line per cell."""
        widths = self._widths()[1:]
        fits = cell_len(INDENT) + _width(widths) <= width
        yield _heading(self.columns[0])
        if fits:
            yield _heading(INDENT + _line(_texts(self.columns[1:]), widths, self._right()[1:]).plain)
        for first, *others in self.rows:
            yield first
            if fits:
                yield Text.assemble(INDENT, _line(others, widths, self._right()[1:]))
            else:
                yield from self._labelled(others, width)

    def _labelled(self, cells: Row, width: int) -> Iterator[Text]:
        longest = max(cell_len(column) for column in self.columns[1:])
        room = max(NARROWEST, width - len(INDENT) - longest - 2)
        for column, cell in zip(self.columns[1:], cells, strict=True):
            words = textwrap.wrap(cell.plain, room, break_long_words=False, break_on_hyphens=False)
            for number, text in enumerate(words):
                label = column if number == 0 else ""
                yield Text.assemble(INDENT, (f"{label:<{longest}}  ", "dim"), (text, cell.style))

    def _widths(self) -> list[int]:
        return [max(map(cell_len, texts)) for texts in zip(self.columns, *map(_plain, self.rows), strict=True)]

    def _right(self) -> list[bool]:
        return [column in self.right for column in self.columns]


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str | Text]], right: Sequence[str] = ()) -> Table:
    """A table of texts; line breaks in a cell become blanks."""
    return Table(title, columns, [[_one_line(cell) for cell in row] for row in rows], right)


def _one_line(cell: str | Text) -> Text:
    if isinstance(cell, Text):
        return cell
    return Text(" ".join(cell.splitlines()))


def _plain(row: Row) -> list[str]:
    return [cell.plain for cell in row]


def _width(widths: Sequence[int]) -> int:
    return sum(widths) + cell_len(GAP) * (len(widths) - 1)


def _texts(columns: Sequence[str]) -> list[Text]:
    return [Text(column) for column in columns]


def _heading(text: str) -> Text:
    return Text(text, "dim")


def _line(cells: Row, widths: Sequence[int], right: Sequence[bool]) -> Text:
    """The cells of one line, padded; nothing follows the last one."""
    line = Text()
    for number, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        padding = " " * (width - cell_len(cell.plain))
        line.append_text(Text.assemble(GAP if number else "", *((padding, cell) if right[number] else (cell, padding))))
    line.rstrip()
    return line
