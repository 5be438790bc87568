"""The numbers that the package's README gives, which the tests hold it to."""

from __future__ import annotations

import re
from pathlib import Path

README = Path(__file__).resolve().parents[2] / "README.md"


def number(before: str, after: str) -> int:
    """The number that README.md has between these words."""
    documented = re.search(rf"{before} ([\d,]+)\s+{after}", README.read_text(encoding="utf-8"))
    assert documented, f"{README} says no number of {after}"
    return int(documented[1].replace(",", ""))
