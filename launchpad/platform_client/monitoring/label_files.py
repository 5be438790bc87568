"""Reads a CSV file with labels, and says what is wrong in which line before anything is uploaded.

Note: the file is read in one pass, and its ids are kept in a temporary database on disk, so that the memory needed
doesn't grow with the file.
"""

from __future__ import annotations

import csv
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from launchpad.messages.errors import InvalidFileError, Problem, suggest

LONGEST_ID = 64
"""`InferenceId` of InvokeEndpoint: 1 to 64 printable ASCII characters, of which the first is no blank."""
_OF_A_RECORD = re.compile(r"#[0-9]{1,7}$")
"""What follows the id of a request with several records: `a#2` is the third one's (`containers/monitoring`)."""
MOST_PROBLEMS = 20
"""How many mistakes one message lists."""
SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
EVERY = 50_000
"""How many lines pass between two calls of `progress`."""
_CACHE_KILOBYTES = 65_536


@dataclass(frozen=True)
class LabelColumns:
    """The names of the two columns."""

    inference_id: str = "inference_id"
    label: str = "label"


@dataclass(frozen=True)
class Label:
    """What a prediction should have been."""

    inference_id: str
    value: str


def check(path: Path, columns: LabelColumns, *, numbers: bool, progress: Callable[[int], object]) -> int:
    """Check the whole file; return how many labels it has. With `numbers`, each label must be a finite number.

    Raises:
        InvalidFileError: has the lines that are wrong, at most the first twenty.
    """
    problems: list[Problem] = []
    count = 0
    with closing(_seen_ids()) as database:
        for line, label in _rows(path, columns, problems):
            problems.extend(Problem(path, line, *mistake) for mistake in _mistakes(label, columns, numbers))
            if earlier := _earlier(database, label.inference_id, line):
                message = f"{label.inference_id!r} has a label in line {earlier} already; keep one of the two"
                problems.append(Problem(path, line, columns.inference_id, message))
            count += 1
            if count % EVERY == 0:
                progress(count)
            if len(problems) >= MOST_PROBLEMS:
                break
    if not problems and not count:
        problems.append(Problem(path, None, "", "has no line below its header, so it has no labels"))
    if problems:
        raise InvalidFileError(problems[:MOST_PROBLEMS])
    return count


def labels(path: Path, columns: LabelColumns) -> Iterator[Label]:
    """The labels of a file that `check` has passed."""
    for _, label in _rows(path, columns, []):
        yield label


def _rows(path: Path, columns: LabelColumns, problems: list[Problem]) -> Iterator[tuple[int, Label]]:
    """Each label with the number of its line; what is no row of two cells is a problem."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            reader = csv.reader(file, strict=True)
            header = [name.strip() for name in next(reader, [])]
            if mistake := _header_mistake(header, columns):
                problems.append(Problem(path, 1, "", mistake))
                return
            id_at, label_at = header.index(columns.inference_id), header.index(columns.label)
            for row in reader:
                if len(row) == len(header):
                    yield reader.line_num, Label(row[id_at], row[label_at].strip())
                elif row:
                    message = f"has {len(row)} cells, and the header has {len(header)}; {_CELLS}"
                    problems.append(Problem(path, reader.line_num, "", message))
        except csv.Error as error:
            problems.append(Problem(path, reader.line_num, "", f"is no CSV: {error}; {_CELLS}"))
        except UnicodeDecodeError as error:
            problems.append(Problem(path, None, "", _encoding(error)))


_CELLS = "put a cell that has a comma, a quote or a line break into double quotes"


def _encoding(error: UnicodeDecodeError) -> str:
    start = error.object[:2]
    if start in (b"\xff\xfe", b"\xfe\xff"):
        return "is UTF-16; save it as UTF-8, in Excel as `CSV UTF-8`"
    return f"is not UTF-8: {error.reason}; save it as UTF-8"


def _header_mistake(header: list[str], columns: LabelColumns) -> str:
    """What is wrong with the first line; empty if nothing is."""
    expected = f"{columns.inference_id},{columns.label}"
    if not any(header):
        return f"is empty; write the header {expected} into the first line"
    for separator, words in SEPARATORS.items():
        if len(header) == 1 and separator in header[0]:
            return f"separates its cells by {words}; save the file with commas: {expected}"
    for name, option in ((columns.inference_id, "--id-column"), (columns.label, "--label-column")):
        if header.count(name) > 1:
            return f"has the column {name!r} twice; keep one"
        if name not in header:
            return f"has no column {name!r} ({suggest(name, header, 'columns')}); name it with {option} NAME"
    if columns.inference_id == columns.label:
        return f"--id-column and --label-column are both {columns.label!r}; name two columns"
    return ""


def _mistakes(label: Label, columns: LabelColumns, numbers: bool) -> Iterator[tuple[str, str]]:
    """The column and the message of each mistake in one row."""
    name = label.inference_id
    if not name.strip():
        yield columns.inference_id, "is empty; write the id that the request had (`launchpad predict --inference-id`)"
    elif len(request := _OF_A_RECORD.sub("", name)) > LONGEST_ID:
        yield columns.inference_id, f"has {len(request)} characters; the id of a request has at most {LONGEST_ID}"
    elif not (name.isascii() and name.isprintable()) or name[0] == " ":
        yield columns.inference_id, f"{name!r} is no id of a request: printable ASCII that begins with no blank"
    if not label.value:
        yield columns.label, "is empty; leave the line out until the label is known"
    elif numbers and not _is_number(label.value):
        yield columns.label, f"{label.value!r} is no number, and the workload's `monitoring.task` is regression"


def _is_number(text: str) -> bool:
    try:
        return abs(float(text)) < float("inf")
    except ValueError:
        return False


def _seen_ids() -> sqlite3.Connection:
    """A temporary database, which SQLite deletes when it is closed."""
    database = sqlite3.connect("", isolation_level=None)
    database.execute(f"PRAGMA cache_size = -{_CACHE_KILOBYTES}")
    database.execute("PRAGMA journal_mode = OFF")
    database.execute("CREATE TABLE ids (id TEXT PRIMARY KEY, line INTEGER) WITHOUT ROWID")
    database.execute("BEGIN")
    return database


def _earlier(database: sqlite3.Connection, inference_id: str, line: int) -> int | None:
    """The line in which the id was before; None the first time."""
    if database.execute("INSERT OR IGNORE INTO ids VALUES (?, ?)", (inference_id, line)).rowcount:
        return None
    earlier: int = database.execute("SELECT line FROM ids WHERE id = ?", (inference_id,)).fetchone()[0]
    return earlier
