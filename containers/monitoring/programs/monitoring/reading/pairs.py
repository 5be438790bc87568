"""The files of an asynchronous endpoint or a transform job: requests in one folder, answers in another.

The answer to `x.csv` is called `x.csv.out` by a transform job; that of an asynchronous endpoint has a UUID unless the
caller names it, so it often finds no request. What has no counterpart is used alone. Neither has a time in it.
`times.json` says when those of an endpoint were written, because some are of the days whose labels count; the files of
a transform job all belong to the window.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import repeat
from pathlib import Path

from monitoring.reading.answer_files import BROKEN, AnswerFile, Part, separated
from monitoring.reading.captured import NO_UTF8, Bounds
from monitoring.reading.events import NO_PREDICTION, Reader, Record
from monitoring.reading.request_files import NO_TEXT, Asked, RequestFile
from monitoring.reading.values import Value

SUFFIX = ".out"
FAILED = "-error.out"
"""What an asynchronous endpoint calls the answer to a request that failed."""
NOTHING = Asked(None)


def file_records(inputs: Path, reader: Reader, content_type: str, window: Bounds) -> Iterator[Record]:
    """The records of all files below `requests/` and `answers/`, also those before the window.

    What can't be read is counted only for the window: what lies around it was another report's.
    """
    requests, answers, times = inputs / "requests", inputs / "answers", Times.read(inputs / "times/times.json")
    silent = Reader(reader.layout, reader.task)
    paths = _files(requests)
    names = _names(requests, paths)
    remaining = dict.fromkeys(paths)
    for path in _files(answers):
        time = times.of(answers, path)
        chosen = reader if window.holds(time) else silent
        if path.name.endswith(FAILED):
            chosen.problems.add("a request that failed")
            continue
        name = path.relative_to(answers).as_posix().removesuffix(SUFFIX)
        request = names.get(name) or names.get(name.rpartition("/")[2])
        if request in remaining:
            del remaining[request]
            file = RequestFile(request, content_type, reader.layout)
            yield from FilePair(request.name, file, AnswerFile(path), chosen, time).records()
        else:
            yield from FilePair(Path(name).name, None, AnswerFile(path), chosen, time).records()
    for request in remaining:
        time = times.of(requests, request)
        file = RequestFile(request, content_type, reader.layout)
        yield from FilePair(request.name, file, None, reader if window.holds(time) else silent, time).records()


@dataclass(frozen=True)
class Times:
    """When files were written, by folder and path; unknown for those of a transform job."""

    timestamps: Mapping[str, Mapping[str, str]]

    @classmethod
    def read(cls, path: Path) -> Times:
        """The content of `times.json`, if the job was given one."""
        return cls(json.loads(path.read_bytes()) if path.is_file() else {})

    def of(self, folder: Path, path: Path) -> datetime | None:
        """The time of a file below `requests/` or `answers/`, in UTC."""
        text = self.timestamps.get(folder.name, {}).get(path.relative_to(folder).as_posix())
        return datetime.fromisoformat(text).astimezone(UTC) if text else None


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []


def _names(folder: Path, paths: Iterable[Path]) -> dict[str, Path | None]:
    """How a request is found: by its path, and by its name with or without an ending where no other has the same."""
    names: dict[str, Path | None] = {}
    for path in paths:
        for name in {path.name, path.stem}:
            names[name] = None if name in names else path
    return names | {path.relative_to(folder).as_posix(): path for path in paths}


@dataclass(frozen=True)
class FilePair:
    """A file of requests, a file of answers, or both."""

    name: str
    """The name by which labels refer to the records, as `name#0`, `name#1`..., unless a transform job made ids."""
    request: RequestFile | None
    answer_file: AnswerFile | None
    reader: Reader
    time: datetime | None
    """When the answer was written, or else the request."""

    def records(self) -> Iterator[Record]:
        """The records in order. Answers that are more or fewer than the requests are left out, and counted."""
        requests = self._count(self.request)
        lines = self._count(self.answer_file)
        per_line = requests is None or lines is None or lines - requests in {0, self._header()}
        answers = self._parts_count(per_line=per_line) if lines else 0
        if requests is None:
            yield from self._zipped(repeat(NOTHING), self._parts(0, per_line=per_line), single=answers == 1)
            return
        extra = answers - requests
        if answers and extra not in {0, self._header()}:
            self.reader.problems.add("a file with more or fewer answers than requests")
            answers = 0
        parts = self._parts(extra, per_line=per_line) if answers else repeat(Part(None))
        yield from self._zipped(self.request.records(self.reader), parts, single=requests == 1)  # type: ignore[union-attr]

    def _zipped(self, requests: Iterable[Asked], parts: Iterable[Part], *, single: bool) -> Iterator[Record]:
        for index, (record, part) in enumerate(zip(requests, parts, strict=False)):
            part = separated(part, record.cells, self.reader.layout, self.reader.task)
            row = record.row if part.request is None or record.row is not None else self.reader.row(part.request)
            identity = part.identity or (self.name if single else f"{self.name}#{index}")
            prediction = self._prediction(part)
            if row is not None or prediction is not None:
                yield Record(identity, self.time, row, prediction)

    def _prediction(self, part: Part) -> Value:
        if part.item is BROKEN:
            self.reader.problems.add("an answer that can't be parsed")
            return None
        prediction = self.reader.task.prediction(part.item)
        if prediction is None and part.item is not None:
            self.reader.problems.add(NO_PREDICTION)
        return prediction

    def _header(self) -> int:
        """How many answers more than requests there may be: a model that takes a header for a record answers it too."""
        return int(self.request is not None and self.request.has_header())

    def _parts(self, skipped: int, *, per_line: bool) -> Iterator[Part]:
        parts = self.answer_file.parts(line_per_record=per_line) if self.answer_file else iter(())
        for _ in range(skipped):
            next(parts)
        return parts

    def _parts_count(self, *, per_line: bool) -> int:
        return sum(1 for _ in self._parts(0, per_line=per_line))

    def _count(self, file: RequestFile | AnswerFile | None) -> int | None:
        if file is None:
            return None
        try:
            count = file.count()
        except NO_TEXT:
            self.reader.problems.add(NO_UTF8)
            return None
        if not count:
            self.reader.problems.add("an empty file")
        return count or None
