"""Labels meet predictions by id: late, missing, double and unmatched ones are counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from captures import HOUR, TYPES, captured, label, settings, write

from monitoring.labels import LabelCounts
from monitoring.reading.stream import Stream, read_stream

QUALITY = {"metric": "auc", "at_least": 0.8, "days": 7}
WEEK_AGO, LONG_AGO, TOMORROW = "2026-11-23T00:00:00Z", "2026-11-20T00:00:00Z", "2026-11-29T00:00:00Z"


def read(folder: Path, requests: list[str], labels: list[str | bytes], **changes: Any) -> Stream:
    write(folder / "captured" / HOUR / "a.jsonl", requests)
    write(folder / "labels/2026/11/28/20/a.jsonl", labels)
    return read_stream(folder, settings(quality=QUALITY, **changes), TYPES, ["0", "1"])


def pairs(stream: Stream) -> list[tuple[object, object]]:
    return [(pair.prediction, pair.label) for pair in stream.labels.pairs()]


def test_a_label_meets_its_prediction_by_inference_id(tmp_path: Path) -> None:
    stream = read(tmp_path, [captured(event="e1", inference="i1", response="0.7")], [label("i1")])
    assert (pairs(stream), stream.labels.counts()) == ([(0.7, "1")], LabelCounts(labelled=1))


def test_a_label_meets_its_prediction_by_event_id(tmp_path: Path) -> None:
    assert pairs(read(tmp_path, [captured(event="e1", response="0.7")], [label("e1")])) == [(0.7, "1")]


def test_the_event_id_is_no_key_where_the_caller_sent_an_inference_id(tmp_path: Path) -> None:
    stream = read(tmp_path, [captured(event="e1", inference="i1")], [label("e1")])
    assert stream.labels.counts() == LabelCounts(unlabelled=1, unmatched=1)


def test_records_of_one_request_are_labelled_by_their_index(tmp_path: Path) -> None:
    requests = [captured("30,clerk\n40,nurse\n50,cook", "0.1\n0.9\n0.5", event="e")]
    stream = read(tmp_path, requests, [label("e#1"), label("e#0", "0")])
    assert sorted(pairs(stream)) == [(0.1, "0"), (0.9, "1")]
    assert stream.labels.counts() == LabelCounts(labelled=2, unlabelled=1)


def test_one_line_may_label_all_records_of_a_request(tmp_path: Path) -> None:
    requests = [captured("30,clerk\n40,nurse", "0.1\n0.9", event="e"), captured(response="0.4", event="f")]
    stream = read(tmp_path, requests, [label("e", "0\n1\n"), label("f#0", "[1]", "JSON")])
    assert sorted(pairs(stream)) == [(0.1, "0"), (0.4, "1"), (0.9, "1")]


def test_a_missing_label_is_counted(tmp_path: Path) -> None:
    assert read(tmp_path, [captured(event="e")], []).labels.counts() == LabelCounts(unlabelled=1)


def test_a_prediction_before_the_drift_window_may_have_a_label(tmp_path: Path) -> None:
    stream = read(tmp_path, [captured(event="e", response="0.7", time=WEEK_AGO)], [label("e")])
    assert (pairs(stream), stream.tally.records, stream.outside) == ([(0.7, "1")], 0, 1)


def test_a_label_of_an_older_prediction_is_late(tmp_path: Path) -> None:
    stream = read(tmp_path, [captured(event="e", time=LONG_AGO)], [label("e")])
    assert (pairs(stream), stream.labels.counts()) == ([], LabelCounts(late=1))


def test_a_label_of_a_later_prediction_waits(tmp_path: Path) -> None:
    stream = read(tmp_path, [captured(event="e", time=TOMORROW)], [label("e")])
    assert stream.labels.counts() == LabelCounts()


def test_a_label_without_a_captured_prediction_is_unmatched(tmp_path: Path) -> None:
    assert read(tmp_path, [], [label("e")]).labels.counts() == LabelCounts(unmatched=1)


def test_the_newest_of_double_labels_wins(tmp_path: Path) -> None:
    write(tmp_path / "labels/2026/11/28/21/0.jsonl", [label("e", "0")])
    write(tmp_path / "labels/2026/11/27/23/z.jsonl", [label("e", "1")])
    stream = read(tmp_path, [captured(event="e", response="0.7")], [label("e", "1"), label("e", "1")])
    assert (pairs(stream), stream.labels.counts()) == ([(0.7, "0")], LabelCounts(labelled=1, double=3))


def test_of_two_predictions_with_one_id_the_newer_counts(tmp_path: Path) -> None:
    requests = [
        captured(event="e", response="0.7", time="2026-11-28T13:00:00Z"),
        captured(event="e", response="0.2", time="2026-11-28T12:00:00Z"),
    ]
    stream = read(tmp_path, requests, [label("e")])
    assert (pairs(stream), stream.labels.counts()) == ([(0.7, "1")], LabelCounts(labelled=1))


def test_a_request_without_an_answer_is_neither_labelled_nor_unlabelled(tmp_path: Path) -> None:
    stream = read(tmp_path, [captured(event="e", response=None)], [label("e")])
    assert stream.labels.counts() == LabelCounts(unmatched=1)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"groundTruthData"', "labels: a line that is no JSON"),
        (b"\xff", "labels: bytes that are no UTF-8"),
        ("{}", "labels: a line that is no label"),
        (label("e", ""), "labels: a label without a value"),
        (label("e", "[", "JSON"), "labels: a line that is no label"),
    ],
)
def test_broken_labels_are_counted(tmp_path: Path, line: str | bytes, reason: str) -> None:
    stream = read(tmp_path, [captured(event="e")], [line])
    assert dict(stream.reader.problems.unreadable) == {reason: 1}


def test_labels_of_a_regression_are_numbers(tmp_path: Path) -> None:
    changes = {"task": "regression", "quality": None}
    write(tmp_path / "captured" / HOUR / "a.jsonl", [captured(event="e", response="7.5"), captured(event="f")])
    write(tmp_path / "labels/2026/11/28/20/a.jsonl", [label("e", "8"), label("f", "many")])
    stream = read_stream(tmp_path, settings(**changes), TYPES, [])
    assert pairs(stream) == [(7.5, 8.0)]
    assert dict(stream.reader.problems.unreadable) == {"labels: a label of another type": 1}


def test_segments_of_labelled_records_are_kept(tmp_path: Path) -> None:
    requests = [captured(event="e"), captured("40,nurse", event="f", time=WEEK_AGO), captured(None, event="g")]
    stream = read(tmp_path, requests, [label(name) for name in "efg"], segments=["job"])
    assert [pair.segments for pair in stream.labels.pairs()] == [("clerk",), ("nurse",), (None,)]
