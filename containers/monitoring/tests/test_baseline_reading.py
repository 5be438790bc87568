"""A baseline is read back row by row, or refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from captures import settings, write

from monitoring.baseline import BaselineError, read_baseline, write_baseline

ROWS = [f"{index},{index % 2},job {index % 3}" for index in range(8)]
ANSWERS = [f"0.{index}" for index in range(8)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "data/train.csv", ["age,y,job", *ROWS])
    write_baseline(tmp_path / "data", tmp_path / "baseline", settings())
    write(tmp_path / "baseline/predictions/features.csv.out", ANSWERS)
    return tmp_path / "baseline"


def test_rows_labels_and_predictions_are_aligned(folder: Path) -> None:
    baseline = read_baseline(folder, settings())
    assert baseline.columns == {"age": "numeric", "job": "categorical"}
    assert baseline.sample["age"].tolist() == list(range(8))
    assert baseline.sample["job"].tolist()[:3] == ["job 0", "job 1", "job 2"]
    assert baseline.labels.tolist() == ["0", "1"] * 4
    assert baseline.predictions.tolist() == [*map(float, ANSWERS)]
    assert (baseline.records, baseline.classes, baseline.target) == (8, ["0", "1"], "y")


def test_json_features_have_json_predictions(tmp_path: Path) -> None:
    write(tmp_path / "data/train.jsonl", ['{"age": 1, "y": 0}', '{"age": null, "y": 1}'])
    json_settings = settings(content_type="application/jsonlines")
    write_baseline(tmp_path / "data", tmp_path, json_settings)
    write(tmp_path / "predictions/features.jsonl.out", ['{"predictions": [[0.9, 0.1]]}', "[0.2, 0.8]"])
    baseline = read_baseline(tmp_path, json_settings)
    assert (baseline.predictions.tolist(), baseline.sample["age"].tolist()) == ([0.1, 0.8], ["1", None])


def test_predictions_of_all_rows_in_one_document(folder: Path) -> None:
    document = json.dumps({"predictions": [*map(float, ANSWERS)]})
    write(folder / "predictions/features.csv.out", [document])
    assert len(read_baseline(folder, settings()).predictions) == 8


def test_predictions_of_several_rows_in_a_line(folder: Path) -> None:
    write(folder / "predictions/features.csv.out", [",".join(ANSWERS[:5]), ",".join(ANSWERS[5:])])
    assert read_baseline(folder, settings()).predictions.tolist() == [*map(float, ANSWERS)]


def test_a_regressions_labels_are_numbers(tmp_path: Path) -> None:
    write(tmp_path / "data/train.csv", ["age,y", "1,2.5"])
    write_baseline(tmp_path / "data", tmp_path, settings(task="regression"))
    write(tmp_path / "predictions/features.csv.out", ["2.75"])
    baseline = read_baseline(tmp_path, settings(task="regression"))
    assert (baseline.labels.tolist(), baseline.predictions.tolist()) == ([2.5], [2.75])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"training_job": "shop-2"}, "the baseline is that of shop-1, but the deployed model is that of shop-2"),
        ({"training_job": "shop-2", "baseline_job": "shop-2"}, "the baseline is that of shop-1"),
        ({"baseline_job": "shop-2"}, "the baseline is that of shop-2, but the deployed model is that of shop-1"),
    ],
)
def test_another_training_jobs_baseline_is_refused(folder: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(BaselineError, match=message):
        read_baseline(folder, settings(**changes))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("baseline.json", "training job shop-1 has no baseline"),
        ("sample.csv", "sample.csv is missing"),
        ("predictions/features.csv.out", "predictions/features.csv.out is missing"),
    ],
)
def test_a_baseline_that_lacks_a_file_is_refused(folder: Path, name: str, message: str) -> None:
    (folder / name).unlink()
    with pytest.raises(BaselineError, match=message):
        read_baseline(folder, settings())


@pytest.mark.parametrize(
    ("name", "lines", "message"),
    [
        ("baseline.json", ["{"], "baseline.json is no JSON"),
        ("baseline.json", ["{}"], "baseline.json lacks keys"),
        ("sample.csv", ["age,y,job", *ROWS[:-1]], "sample.csv should have 8 rows"),
        ("sample.csv", ["y,age,job", *ROWS], "sample.csv should have 8 rows"),
        ("predictions/features.csv.out", ANSWERS[:-1], "has 8 rows, but predictions/features.csv.out has 7"),
        ("predictions/features.csv.out", [*ANSWERS, "1"], "has 8 rows, but predictions/features.csv.out has 9"),
        ("predictions/features.csv.out", [], "has 8 rows, but predictions/features.csv.out has 0"),
        ("predictions/features.csv.out", [*ANSWERS[:-1], "nan"], "no prediction that can be read for row 7"),
        ("predictions/features.csv.out", [b"\xff"], "predictions/features.csv.out is no text"),
    ],
)
def test_a_baseline_that_is_not_whole_is_refused(
    folder: Path, name: str, lines: list[str | bytes], message: str
) -> None:
    write(folder / name, lines)
    with pytest.raises(BaselineError, match=message):
        read_baseline(folder, settings())
