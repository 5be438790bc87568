"""The page that tells what was found of each workload: `build/workloads.md`, from a file per workload next to it.

`make workloads-docs` takes page and pictures over to where they are read; what no run has found anew stays as it is.
Tests run in several processes: who writes the page does it alone, from all files that there are.
"""

from __future__ import annotations

import fcntl
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from launchpad.report.pictures import KINDS, panels, picture
from local_aws.runtimes.base import ImageNotFoundError
from local_aws.runtimes.images import find_image, load_images
from tests.workloads.algorithms import section

ROOT = Path(__file__).resolve().parents[2]
RECORDS = ROOT / "build" / "workloads"
PAGE = ROOT / "build" / "workloads.md"
COMMITTED = ROOT / "docs" / "workloads.md"
ROW = re.compile(r"\| \[([^]]+)\]")
"""How a row begins: with the workload's name."""
HEAD = """\
# The workloads, as their last runs found them

Written by `make test-workloads`, which takes each folder of `workloads/` from its data to a prediction on the local
AWS, two at a time; `make workloads-docs` copies it here. *Job* is how long the training job ran, or the processing job
where nothing is trained, *all* the whole way; on the first run of a framework its environment is built too.

| Workload | Data | Rows | Runs on | Metric | Found | Gate | Job, s | All, s |
|---|---|---:|---|---|---:|---:|---:|---:|
"""


@dataclass
class Record:
    """One row of the page."""

    workload: str
    dataset: str
    rows: int = 0
    runtime: str = ""
    metric: str = ""
    value: float | None = None
    gate: str = ""
    job_seconds: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    """The seconds of each step, by its name."""


def runtime(image: str) -> str:
    """What an image's programs run on here, for people."""
    try:
        return find_image(image, load_images()).image.title
    except ImageNotFoundError:
        return "own container"


def keep_picture(workload: str, content: bytes) -> None:
    """Keep a workload's picture for `make workloads-docs`."""
    RECORDS.mkdir(parents=True, exist_ok=True)
    (RECORDS / f"{workload}.svg").write_bytes(content)


def drawn(workload: str, tables: Mapping[str, str]) -> str:
    """Draw a workload's tables, and keep the picture; empty where none of them is drawn."""
    drawings = panels(tables)
    text = str(picture(drawings, [workload] * len(drawings))) if drawings else ""
    if text:
        keep_picture(workload, text.encode())
    return text


def drawn_from(folder: Path, workload: str) -> str:
    """Draw the tables in a folder, and keep the picture."""
    return drawn(workload, {path.name: path.read_text("utf-8") for path in folder.glob("*.csv") if path.name in KINDS})


def write(record: Record, folder: Path = RECORDS, page: Path = PAGE) -> None:
    """Keep a record, and write the page anew from all that there are."""
    folder.mkdir(parents=True, exist_ok=True)
    with alone(folder / "page.lock"):
        (folder / f"{record.workload}.json").write_text(json.dumps(asdict(record), indent=1) + "\n", "utf-8")
        records = [
            json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"), key=lambda path: path.stem)
        ]
        page.write_text(text(row(Record(**item)) for item in records if _is_of_today(item)), "utf-8")


def text(rows: Iterable[str]) -> str:
    """The whole page."""
    return HEAD + "".join(rows) + section()


def rows_of(page: Path) -> dict[str, str]:
    """The rows that a page has, as they stand, by workload; none where there is no page."""
    lines = page.read_text("utf-8").splitlines(keepends=True) if page.is_file() else []
    return {match[1]: line for line in lines if (match := ROW.match(line))}


def take_over(built: Path = PAGE, committed: Path = COMMITTED) -> None:
    """Write the page that is read: a run's rows take the place of those that it has of the same workloads."""
    rows = {**rows_of(committed), **rows_of(built)}
    committed.write_text(text(rows[name] for name in sorted(rows) if _is_there(name)), "utf-8")


def _is_of_today(record: dict[str, Any]) -> bool:
    """Whether a record is of a workload that there still is, and of this version of the page."""
    return record.keys() == {field.name for field in fields(Record)} and _is_there(record["workload"])


def _is_there(workload: str) -> bool:
    return (ROOT / "workloads" / workload).is_dir()


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Let no other process that names the same lock file in meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def row(record: Record) -> str:
    """One line of the page."""
    cells: list[Any] = [
        f"[{record.workload}](../workloads/{record.workload})",
        record.dataset,
        record.rows,
        record.runtime,
        record.metric,
        "" if record.value is None else f"{record.value:.4g}",
        record.gate,
        record.job_seconds,
        round(sum(record.seconds.values())),
    ]
    return f"| {' | '.join(map(str, cells))} |\n"


if __name__ == "__main__":
    take_over()
