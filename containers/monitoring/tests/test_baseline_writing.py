"""A baseline says what the training split looks like, and keeps its values as they are in the files."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from captures import settings, write

from monitoring.baseline import BaselineError, write_baseline
from monitoring.column_statistics import LISTED, NAMES, ColumnStatistics, edges

HEADER = "age,y,job"
ROWS = ["30,1,clerk", "41,0,nurse", "52,1,cook"]


def baseline(folder: Path, **changes: Any) -> dict[str, Any]:
    """Write a baseline of `folder/data` into `folder/baseline`."""
    write_baseline(folder / "data", folder / "baseline", settings(**changes))
    return json.loads((folder / "baseline/baseline.json").read_text())


def text(folder: Path, name: str) -> str:
    return (folder / "baseline" / name).read_text()


def test_the_sample_and_the_features_have_the_same_rows(tmp_path: Path) -> None:
    write(tmp_path / "data/train.csv", [HEADER, *ROWS])
    description = baseline(tmp_path)
    assert text(tmp_path, "sample.csv").splitlines() == [HEADER, *ROWS]
    assert text(tmp_path, "features.csv").splitlines() == ["30,clerk", "41,nurse", "52,cook"]
    assert (description["records"], description["training_job"], description["target"]) == (3, "shop-1", "y")


def test_values_stay_as_they_are_in_the_file(tmp_path: Path) -> None:
    rows = ['1,0,"a, ""b"""', "1.0,1,01", "1e3,0, x ", "007,1,", ",0,True", "+5,1,last"]
    write(tmp_path / "data/train.csv", [HEADER, *rows])
    baseline(tmp_path)
    with (tmp_path / "baseline/features.csv").open(newline="") as features:
        expected = [["1", 'a, "b"'], ["1.0", "01"], ["1e3", " x "], ["007", ""], ["", "True"], ["+5", "last"]]
        assert list(csv.reader(features)) == expected
    assert '1,"a, ""b"""\n1.0,01\n' in text(tmp_path, "features.csv")


def test_rows_that_a_transform_job_would_cut_are_not_sampled(tmp_path: Path) -> None:
    write(tmp_path / "data/train.csv", [HEADER, ROWS[0], '41,0,"two\nlines"', ROWS[2]])
    assert baseline(tmp_path)["records"] == 3
    assert text(tmp_path, "features.csv").splitlines() == ["30,clerk", "52,cook"]
    assert text(tmp_path, "sample.csv").splitlines() == [HEADER, ROWS[0], ROWS[2]]


def test_json_features_may_have_line_breaks(tmp_path: Path) -> None:
    write(tmp_path / "data/train.csv", [HEADER, '41,0,"two\nlines"'])
    baseline(tmp_path, content_type="application/jsonlines")
    assert text(tmp_path, "features.jsonl") == '{"age": "41", "job": "two\\nlines"}\n'


def test_files_without_a_header_take_the_workloads_columns(tmp_path: Path) -> None:
    write(tmp_path / "data/train.csv", ROWS)
    columns = {"age": "numeric", "y": "categorical", "job": "categorical"}
    description = baseline(tmp_path, header=False, columns=columns)
    assert {name: column["type"] for name, column in description["columns"].items()} == columns
    assert text(tmp_path, "sample.csv").splitlines() == [HEADER, *ROWS]


def test_all_files_of_all_folders_count_also_compressed_ones(tmp_path: Path) -> None:
    write(tmp_path / "data/a.csv", [HEADER, ROWS[0]])
    write(tmp_path / "data/sub/b.csv", ["job,age,y", "nurse,41,0"])
    (tmp_path / "data/c.csv.gz").write_bytes(gzip.compress(f"{HEADER}\n{ROWS[2]}\n".encode()))
    write(tmp_path / "data/_SUCCESS", [])
    assert baseline(tmp_path)["records"] == 3
    assert sorted(text(tmp_path, "sample.csv").splitlines()[1:]) == ROWS


def test_a_byte_order_mark_is_no_part_of_the_header(tmp_path: Path) -> None:
    write(tmp_path / "data/train.csv", ["\ufeff" + HEADER, *ROWS])
    assert list(baseline(tmp_path)["columns"]) == ["age", "y", "job"]


def test_json_lines_are_rows_by_name(tmp_path: Path) -> None:
    lines = ['{"age": 30, "y": 1, "job": "clerk"}', '{"y": 0, "age": 41.5, "job": null, "member": true}']
    write(tmp_path / "data/train.jsonl", lines)
    description = baseline(tmp_path, content_type="application/json")
    assert text(tmp_path, "features.jsonl").splitlines() == [
        '{"age": 30, "job": "clerk"}',
        '{"age": 41.5, "job": null, "member": true}',
    ]
    assert text(tmp_path, "sample.csv").splitlines() == ["age,y,job,member", "30,1,clerk,", "41.5,0,,true"]
    assert description["columns"]["member"]["missing"] == 1


def test_cells_become_json_values_by_their_type(tmp_path: Path) -> None:
    rows = [f"{age},0,{job}" for age, job in zip(range(30, 36), "123456", strict=True)]
    write(tmp_path / "data/train.csv", [HEADER, "30.5,1,01", ",1,02", *rows])
    columns = {"age": "numeric", "y": "categorical", "job": "categorical"}
    baseline(tmp_path, content_type="application/jsonlines", columns=columns)
    assert text(tmp_path, "features.jsonl").splitlines()[:3] == [
        '{"age": 30.5, "job": "01"}',
        '{"age": null, "job": "02"}',
        '{"age": 30, "job": "1"}',
    ]


def test_counts_are_of_all_rows_and_the_sample_is_seeded(tmp_path: Path) -> None:
    write(tmp_path / "data/train.csv", [HEADER, *(f"{index},{index % 2},a" for index in range(1000))])
    description = baseline(tmp_path, sample_rows=100)
    first = text(tmp_path, "sample.csv")
    assert (description["records"], description["sample_rows"], len(first.splitlines())) == (1000, 100, 101)
    age = description["columns"]["age"]
    assert (age["mean"], age["min"], age["max"], round(age["std"], 2)) == (499.5, 0, 999, 288.82)
    baseline(tmp_path, sample_rows=100)
    assert text(tmp_path, "sample.csv") == first
    baseline(tmp_path, sample_rows=100, seed=1)
    assert text(tmp_path, "sample.csv") != first


def test_types_are_inferred_from_the_values(tmp_path: Path) -> None:
    write(
        tmp_path / "data/train.csv",
        ["a,b,c,d,y", *(f"{i},{i % 5},{i or 'x'},{'' if i else 9},0" for i in range(9))],
    )
    columns = baseline(tmp_path)["columns"]
    assert {name: column["type"] for name, column in columns.items()} == {
        "a": "numeric",
        "b": "categorical",  # no more than five distinct values
        "c": "categorical",
        "d": "categorical",
        "y": "categorical",
    }
    assert columns["d"]["missing_share"] == pytest.approx(8 / 9)


def test_a_boolean_column_is_a_categorical_one(tmp_path: Path) -> None:
    write(tmp_path / "data/train.csv", ["age,y", "True,1", "False,0"])
    description = baseline(tmp_path, columns={"age": "boolean", "y": "numeric"})
    assert description["columns"]["age"]["frequencies"] == {"true": 0.5, "false": 0.5}


def test_the_task_decides_the_targets_type_and_its_classes(tmp_path: Path) -> None:
    write(tmp_path / "data/train.csv", ["age,y", *(f"{index},{index}" for index in range(12))])
    assert baseline(tmp_path, task="multiclass")["classes"] == [str(index) for index in range(12)]
    assert baseline(tmp_path, task="regression")["classes"] == []
    assert baseline(tmp_path, task="regression")["columns"]["y"]["type"] == "numeric"


def test_without_a_target_all_columns_are_features(tmp_path: Path) -> None:
    write(tmp_path / "data/train.csv", [HEADER, *ROWS])
    description = baseline(tmp_path, target=None, task=None)
    assert (text(tmp_path, "features.csv").splitlines(), description["classes"]) == (ROWS, [])


REFUSALS: list[tuple[list[str | bytes], dict[str, Any], str]] = [
    ([HEADER], {}, "the files of the training channel have no rows"),
    ([HEADER, *ROWS], {"target": "z"}, "no column is called 'z', the target; the columns are"),
    (["1,2", "3,4"], {}, "the first line has numbers: write `header: false` and `columns`"),
    (ROWS, {"header": False}, "training files without a header need `columns`"),
    ([HEADER, "1,2"], {}, "train.csv: row 1 has 2 values instead of 3"),
    (["1,2,3,4"], {"header": False, "columns": {"y": "numeric"}}, "train.csv: row 1 has 4 values instead of 1"),
    (
        [HEADER, *ROWS],
        {"columns": {"y": "numeric", "age": "numeric", "shoe": "numeric"}},
        "missing .'shoe'., not in the",
    ),
    ([HEADER, *ROWS], {"columns": dict.fromkeys(("y", "age", "job"), "numeric")}, "'job' is numeric in the workload"),
    (["age,age,y", "1,2,3"], {}, "the header has a name twice"),
    ([b"PAR1\x00\x01\xff\xfe"], {}, "train.csv is no CSV file"),
    ([HEADER, '1,2,"a'], {}, "train.csv is no CSV file: "),
    ([HEADER, '1,2,"a\nb"'], {}, "every row of the training files has a value with a line break"),
]


@pytest.mark.parametrize(("lines", "changes", "message"), REFUSALS)
def test_training_data_that_makes_no_baseline(
    tmp_path: Path, lines: list[str | bytes], changes: dict[str, Any], message: str
) -> None:
    write(tmp_path / "data/train.csv", lines)
    with pytest.raises(BaselineError, match=message) as refusal:
        baseline(tmp_path, **changes)
    assert "\n" not in str(refusal.value)
    assert not (tmp_path / "baseline").exists()


@pytest.mark.parametrize("line", ["{", "3", "[1, 2]"])
def test_json_lines_that_make_no_baseline(tmp_path: Path, line: str) -> None:
    write(tmp_path / "data/train.jsonl", ['{"y": 1, "age": 2}', line])
    with pytest.raises(BaselineError, match=r"train.jsonl: line 2 is (no JSON|neither)"):
        baseline(tmp_path)


def test_a_file_that_is_not_compressed_as_its_name_says(tmp_path: Path) -> None:
    write(tmp_path / "data/train.csv.gz", [HEADER, *ROWS])
    with pytest.raises(BaselineError, match=r"train.csv.gz is no CSV file"):
        baseline(tmp_path)


def test_an_empty_channel_makes_no_baseline(tmp_path: Path) -> None:
    write(tmp_path / "data/train.csv", [])
    with pytest.raises(BaselineError, match="the training channel has no file"):
        baseline(tmp_path)


def test_files_with_other_columns_make_no_baseline(tmp_path: Path) -> None:
    write(tmp_path / "data/a.csv", [HEADER, *ROWS])
    write(tmp_path / "data/b.csv", ["age,y", "1,2"])
    with pytest.raises(BaselineError, match=r"b.csv: its columns \['age', 'y'\] are others than"):
        baseline(tmp_path)


def test_edges_hold_equally_many_values() -> None:
    assert edges([float(value) for value in range(101)]) == [float(value) for value in range(0, 101, 10)]
    assert edges([1.0] * 50 + [2.0]) == [1.0, 2.0]
    assert edges([]) == []


def test_many_distinct_values_are_counted_in_bounded_memory() -> None:
    column = ColumnStatistics()
    for index in range(NAMES + 500):
        column.add(f"name {index}")
    summary = column.summary("categorical", [])
    assert (summary["distinct"], summary["distinct_exact"]) == (NAMES, False)
    assert len(summary["frequencies"]) == LISTED
    assert summary["other"] == pytest.approx(1 - LISTED / (NAMES + 500))


def test_infinity_is_no_number_of_a_numeric_column() -> None:
    column = ColumnStatistics()
    for value in ("inf", *map(str, range(9)), "nan"):
        column.add(value)
    assert column.inferred_type() == "numeric"
    assert (column.summary("numeric", [])["missing"], column.summary("numeric", [])["max"]) == (2, 8)
