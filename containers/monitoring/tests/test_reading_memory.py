"""A long window needs no more memory than its sample and its labels do."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from captures import HOUR, baseline, captured, settings, write

from monitoring.baseline import write_baseline
from monitoring.reading.window import read_window

SHORT, LONG, SAMPLE = 300, 6000, 100


@pytest.fixture
def traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


def peak(folder: Path, records: int) -> int:
    """The bytes that Python allocates at most while it reads a window without labels."""
    lines = (captured(f"{index},{'x' * 500}{index}", event=str(index)) for index in range(records))
    write(folder / "captured" / HOUR / "a.jsonl", lines)
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    window = read_window(folder, settings(sample_rows=SAMPLE), baseline())
    assert window.counts.records == records
    return tracemalloc.get_traced_memory()[1] - before


def baseline_peak(folder: Path, rows: int) -> int:
    """The bytes that Python allocates at most while it makes a baseline."""
    write(folder / "data/train.csv", ["age,y,job", *(f"{index},1,{'x' * 500}{index}" for index in range(rows))])
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    write_baseline(folder / "data", folder / "baseline", settings(sample_rows=SAMPLE))
    return tracemalloc.get_traced_memory()[1] - before


@pytest.mark.usefixtures("traced")
def test_a_baseline_keeps_its_sample_and_not_its_rows(tmp_path: Path) -> None:
    baseline_peak(tmp_path / "warm", SHORT)
    # The first thousand distinct values are counted by name, which is half a megabyte.
    assert baseline_peak(tmp_path / "long", LONG) < baseline_peak(tmp_path / "short", SHORT) + 1_000_000


@pytest.mark.usefixtures("traced")
def test_memory_does_not_grow_with_the_records(tmp_path: Path) -> None:
    peak(tmp_path / "warm", SHORT)
    # Each record has 500 bytes: the additional ones alone would be 2.8 MB.
    assert peak(tmp_path / "long", LONG) < peak(tmp_path / "short", SHORT) + 500_000
