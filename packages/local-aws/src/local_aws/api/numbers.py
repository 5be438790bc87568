"""Numbers that requests have as text, read as AWS reads them: digits of ASCII, without `_`, blanks, nan or inf.

Python's own `int` and `float` take all of these, so that they are not used on text of a request.
"""

from __future__ import annotations

import math
import re

INTEGER = re.compile(r"[+-]?[0-9]{1,300}")
DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")

SMALLEST_METRIC, LARGEST_METRIC = 2.0**-360, 2.0**360


class NotANumberError(ValueError):
    """A text stands where a request needs a number; it is the error's message."""


def whole(text: str) -> int:
    """The integer that a text stands for. Raises `NotANumberError`."""
    if not INTEGER.fullmatch(text):
        raise NotANumberError(text)
    return int(text)


def decimal(text: str) -> float:
    """The finite number that a text stands for. Raises `NotANumberError`."""
    number = float(text) if DECIMAL.fullmatch(text) else math.nan
    if not math.isfinite(number):
        raise NotANumberError(text)
    return number


def decimal_or_none(text: str) -> float | None:
    """The finite number that a text stands for, or None for other text."""
    try:
        return decimal(text)
    except NotANumberError:
        return None


def is_digits(text: str) -> bool:
    """Whether a text has digits only, and none of other scripts."""
    return text.isascii() and text.isdigit()


def is_metric(number: float) -> bool:
    """Whether CloudWatch takes a number as the value of a metric: not NaN, and neither too large nor too close to 0."""
    return number == 0 or SMALLEST_METRIC <= abs(number) <= LARGEST_METRIC
