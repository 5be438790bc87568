"""Draws the tables of numbers that jobs write, as SVG text: a job needs no plotting library, and no drawing code.

Each table is a CSV file with a header that names its columns, the first of which is x. `KINDS` says by a file's name
how its other columns are drawn. Colours are in the drawing, because it is also kept as a file; on a page they are the
page's (`PAGE`). All are styles, because the style sheet of a page would override attributes.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from launchpad.report.charts import Point, Scale, ticks
from launchpad.report.palettes import FILE, Palette

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 640, 420, 64, 48, 36, 14
MOST_TITLES = 400
"""The most dots of a page's drawing that show their values under the mouse."""
MOST_POINTS = 5000
"""The most points of a series; of a longer table every n-th row is drawn."""


@dataclass(frozen=True)
class Kind:
    """How a table is drawn."""

    line: bool = False
    """Joined by a line; else a dot per row."""
    diagonal: str = ""
    """The name of the line on which x equals y, if there is one."""
    square: bool = False
    """Both axes have the same numbers, so that the diagonal is one."""


KINDS = {
    "predictions.csv": Kind(diagonal="no error", square=True),
    "curve.csv": Kind(line=True, diagonal="by chance"),
    "points.csv": Kind(),
    "line.csv": Kind(line=True),
}
TOGETHER = (("predictions.csv",), ("curve.csv",), ("points.csv", "line.csv"))
"""Tables that are drawn on the same axes."""


@dataclass(frozen=True)
class Series:
    """Points with one name: dots, or joined by a line."""

    name: str
    points: Sequence[Point]
    line: bool
    colour: int | None
    """Its number in the palette; None is grey."""


@dataclass(frozen=True)
class Panel:
    """One pair of axes; `y` is empty where the legend names several columns."""

    x: str
    y: str
    series: Sequence[Series]
    square: bool = False
    """Whether both axes are the same, because x and y are values of one thing."""


def panels(tables: Mapping[str, str]) -> list[Panel]:
    """The drawings of `tables`, their texts by file name; a table without two columns of numbers is left out."""
    drawings = []
    for names in TOGETHER:
        parsed = {name: table for name in names if name in tables and (table := _parse(tables[name]))}
        if parsed:
            drawings.append(_panel(parsed))
    return drawings


def picture(drawings: Sequence[Panel], titles: Sequence[str], palette: Palette = FILE) -> Markup:
    """One SVG with all drawings side by side, each below its title."""
    parts = [
        Markup('<g transform="translate({} 0)">{}</g>').format(
            number * WIDTH, Markup("\n").join(_draw(panel, title, palette))
        )
        for number, (panel, title) in enumerate(zip(drawings, titles, strict=True))
    ]
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {1}" font-family="sans-serif" font-size="13">'
        '<rect width="{0}" height="{1}" style="fill:{3}"/>\n{2}\n</svg>\n'
    ).format(WIDTH * len(drawings), HEIGHT, Markup("\n").join(parts), palette.paper)


def _parse(text: str) -> tuple[list[str], list[list[float]]] | None:
    """The header and the rows; None if it is no table of numbers."""
    try:
        header, *rows = [row for row in csv.reader(io.StringIO(text)) if row] or [[]]
        numbers = [[float(cell) for cell in row] for row in rows]
    except (ValueError, csv.Error):
        return None
    finite = all(map(math.isfinite, (cell for row in numbers for cell in row)))
    if len(header) < 2 or not numbers or not finite or {len(row) for row in numbers} != {len(header)}:
        return None
    return header, numbers[:: math.ceil(len(numbers) / MOST_POINTS)]


def _panel(tables: Mapping[str, tuple[list[str], list[list[float]]]]) -> Panel:
    columns = list(dict.fromkeys(name for header, _ in tables.values() for name in header[1:]))
    colours = {name: number for number, name in enumerate(columns)}
    series: list[Series] = []
    for file, (header, rows) in tables.items():
        kind = KINDS[file]
        if kind.diagonal:
            ends = [min(row[0] for row in rows), max(row[0] for row in rows)]
            series.append(Series(kind.diagonal, [(end, end) for end in ends], line=True, colour=None))
        for number, name in enumerate(header[1:], 1):
            series.append(Series(name, [(row[0], row[number]) for row in rows], kind.line, colours[name]))
    header = next(iter(tables.values()))[0]
    square = any(KINDS[file].square for file in tables)
    return Panel(header[0], columns[0] if len(columns) == 1 else "", series, square)


def _draw(panel: Panel, title: str, palette: Palette) -> Iterator[Markup]:
    across, up = ([point[axis] for each in panel.series for point in each.points] for axis in (0, 1))
    if panel.square:
        across = up = [*across, *up]
    x_marks, y_marks = ticks(min(across), max(across)), ticks(min(up), max(up))
    x, y = Scale(x_marks[0], x_marks[-1], LEFT, WIDTH - RIGHT), Scale(y_marks[0], y_marks[-1], HEIGHT - BOTTOM, TOP)
    middle, centre = (LEFT + WIDTH - RIGHT) / 2, (TOP + HEIGHT - BOTTOM) / 2
    words = Markup('<text x="{}" y="{}" text-anchor="middle" style="fill:{}{}">{}</text>')
    yield words.format(middle, 20, palette.words, ";font-size:15px", title)
    yield words.format(middle, HEIGHT - 8, palette.words, "", panel.x)
    yield Markup(
        '<text transform="translate(14 {}) rotate(-90)" text-anchor="middle" style="fill:{}">{}</text>'
    ).format(centre, palette.words, panel.y)
    grid = Markup('<line x1="{}" y1="{}" x2="{}" y2="{}" style="stroke:{}"/>')
    number = Markup('<text x="{}" y="{}" text-anchor="{}" style="fill:{}">{:g}</text>')
    for mark in x_marks:
        yield grid.format(x(mark), TOP, x(mark), HEIGHT - BOTTOM, palette.grid)
        yield number.format(x(mark), HEIGHT - BOTTOM + 18, "middle", palette.numbers, mark)
    for mark in y_marks:
        yield grid.format(LEFT, y(mark), WIDTH - RIGHT, y(mark), palette.grid)
        yield number.format(LEFT - 6, y(mark) + 4, "end", palette.numbers, mark)
    yield from (_shape(each, x, y, palette) for each in panel.series)
    yield from _legend(panel, palette)


def _colour(series: Series, palette: Palette) -> str:
    return palette.grey if series.colour is None else palette.series[series.colour % len(palette.series)]


def _shape(series: Series, x: Scale, y: Scale, palette: Palette) -> Markup:
    colour = _colour(series, palette)
    pixels = [(x(across), y(up)) for across, up in series.points]
    if series.line:
        path = " ".join(f"{across:g},{up:g}" for across, up in pixels)
        return Markup('<polyline points="{}" style="fill:none;stroke:{};stroke-width:2"/>').format(path, colour)
    if palette.titles and len(pixels) <= MOST_TITLES:
        return Markup("").join(
            Markup('<circle class="dot" cx="{}" cy="{}" r="4.5" style="fill:{}"><title>{:.5g}, {:.5g}</title></circle>')
            .format(*pixel, colour, *point) for pixel, point in zip(pixels, series.points, strict=True)
        )  # fmt: skip
    # Lines of no length with round ends are a short way to write dots.
    path = "".join(f"M{across:g} {up:g}h0" for across, up in pixels)
    style = "stroke-opacity:0.6;stroke-width:5;stroke-linecap:round"
    return Markup('<path d="{}" style="stroke:{};{}"/>').format(path, colour, style)


def _legend(panel: Panel, palette: Palette) -> Iterator[Markup]:
    """Yield each name in its colour; a single column's name is on the axis already."""
    names = {each.name: _colour(each, palette) for each in panel.series if each.name != panel.y}
    for number, (name, colour) in enumerate(names.items()):
        yield Markup('<text x="{}" y="{}" text-anchor="end" style="fill:{}">{}</text>').format(
            WIDTH - RIGHT - 8, HEIGHT - BOTTOM - 10 - 17 * number, colour, name
        )
