"""What a value means, in a request as in a training split: the same on both sides of a comparison."""

from __future__ import annotations

import math
import re

MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "<na>"})
"""Texts that stand for no value, in lower case; pandas reads them so too."""
WHOLE = re.compile(r"-?\d+\.0+")
"""What becomes of a whole number where a column also has missing values: pandas writes 1 as 1.0."""

Value = float | str | None
SCALARS, NESTED = (str, int, float), (list, dict)
"""Tuples, because `str | int` would make a new type for each of a million values."""


def is_missing(value: object) -> bool:
    """Whether a raw value says that there is none: an empty cell, null, NaN."""
    if isinstance(value, str):
        return value.strip().lower() in MISSING
    return value is None or (isinstance(value, float) and math.isnan(value))


def number(value: object) -> float | None:
    """A finite number, also one in quotes; None for anything else, infinity included."""
    if not isinstance(value, SCALARS):
        return None
    if isinstance(value, str) and "_" in value:  # Python reads 1_000 as a number; no model does
        return None
    try:
        result = float(value)
    except (ValueError, OverflowError):
        return None
    return result if math.isfinite(result) else None


def category(value: object) -> str | None:
    """A category's name: `True`, `true` and JSON's true are one, 1, 1.0 and "1.0" are one, and 01 is another.

    None for what is missing, and for lists and objects, which are no category.
    """
    if is_missing(value) or isinstance(value, NESTED):
        return None
    text = printable(str(value)).strip()
    if WHOLE.fullmatch(text):
        return text.partition(".")[0]
    return text.lower() if text.lower() in {"true", "false"} else text


def printable(text: str) -> str:
    """A text that can be written as UTF-8: JSON can hold half of a surrogate pair, which becomes a question mark."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def number_or_category(value: object) -> Value:
    """A finite number where it is one, otherwise a category's name."""
    figure = None if isinstance(value, bool) else number(value)
    return category(value) if figure is None else figure
