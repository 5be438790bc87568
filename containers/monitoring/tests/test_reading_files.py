"""Files of asynchronous endpoints and transform jobs: pairs, halves, and joined answers."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest
from captures import TYPES, write

from monitoring.reading.answers import Task
from monitoring.reading.captured import Bounds
from monitoring.reading.events import Reader, Record
from monitoring.reading.layout import Layout
from monitoring.reading.pairs import file_records

UUID = "0a1b2c3d-0000-4000-8000-00000000000"
DAY = Bounds(datetime(2026, 11, 28, tzinfo=UTC), datetime(2026, 11, 29, tzinfo=UTC))
ROWS = [["30", "clerk"], ["40", "nurse"]]


def read(
    folder: Path, files: dict[str, list[str] | bytes], content_type: str = "text/csv", task: Task | None = None
) -> tuple[list[Record], dict[str, int]]:
    """Read files of `requests/` and `answers/`."""
    for name, lines in files.items():
        if isinstance(lines, bytes):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(lines)
        else:
            write(folder / name, lines)
    reader = Reader(Layout(TYPES), task or Task("binary", ["0", "1"]))
    records = list(file_records(folder, reader, content_type, DAY))
    return records, dict(reader.problems.unreadable)


def short(records: list[Record]) -> list[tuple[str, object, object]]:
    return [(record.identity, record.row, record.prediction) for record in records]


PAIRED = [("x.csv#0", ROWS[0], 0.1), ("x.csv#1", ROWS[1], 0.9)]


def test_a_transform_jobs_answers_belong_to_the_lines_of_its_file(tmp_path: Path) -> None:
    files = {"requests/a/x.csv": ["30,clerk", "40,nurse"], "answers/a/x.csv.out": ["0.1", "0.9"]}
    records, unreadable = read(tmp_path, files)
    assert (short(records), unreadable) == (PAIRED, {})


def test_files_of_one_name_in_several_folders_are_kept_apart(tmp_path: Path) -> None:
    files = {f"requests/{name}/x.csv": [f"{age},clerk"] for name, age in (("a", 1), ("b", 2))}
    answers = {"answers/b/x.csv.out": ["0.2"], "answers/a/x.csv.out": ["0.1"]}
    records, _ = read(tmp_path, files | answers)
    assert [(record.row, record.prediction) for record in records] == [(["1", "clerk"], 0.1), (["2", "clerk"], 0.2)]


def test_joined_answers_are_recognised_next_to_their_requests(tmp_path: Path) -> None:
    files = {"requests/x.csv": ["30,clerk", "40,nurse"], "answers/x.csv.out": ["30,clerk,0.1", "40,nurse,0.9"]}
    assert short(read(tmp_path, files)[0]) == PAIRED


def test_joined_answers_alone_are_requests_too(tmp_path: Path) -> None:
    records, _ = read(tmp_path, {"answers/x.csv.out": ["30,clerk,0.1", "40,nurse,0.9"]})
    assert short(records) == PAIRED


def test_probabilities_alone_are_no_joined_answers(tmp_path: Path) -> None:
    records, _ = read(tmp_path, {"answers/x.csv.out": ["0.2,0.7,0.1"]}, task=Task("multiclass", ("a", "b", "c")))
    assert short(records) == [("x.csv", None, "b")]


def test_joined_json_answers_are_recognised(tmp_path: Path) -> None:
    lines = [
        '{"age": "30", "job": "clerk", "SageMakerOutput": {"score": 0.1}}',
        '{"SageMakerInput": ["40", "nurse"], "SageMakerOutput": 0.9}',
    ]
    records, _ = read(tmp_path, {"answers/x.jsonl.out": lines})
    assert [(record.row, record.prediction) for record in records] == [(ROWS[0], 0.1), (ROWS[1], 0.9)]


def test_ids_that_the_transform_job_made_are_those_of_the_labels(tmp_path: Path) -> None:
    lines = [f"{score},{UUID}{index},2026-11-28T12:00:00Z" for index, score in enumerate(["0.1", "0.9"])]
    records, _ = read(tmp_path, {"requests/x.csv": ["30,clerk", "40,nurse"], "answers/x.csv.out": lines})
    assert short(records) == [(f"{UUID}0", ROWS[0], 0.1), (f"{UUID}1", ROWS[1], 0.9)]
    assert records[0].time is None  # the job was chosen by its end, so its start may be before the window


def test_json_lines_are_answered_line_by_line(tmp_path: Path) -> None:
    requests = ['{"age": "30", "job": "clerk"}', '["40", "nurse"]']
    files = {"requests/x.jsonl": requests, "answers/x.jsonl.out": ["[0.9, 0.1]", '{"predictions": [[0.1, 0.9]]}']}
    assert [(record.row, record.prediction) for record in read(tmp_path, files)[0]] == [(ROWS[0], 0.1), (ROWS[1], 0.9)]


@pytest.mark.parametrize(
    "answers",
    [
        b'{"predictions": [0.1, 0.9]}',
        b'{"predictions": [0.1]}{"predictions": [0.9]}',
        b"[0.1,\n 0.9]\n",
    ],
)
def test_answers_of_several_records_in_one_json_document(tmp_path: Path, answers: bytes) -> None:
    files = {"requests/x.csv": ["30,clerk", "40,nurse"], "answers/x.csv.out": answers}
    assert short(read(tmp_path, files)[0]) == PAIRED


def test_answers_of_several_records_in_one_csv_line(tmp_path: Path) -> None:
    files = {"requests/x.csv": ["30,clerk", "40,nurse"], "answers/x.csv.out": ["0.1,0.9"]}
    assert short(read(tmp_path, files)[0]) == PAIRED


def test_compressed_requests_are_read(tmp_path: Path) -> None:
    files: dict[str, list[str] | bytes] = {
        "requests/x.csv.gz": gzip.compress(b"30,clerk\n40,nurse\n"),
        "answers/x.csv.gz.out": ["0.1", "0.9"],
    }
    assert [record[1:] for record in short(read(tmp_path, files)[0])] == [record[1:] for record in PAIRED]


def test_a_header_in_a_file_that_the_model_answered_too(tmp_path: Path) -> None:
    files = {"requests/x.csv": ["job,age", "clerk,30", "nurse,40"], "answers/x.csv.out": ["0.5", "0.1", "0.9"]}
    assert short(read(tmp_path, files)[0]) == PAIRED


def test_a_header_in_a_file_that_the_model_left_out(tmp_path: Path) -> None:
    files = {"requests/x.csv": ["job,age", "clerk,30", "nurse,40"], "answers/x.csv.out": ["0.1", "0.9"]}
    assert short(read(tmp_path, files)[0]) == PAIRED


def test_answers_that_are_too_few_are_left_out_and_counted(tmp_path: Path) -> None:
    files = {"requests/x.csv": ["30,clerk", "40,nurse"], "answers/x.csv.out": ["0.1"]}
    records, unreadable = read(tmp_path, files)
    assert [(record.row, record.prediction) for record in records] == [(ROWS[0], None), (ROWS[1], None)]
    assert unreadable == {"a file with more or fewer answers than requests": 1}


def test_asynchronous_answers_named_after_their_request(tmp_path: Path) -> None:
    files = {"requests/in/r7": ["30,clerk"], "answers/out/r7.out": ["0.1"]}
    assert short(read(tmp_path, files)[0]) == [("r7", ROWS[0], 0.1)]


def test_an_asynchronous_json_request_without_an_ending(tmp_path: Path) -> None:
    files: dict[str, list[str] | bytes] = {
        "requests/r7": b'{"instances": [["30", "clerk"],\n ["40", "nurse"]]}',
        "answers/r7.out": b'{"predictions": [0.1, 0.9]}',
    }
    records, _ = read(tmp_path, files, "application/json")
    assert [(record.row, record.prediction) for record in records] == [(ROWS[0], 0.1), (ROWS[1], 0.9)]


def test_asynchronous_halves_are_used_alone(tmp_path: Path) -> None:
    records, unreadable = read(tmp_path, {"requests/r7.csv": ["30,clerk"], f"answers/{UUID}0.out": ["0.1"]})
    assert (short(records), unreadable) == ([(f"{UUID}0", None, 0.1), ("r7.csv", ROWS[0], None)], {})


def test_a_failed_asynchronous_request_is_counted(tmp_path: Path) -> None:
    records, unreadable = read(tmp_path, {f"answers/{UUID}0-error.out": ["boom"]})
    assert (records, unreadable) == ([], {"a request that failed": 1})


@pytest.mark.parametrize(("content", "reason"), [(b"", "an empty file"), (b"\xff\xfe0.1", "bytes that are no UTF-8")])
def test_a_file_that_cant_be_read_leaves_the_other_half(tmp_path: Path, content: bytes, reason: str) -> None:
    records, unreadable = read(tmp_path, {"requests/x.csv": ["30,clerk"], "answers/x.csv.out": content})
    assert (short(records), unreadable) == ([("x.csv", ROWS[0], None)], {reason: 1})


def test_a_line_without_a_prediction_is_counted(tmp_path: Path) -> None:
    files = {"requests/x.csv": ["30,clerk", "40,nurse"], "answers/x.csv.out": ["0.1", "NaN"]}
    records, unreadable = read(tmp_path, files)
    assert ([record.prediction for record in records], unreadable) == (
        [0.1, None],
        {"an answer without a prediction": 1},
    )


def test_a_broken_line_costs_only_its_record(tmp_path: Path) -> None:
    files = {
        "requests/x.jsonl": ['["30", "clerk"]', '{"age"', '["40", "nurse"]'],
        "answers/x.jsonl.out": ["[0.1]", "[0.5]", "[0."],
    }
    records, unreadable = read(tmp_path, files)
    assert [(record.row, record.prediction) for record in records] == [(ROWS[0], 0.1), (None, 0.5), (ROWS[1], None)]
    assert unreadable == {"JSON that can't be parsed": 1, "an answer that can't be parsed": 1}
