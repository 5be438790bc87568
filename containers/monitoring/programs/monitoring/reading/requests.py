"""The body of a request, by its content type, as rows in the order of the features."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache

from monitoring.reading.layout import Layout, Records, Row, UnreadableError

CSV, JSON, JSON_LINES = "text/csv", "application/json", "application/jsonlines"
SAME = {
    "text/plain": CSV,
    "application/csv": CSV,
    "application/x-jsonlines": JSON_LINES,
    "application/jsonl": JSON_LINES,
}
TOO_DEEP = "JSON that is nested too deeply"
ENVELOPES = ("instances", "inputs", "dataframe_records", "records", "rows", "features", "data", "values")
"""Keys below which servers expect the records: TensorFlow, Hugging Face, MLflow and the built-in algorithms."""


@lru_cache(maxsize=64)
def media_type(content_type: str) -> str:
    """A content type without its parameters, such as the charset; others for the same thing as one."""
    name = content_type.partition(";")[0].strip().lower()
    return SAME.get(name, name)


def read_request(body: str, content_type: str, layout: Layout) -> Records:
    """The records of a request; UnreadableError if none of it can be read."""
    reader = READERS.get(media_type(content_type))
    if reader is None:
        raise UnreadableError(f"content type {media_type(content_type) or 'unknown'}")
    try:
        return reader(body, layout)
    except RecursionError:
        raise UnreadableError(TOO_DEEP) from None


def csv_records(body: str, layout: Layout) -> Records:
    """The lines of a CSV request: by position, or by name below a header."""
    try:
        lines = [cells for cells in csv.reader(io.StringIO(body), skipinitialspace=True) if cells]
    except csv.Error:
        raise UnreadableError("CSV that can't be parsed") from None
    records = Records()
    header = None
    if lines and layout.is_header(lines[0]):
        records.header = True
        header = [name.strip() for name in lines.pop(0)]
    for cells in lines:
        with _counted(records):
            records.rows.append(csv_row(cells, header, layout, records.unknown))
    return _some(records)


def csv_row(cells: list[str], header: list[str] | None, layout: Layout, unknown: list[str]) -> Row:
    """One CSV line in the order of the features: by name below a header, otherwise by position."""
    if header is None:
        return layout.by_position(cells, "a CSV line")
    if len(cells) != len(header):
        raise UnreadableError("a CSV line of another length than its header")
    return layout.by_name(dict(zip(header, cells, strict=True)), unknown)


def json_records(body: str, layout: Layout) -> Records:
    """The records of a JSON document: objects, lists, or either below a server's envelope."""
    return _some(_from_items(_items(_parsed(body), layout), layout))


def json_lines_records(body: str, layout: Layout) -> Records:
    """A record per line; a line that is no JSON is one that can't be read."""
    records = Records()
    for line in filter(None, map(str.strip, body.splitlines())):
        with _counted(records):
            more = _from_items(_items(_parsed(line), layout), layout)
            records.rows += more.rows
            records.problems += more.problems
            records.unknown += more.unknown
    return _some(records)


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise UnreadableError("JSON that can't be parsed") from None


def _items(value: object, layout: Layout) -> list[object]:
    """The records in a parsed document, each still an object or a list."""
    if isinstance(value, dict):
        return _items_of_object(value, layout)
    if not isinstance(value, list):
        raise UnreadableError("JSON that is neither an object nor a list")
    if any(isinstance(item, list | dict) for item in value):
        return [_unwrapped(item, layout) for item in value]
    if layout.width == 1:  # a list of numbers is then a record each
        return [[item] for item in value]
    return [value] if value else []


def _items_of_object(value: Mapping[str, object], layout: Layout) -> list[object]:
    split = value.get("dataframe_split", value)
    if isinstance(split, dict) and isinstance(split.get("columns"), list) and isinstance(split.get("data"), list):
        return [_labelled(split["columns"], item) for item in split["data"]]
    for name in ENVELOPES:
        if name not in layout.types and isinstance(value.get(name), list | dict):
            return _items(value[name], layout)
    lengths = {len(cell) if isinstance(cell, list) else -1 for cell in value.values()}
    if len(lengths) == 1 and -1 not in lengths:  # a list of values per column
        return [dict(zip(value, cells, strict=True)) for cells in zip(*value.values(), strict=True)]
    return [value]


def _labelled(columns: list[object], item: object) -> object:
    """One row of pandas's `split` form; a row of another length stays a list, and is counted as such."""
    if isinstance(item, list) and len(item) == len(columns):
        return {str(name): cell for name, cell in zip(columns, item, strict=True)}
    return item


def _unwrapped(item: object, layout: Layout) -> object:
    """A record without the objects around it, as in `{"features": [1, 2]}`."""
    while isinstance(item, dict) and len(item) == 1:
        name, value = next(iter(item.items()))
        if name not in ENVELOPES or name in layout.types or not isinstance(value, list | dict):
            break
        item = value
    return item


def _from_items(items: list[object], layout: Layout) -> Records:
    records = Records()
    for item in items:
        with _counted(records):
            records.rows.append(_json_row(item, layout, records.unknown))
    return records


def _json_row(item: object, layout: Layout, unknown: list[str]) -> Row:
    if isinstance(item, dict):
        return layout.by_name(item, unknown)
    if isinstance(item, list):
        return layout.by_position(item, "a JSON list")
    raise UnreadableError("a JSON record that is neither an object nor a list")


@contextmanager
def _counted(records: Records) -> Iterator[None]:
    """Keep the position of a record that can't be read, with the reason."""
    try:
        yield
    except UnreadableError as error:
        records.rows.append(None)
        records.problems.append(str(error))


def _some(records: Records) -> Records:
    if not records.rows:
        raise UnreadableError("a request without records")
    return records


READERS: dict[str, Callable[[str, Layout], Records]] = {
    CSV: csv_records,
    JSON: json_records,
    JSON_LINES: json_lines_records,
}
