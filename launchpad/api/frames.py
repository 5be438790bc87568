"""Tables as pandas DataFrames. pandas is optional, so it is imported when the first table is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from launchpad.messages.errors import LaunchpadError


def frame(rows: Iterable[Mapping[str, Any]]) -> Any:
    """A DataFrame with a row for each mapping, and a column for each key that any of them has.

    Raises:
        LaunchpadError: pandas is not installed.
    """
    try:
        import pandas
    except ImportError:
        raise LaunchpadError(
            "tables need pandas, which is not installed: `uv pip install pandas`, or `pip install pandas`"
        ) from None
    return pandas.DataFrame([dict(row) for row in rows])
