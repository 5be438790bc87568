"""The files with answers of an asynchronous endpoint or a transform job: a part per record, read one by one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import NamedTuple, TextIO

from monitoring.reading.answers import Task, json_items, probabilities
from monitoring.reading.layout import NUMERIC, Layout
from monitoring.reading.request_files import csv_lines, open_text
from monitoring.reading.values import is_missing, number

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
ID, TIME, INPUT, OUTPUT = "SageMakerInferenceId", "SageMakerInferenceTime", "SageMakerInput", "SageMakerOutput"
BROKEN = object()
"""The place of a part that can't be parsed."""


class Part(NamedTuple):
    """What one record was answered."""

    item: object
    """Cells of a CSV line, or a parsed JSON value; BROKEN if it is neither."""
    identity: str | None = None
    """The id that the transform job made, if it was asked to (GenerateInferenceId)."""
    request: object = None
    """The record itself, cells or a JSON value, where the job joined it with its answer (JoinSource)."""


@dataclass(frozen=True)
class AnswerFile:
    """One `.out` file. All methods raise one of `NO_TEXT` if it is no text."""

    path: Path

    def count(self) -> int:
        """Its lines that are not empty, as CSV or JSON has them."""
        with self._open() as text:
            return sum(1 for _ in (_json_lines(text) if self.is_json() else csv_lines(text)))

    def is_json(self) -> bool:
        """Whether it begins as JSON does; nothing else says what a `.out` file holds."""
        with self._open() as text:
            return text.read(200).lstrip().startswith(("{", "["))

    def parts(self, *, line_per_record: bool) -> Iterator[Part]:
        """Its parts in order. Without a line per record, each line or JSON document holds the answers of several."""
        with self._open() as text:
            if not self.is_json():
                for cells in csv_lines(text):
                    yield from [_csv_part(cells)] if line_per_record else map(Part, cells)
                return
            for line in _json_lines(text):
                for value in _documents(line):
                    if line_per_record or value is BROKEN or _is_joined(value):
                        yield _json_part(value)
                    else:
                        yield from map(_json_part, json_items(value, None))

    def _open(self) -> TextIO:
        return open_text(self.path)


def _json_lines(text: TextIO) -> Iterator[str]:
    """The lines; or the whole as one, where a document goes over several lines."""
    first = next((line for line in text if line.strip()), "")
    try:
        json.loads(first)
    except (ValueError, RecursionError):
        if _documents(first) == [BROKEN]:
            yield first + text.read()
            return
    yield from (line for line in chain([first], text) if line.strip())


def _documents(line: str) -> list[object]:
    """The JSON documents of a line: a transform job joins the answers to several requests without a line break."""
    documents: list[object] = []
    decoder, position = json.JSONDecoder(), 0
    line = line.strip()
    while position < len(line):
        try:
            value, position = decoder.raw_decode(line, position)
        except (ValueError, RecursionError):
            return [*documents, BROKEN]
        documents.append(value)
        position += len(line[position:]) - len(line[position:].lstrip())
    return documents


def _is_joined(value: object) -> bool:
    return isinstance(value, dict) and OUTPUT in value


def _json_part(value: object) -> Part:
    """The answer to one record, without a server's envelope and what the transform job added."""
    if not isinstance(value, dict):
        return Part(_single(value))
    rest = {name: cell for name, cell in value.items() if name not in {ID, TIME}}
    identity = value.get(ID)
    if OUTPUT not in rest:
        return Part(_single(rest), identity)
    output = rest.pop(OUTPUT)
    return Part(_single(output), identity, rest.get(INPUT, rest))


def _single(value: object) -> object:
    if value is BROKEN:
        return value
    items = json_items(value, 1)
    return items[0] if len(items) == 1 else value


def _csv_part(cells: list[str]) -> Part:
    if len(cells) > 2 and UUID.fullmatch(cells[-2].strip()) and _is_time(cells[-1].strip()):
        return Part(cells[:-2], cells[-2].strip())
    return Part(cells)


def _is_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def separated(part: Part, request: list[str] | None, layout: Layout, task: Task) -> Part:
    """A CSV part without the record that the job joined in front of it.

    Next to its request it is recognised for certain. Alone, it is recognised by its length and the types of its values.
    """
    cells, width = part.item, layout.width
    if not isinstance(cells, list) or part.request is not None or len(cells) <= width:
        return part
    texts = [str(cell).strip() for cell in cells]
    if request is not None:
        joined = texts[: len(request)] == [cell.strip() for cell in request] and len(texts) > len(request)
        return part._replace(item=cells[len(request) :]) if joined else part
    if task.name in {"binary", "multiclass"} and probabilities(list(cells)):
        return part
    kinds = zip(texts, layout.types.values(), strict=False)
    if all(kind != NUMERIC or is_missing(text) or number(text) is not None for text, kind in kinds):
        return part._replace(item=cells[width:], request=cells[:width])
    return part
