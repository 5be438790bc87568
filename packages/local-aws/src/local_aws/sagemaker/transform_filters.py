"""Filters of batch transform: which parts of a record go to the model, and which parts of the result are kept.

The paths are the part of JSONPath that SageMaker documents: `$`, `.name`, `['a','b']`, `[0,5]`, `[-1]`, `[1:]`, `*`.
JSONPath libraries return a list of matches; SageMaker keeps the shape (several names make an object, a slice a list),
so this is our own code. A CSV record is a list of its columns.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Step = Callable[[Any, Callable[[Any], Any]], Any]
"""Takes a value and a function for each selected part; returns the selection."""

_TOKEN = re.compile(
    r"""\.?\[(?P<names>'[^']*'(?:\s*,\s*'[^']*')*)\]      # ['a','b']
      | \.?\[(?P<start>-?\d*):(?P<end>-?\d*)\]            # [1:3]
      | \.?\[(?P<numbers>-?\d+(?:\s*,\s*-?\d+)*)\]        # [0,5]
      | \.?\[(?P<any>\*)\] | \.(?P<every>\*)              # [*] or .*
      | \.(?P<name>[^.\[\]'"*\s]+)                        # .name""",
    re.VERBOSE | re.ASCII,
)


class FilterError(Exception):
    """A path is invalid, or a record does not have what a path selects."""


@dataclass(frozen=True)
class Path:
    """A parsed path; `Path.parse` raises `FilterError`."""

    text: str
    steps: tuple[Step, ...]

    @classmethod
    def parse(cls, text: str) -> Path:
        """Parse a path such as ``$.features[1:]``."""
        steps, position = [], 1
        while text.startswith("$") and position < len(text) and (match := _TOKEN.match(text, position)):
            steps.append(_step(match))
            position = match.end()
        if not text.startswith("$") or position < len(text):
            raise FilterError(
                f"{text!r} is no path of batch transform: write such as $, $.name, $['a','b'], $[0,5], $[1:], $.list[*]"
            )
        return cls(text, tuple(steps))

    def select(self, value: Any) -> Any:
        """The part of ``value`` that the path selects."""
        return self._select(value, 0)

    def _select(self, value: Any, number: int) -> Any:
        if number == len(self.steps):
            return value
        try:
            return self.steps[number](value, lambda part: self._select(part, number + 1))
        except (KeyError, IndexError, TypeError, AttributeError):
            raise FilterError(f"the record has nothing at {self.text}") from None


def _step(match: re.Match[str]) -> Step:
    if match["name"] is not None:
        return _names([match["name"]])
    if match["names"]:
        return _names(re.findall("'([^']*)'", match["names"]))
    if match["numbers"]:
        return _numbers([int(number) for number in match["numbers"].split(",")])
    if match["any"] or match["every"]:
        return lambda value, go_on: [go_on(part) for part in (value.values() if isinstance(value, dict) else value)]
    bounds = slice(*(int(match[name]) if match[name] else None for name in ("start", "end")))
    return lambda value, go_on: [go_on(part) for part in _list(value)[bounds]]


def _names(names: list[str]) -> Step:
    if len(names) == 1:
        return lambda value, go_on: go_on(_object(value)[names[0]])
    return lambda value, go_on: {name: go_on(_object(value)[name]) for name in names}


def _numbers(numbers: list[int]) -> Step:
    if len(numbers) == 1:
        return lambda value, go_on: go_on(_list(value)[numbers[0]])
    return lambda value, go_on: [go_on(_list(value)[number]) for number in numbers]


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError
    return value


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError
    return value


@dataclass(frozen=True)
class Format:
    """How records are read from bytes, written, and joined with predictions."""

    read: Callable[[bytes], Any]
    write: Callable[[Any], bytes]
    join: Callable[[Any, Any], Any]


def _read_csv(record: bytes) -> Any:
    return next(csv.reader(io.StringIO(record.decode())), [])


def _write_csv(value: Any) -> bytes:
    if isinstance(value, dict):
        raise FilterError("a CSV record can't hold an object")
    row = io.StringIO()
    csv.writer(row, lineterminator="").writerow(value if isinstance(value, list) else [value])
    return row.getvalue().encode()


def _join_json(record: Any, prediction: Any) -> Any:
    if isinstance(record, dict):
        return {**record, "SageMakerOutput": prediction}
    return {"SageMakerInput": record, "SageMakerOutput": prediction}


_CSV = Format(_read_csv, _write_csv, lambda record, prediction: [*record, *prediction])
_JSON = Format(json.loads, lambda value: json.dumps(value, separators=(",", ":")).encode(), _join_json)
FORMATS = {"text/csv": _CSV, "application/json": _JSON, "application/jsonlines": _JSON}
"""Formats by content type: those for which SageMaker has filters."""


@dataclass(frozen=True)
class Filters:
    """A job's DataProcessing. Without filters, records and predictions pass unchanged."""

    format: Format
    input: Path
    output: Path
    join: bool

    @classmethod
    def of(cls, request: dict[str, Any]) -> Filters | None:
        """The filters of a CreateTransformJob request or of Describe's response; None if nothing is filtered.

        Raises `FilterError` for an invalid path, and for a content type that can't be filtered.
        """
        processing = request.get("DataProcessing", {})
        paths = [processing.get(name, "$") for name in ("InputFilter", "OutputFilter")]
        join = processing.get("JoinSource", "None") == "Input"
        if paths == ["$", "$"] and not join:
            return None
        kind = media_type(request["TransformInput"].get("ContentType"))
        if kind not in FORMATS:
            raise FilterError(f"DataProcessing needs a TransformInput.ContentType of {', '.join(FORMATS)}, not {kind}.")
        accept = media_type(request["TransformOutput"].get("Accept"))
        if join and accept and FORMATS.get(accept) is not FORMATS[kind]:
            raise FilterError(
                f"JoinSource Input can't join {kind} with {accept}: set TransformOutput.Accept to {kind}."
            )
        return cls(FORMATS[kind], Path.parse(paths[0]), Path.parse(paths[1]), join)

    def to_model(self, record: bytes) -> bytes:
        """The part of a record for the model."""
        return self.format.write(self.input.select(self._read(record)))

    def to_output(self, record: bytes, prediction: bytes) -> bytes:
        """The parts of a record and its prediction for the output."""
        value = self._read(prediction)
        if self.join:
            value = self.format.join(self._read(record), value)
        return self.format.write(self.output.select(value))

    def _read(self, data: bytes) -> Any:
        try:
            return self.format.read(data)
        except (ValueError, csv.Error) as error:
            raise FilterError(f"{data[:80]!r} can't be read: {error}") from error


def media_type(value: str | None) -> str | None:
    """A content type in lower case, without its parameters."""
    return value.partition(";")[0].strip().lower() if value else None
