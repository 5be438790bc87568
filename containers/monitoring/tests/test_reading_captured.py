"""Captured files become records; what is broken in them is counted, and costs nothing else."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from captures import END, HOUR, NOON, START, TYPES, captured, payload, write

from monitoring.reading.answers import Task
from monitoring.reading.captured import Bounds, captured_records
from monitoring.reading.events import NAMES, OTHER, Reader, Record
from monitoring.reading.layout import Layout

ROW = ["30", "clerk"]
WINDOW = Bounds(datetime.fromisoformat(START), datetime.fromisoformat(END))


def read(folder: Path, *lines: str | bytes) -> tuple[list[Record], dict[str, int], dict[str, int]]:
    write(folder / HOUR / "00-00-000-a.jsonl", lines)
    reader = Reader(Layout(TYPES), Task("binary", ["0", "1"]))
    records = list(captured_records(folder, reader, WINDOW))
    return records, dict(reader.problems.unreadable), dict(reader.problems.unknown)


def test_a_captured_request_is_a_record_with_its_answer(tmp_path: Path) -> None:
    [record], unreadable, _ = read(tmp_path, captured(event="e1"))
    assert (record.identity, record.row, record.prediction, unreadable) == ("e1", ROW, 0.5, {})
    assert record.time is not None
    assert record.time.isoformat() == "2026-11-28T12:00:00+00:00"


def test_the_callers_inference_id_goes_before_the_event_id(tmp_path: Path) -> None:
    assert read(tmp_path, captured(event="e1", inference="order-7"))[0][0].identity == "order-7"


def test_records_of_one_request_have_numbered_ids(tmp_path: Path) -> None:
    records, _, _ = read(tmp_path, captured("30,clerk\n40,nurse", "0.1\n0.9", event="e1"))
    assert [(record.identity, record.prediction) for record in records] == [("e1#0", 0.1), ("e1#1", 0.9)]


def test_mixed_content_types_in_one_window(tmp_path: Path) -> None:
    bodies = [
        payload("30,clerk"),
        payload("30,clerk\n", "text/csv; charset=utf-8"),
        payload('{"age": "30", "job": "clerk"}', "application/json", encoding="JSON"),
        payload('[["30", "clerk"]]', "application/json", encoding="JSON"),
        payload('{"instances": [["30", "clerk"]]}', "application/json; charset=utf-8", encoding="JSON"),
        payload('{"age": "30", "job": "clerk"}\n', "application/jsonlines", encoding="BASE64"),
        payload("30,clerk", "text/csv", encoding="BASE64"),
    ]
    records, unreadable, _ = read(tmp_path, *[captured(body) for body in bodies])
    assert ([record.row for record in records], unreadable) == ([ROW] * len(bodies), {})


def test_a_base64_answer_is_decoded(tmp_path: Path) -> None:
    response = payload('{"predictions": [0.25]}', "application/json", encoding="BASE64")
    assert read(tmp_path, captured(response=response))[0][0].prediction == 0.25


def test_only_the_request_captured(tmp_path: Path) -> None:
    [record], unreadable, _ = read(tmp_path, captured(response=None))
    assert (record.row, record.prediction, unreadable) == (ROW, None, {})


def test_only_the_answer_captured(tmp_path: Path) -> None:
    records, unreadable, _ = read(tmp_path, captured(None, "0.1\n0.9"))
    assert ([(record.row, record.prediction) for record in records], unreadable) == ([(None, 0.1), (None, 0.9)], {})


def test_a_line_that_is_cut_off_costs_only_itself(tmp_path: Path) -> None:
    records, unreadable, _ = read(tmp_path, captured(), captured()[:100], captured(), captured()[:-1])
    assert (len(records), unreadable) == (2, {"a line that is no JSON": 2})


def test_bytes_that_are_no_utf8_cost_only_their_line(tmp_path: Path) -> None:
    records, unreadable, _ = read(tmp_path, b'{"captureData": "\xff"}', captured())
    assert (len(records), unreadable) == (1, {"bytes that are no UTF-8": 1})


def test_an_empty_file_and_blank_lines_are_nothing(tmp_path: Path) -> None:
    write(tmp_path / HOUR / "empty.jsonl", [])
    records, unreadable, _ = read(tmp_path, "", captured(), "  ")
    assert (len(records), unreadable) == (1, {})


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("[1]", "a line that is no JSON"),
        ("{}", "a line that is no captured request"),
        (captured(time="yesterday"), "a captured request without inferenceTime"),
        (captured(payload("!!", encoding="CSV") | {"encoding": "BASE64"}), "base64 that can't be decoded"),
        (captured(payload("é") | {"encoding": "BASE64"}), "base64 that can't be decoded"),
        (captured(payload("/w==") | {"encoding": "BASE64"}), "bytes that are no UTF-8, of content type text/csv"),
        (captured(payload("x", "image/png", encoding="BASE64")), "content type image/png"),
        (
            captured(payload('{"instances":' * 900 + "1" + "}" * 900, "application/json", encoding="JSON")),
            "JSON that is nested too deeply",
        ),
        (
            captured(response=payload("[" * 900 + "1" + "]" * 900, "application/json", encoding="JSON")),
            "an answer without a prediction",
        ),
        (
            captured(response=payload('{"outputs":' * 900 + "{}" + "}" * 900, "application/json", encoding="JSON")),
            "an answer without a prediction",
        ),
        (captured("1,2,3"), "a CSV line of 3 values instead of 2"),
        (
            captured(response=payload('{"hello": 1}', "application/json", encoding="JSON")),
            "an answer without a prediction",
        ),
        (captured(response="0.1\n0.2"), "an answer with more or fewer predictions than the request has records"),
    ],
)
def test_what_cant_be_read_is_counted_by_reason(tmp_path: Path, line: str, reason: str) -> None:
    assert read(tmp_path, line)[1] == {reason: 1}


def test_an_unreadable_request_still_has_its_answer(tmp_path: Path) -> None:
    [record], _, _ = read(tmp_path, captured(payload("x", "image/png", encoding="BASE64"), "0.5"))
    assert (record.row, record.prediction) == (None, 0.5)


def test_an_unreadable_answer_still_has_its_request(tmp_path: Path) -> None:
    [record], _, _ = read(tmp_path, captured(response="0.1\n0.2"))
    assert (record.row, record.prediction) == (ROW, None)


def test_a_broken_record_keeps_the_answers_of_the_others(tmp_path: Path) -> None:
    records, _, _ = read(tmp_path, captured("30,clerk\n30\n40,nurse", "0.1\n0.5\n0.9", event="e"))
    assert [(record.identity, record.prediction) for record in records] == [("e#0", 0.1), ("e#1", 0.5), ("e#2", 0.9)]


def test_broken_requests_around_the_window_are_not_counted(tmp_path: Path) -> None:
    lines = [captured("1,2,3", time="2026-11-27T23:59:59Z"), captured("age,x\n1,2", time=END)]
    _, unreadable, unknown = read(tmp_path, *lines)
    assert (unreadable, unknown) == ({}, {})


def test_invented_column_names_are_counted_in_bounded_memory(tmp_path: Path) -> None:
    bodies = [payload(f'{{"c{index}": 1}}', "application/json", encoding="JSON") for index in range(NAMES + 50)]
    _, _, unknown = read(tmp_path, *[captured(body) for body in bodies])
    assert (len(unknown), unknown[OTHER]) == (NAMES + 1, 50)


def test_all_folders_and_variants_are_read(tmp_path: Path) -> None:
    write(tmp_path / "shop/Canary/2026/11/28/11/59-59-999-b.jsonl", [captured(event="other", time=NOON)])
    assert {record.identity for record in read(tmp_path, captured(event="e"))[0]} == {"e", "other"}
