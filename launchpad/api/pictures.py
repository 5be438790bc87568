"""A picture that a notebook shows by itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from launchpad.messages.errors import LaunchpadError
from launchpad.report.pictures import panels, picture


@dataclass(frozen=True)
class Picture:
    """A drawing as SVG; as the last line of a notebook's cell it is shown."""

    svg: str

    def _repr_svg_(self) -> str:
        """The SVG, for IPython's display."""
        return self.svg

    def save(self, path: str | Path) -> Path:
        """Write the picture to a file, and return its path."""
        target = Path(path)
        target.write_text(self.svg, "utf-8")
        return target


def draw(tables: dict[str, str], title: str) -> Picture:
    """Draw the tables of numbers that a job wrote, their texts by file name.

    Raises:
        LaunchpadError: none of them can be drawn.
    """
    drawings = panels(tables)
    if not drawings:
        raise LaunchpadError(
            f"{title} wrote nothing to draw: no predictions.csv, curve.csv, points.csv or line.csv with numbers in its"
            " output"
        )
    return Picture(str(picture(drawings, [title] * len(drawings))))
