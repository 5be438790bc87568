"""Rows to predict, as the body of a request, and the body of the response as Python values."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.invocations import without_line_end

CONTENT_TYPES = {".csv": "text/csv", ".json": "application/json", ".jsonl": "application/jsonlines"}


def request_body(rows: Any, content_type: str | None) -> tuple[bytes, str]:
    """The body and its content type: of a DataFrame or of lists as CSV without a header, of a file as it is.

    Raises:
        LaunchpadError: the ending of a file has no known content type, and none was named.
    """
    if isinstance(rows, bytes):
        return rows, content_type or "text/csv"
    if isinstance(rows, str | Path):
        path = Path(rows)
        media_type = content_type or CONTENT_TYPES.get(path.suffix.lower())
        if media_type is None:
            raise LaunchpadError(
                f"{path.name}: no content type is known for {path.suffix or 'a file without ending'}; name it, such as"
                f' content_type="text/csv"'
            )
        return without_line_end(path.read_bytes(), media_type), media_type
    content = rows.to_csv(index=False, header=False).encode() if hasattr(rows, "to_csv") else _csv(rows)
    return without_line_end(content, "text/csv"), "text/csv"


def predictions(body: bytes, content_type: str) -> Any:
    """The parsed response: JSON as it is, CSV as a list of rows, a row of one cell as a value; else the bytes."""
    media = content_type.partition(";")[0].strip()
    if media == "application/json":
        values = json.loads(body)
        return values["predictions"] if isinstance(values, dict) and set(values) == {"predictions"} else values
    if media == "text/csv":
        rows = [[_value(cell) for cell in row] for row in csv.reader(io.StringIO(body.decode())) if row]
        return [row[0] if len(row) == 1 else row for row in rows]
    return body


def _csv(rows: Iterable[Iterable[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _value(cell: str) -> float | str:
    try:
        return float(cell)
    except ValueError:
        return cell
