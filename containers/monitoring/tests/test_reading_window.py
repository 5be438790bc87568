"""A whole window: sample, exact counts and pairs, for the inputs that a job may get."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from captures import HOUR, TYPES, baseline, captured, label, payload, settings, write

from monitoring.baseline import Baseline
from monitoring.reading.window import Window, read_window


def read(folder: Path, requests: list[str], reference: Baseline | None = None, **changes: Any) -> Window:
    write(folder / "captured" / HOUR / "a.jsonl", requests)
    return read_window(folder, settings(**changes), reference or baseline())


def test_columns_have_the_types_of_the_baseline(tmp_path: Path) -> None:
    window = read(tmp_path, [captured("30,1.0"), captured(",")])
    assert list(window.features.dtypes) == ["float64", "object"]
    assert window.features.loc[0].tolist() == [30.0, "1"]
    assert math.isnan(window.features.loc[1, "age"])
    assert window.features.loc[1, "job"] is None


def test_predictions_are_aligned_with_the_features(tmp_path: Path) -> None:
    requests = [captured("30,a", "0.1"), captured("40,b", None), captured(None, "0.3"), captured("50,d", "0.4")]
    window = read(tmp_path, requests)
    joined = window.features.join(window.predictions)
    assert joined["age"].tolist() == [30, 40, 50]
    assert joined["prediction"].fillna(-1).tolist() == [0.1, -1, 0.4]
    assert len(window.predictions.dropna()) == 3
    assert (window.counts.records, window.counts.predictions) == (3, 3)


def test_no_requests_are_an_empty_window(tmp_path: Path) -> None:
    window = read_window(tmp_path, settings(), baseline())
    assert (len(window.features), len(window.predictions), len(window.pairs), window.counts.records) == (0, 0, 0, 0)
    assert (list(window.features), list(window.pairs)) == (["age", "job"], ["prediction", "label"])
    assert window.counts.missing_columns == []


def test_one_record_is_a_window(tmp_path: Path) -> None:
    window = read(tmp_path, [captured()])
    assert (len(window.features), window.counts.constant_columns, window.counts.empty_columns) == (1, [], [])


def test_the_time_of_a_request_decides_and_not_its_folder(tmp_path: Path) -> None:
    times = ["2026-11-27T23:59:59Z", "2026-11-28T00:00:00Z", "2026-11-28T23:59:59.999Z", "2026-11-29T00:00:00Z"]
    window = read(tmp_path, [captured(f"{index},a", time=time) for index, time in enumerate(times)])
    assert (window.features["age"].tolist(), window.counts.outside) == ([1.0, 2.0], 2)


def test_another_time_zone_is_converted(tmp_path: Path) -> None:
    assert read(tmp_path, [captured(time="2026-11-29T01:00:00+02:00")]).counts.records == 1


def test_missing_and_invalid_values_are_counted_exactly(tmp_path: Path) -> None:
    requests = [captured("30,a"), captured(",a"), captured("inf,a"), captured("NaN,"), captured("abc,b")]
    counts = read(tmp_path, requests).counts
    assert counts.missing == {"age": 4, "job": 1}
    assert counts.invalid == {"age": 2, "job": 0}


def test_a_column_whose_values_are_all_missing_is_empty(tmp_path: Path) -> None:
    counts = read(tmp_path, [captured("30,"), captured("40,NA")]).counts
    assert (counts.empty_columns, counts.missing_columns) == (["job"], [])


def test_a_column_that_no_record_has_is_missing(tmp_path: Path) -> None:
    requests = [captured(payload('{"age": 30}', "application/json", encoding="JSON"))] * 2
    counts = read(tmp_path, requests).counts
    assert (counts.empty_columns, counts.missing_columns) == ([], ["job"])


def test_a_constant_column_is_named_if_it_varies_in_the_baseline(tmp_path: Path) -> None:
    requests = [captured("30,a"), captured("30.0,b"), captured(",c")]
    assert read(tmp_path, requests).counts.constant_columns == ["age"]
    assert read(tmp_path, requests, baseline(distinct=1)).counts.constant_columns == []


def test_unknown_columns_are_counted_and_named(tmp_path: Path) -> None:
    requests = [captured("age,job,shoe\n30,a,44\n31,b,45"), captured("age,job,y\n30,a,1")]
    assert read(tmp_path, requests).counts.unknown_columns == {"shoe": 2, "y": 1}


def test_counts_are_exact_where_the_sample_is_not_all(tmp_path: Path) -> None:
    requests = [captured(f"{index},{'a' if index % 2 else ''}", str(index / 1000)) for index in range(1000)]
    window = read(tmp_path, requests, sample_rows=100)
    assert (len(window.features), len(window.predictions)) == (100, 100)
    assert (window.counts.records, window.counts.missing) == (1000, {"age": 0, "job": 500})
    assert (window.features["age"] / 1000).tolist() == window.predictions.tolist()


def test_a_seed_gives_the_same_sample_again(tmp_path: Path) -> None:
    requests = [captured(f"{index},a") for index in range(500)]
    samples = [read(tmp_path, requests, sample_rows=100, seed=seed).features["age"].tolist() for seed in (1, 1, 2)]
    assert samples[0] == samples[1] != samples[2]


def test_pairs_hold_all_labelled_records_with_their_segments(tmp_path: Path) -> None:
    write(tmp_path / "labels/2026/11/28/20/a.jsonl", [label(f"e{index}", str(index % 2)) for index in range(300)])
    requests = [captured("30,nurse", "0.7", event=f"e{index}") for index in range(300)]
    window = read(tmp_path, requests, sample_rows=100, segments=["job"])
    assert (list(window.pairs), len(window.pairs)) == (["prediction", "label", "segment job"], 300)
    assert window.pairs.loc[0].tolist() == [0.7, "0", "nurse"]
    assert window.labels.labelled == 300


def test_answers_of_the_model_before_are_not_measured(tmp_path: Path) -> None:
    write(tmp_path / "labels/a.jsonl", [label("old"), label("new")])
    times = {"old": "2026-11-28T11:59:59Z", "new": "2026-11-28T12:00:00Z"}
    requests = [captured(response="0.1", event=event, time=time) for event, time in times.items()]
    window = read(tmp_path, requests, quality={"metric": "auc", "at_least": 0.8}, since="2026-11-28T14:00:00+02:00")
    assert (len(window.pairs), window.labels.labelled, window.labels.late) == (1, 1, 1)


def test_a_segment_may_be_called_as_the_label_is(tmp_path: Path) -> None:
    write(tmp_path / "labels/a.jsonl", [label("e", "1")])
    types = {"age": "numeric", "label": "categorical"}
    window = read(tmp_path, [captured("30,nurse", "0.7", event="e")], baseline(types), segments=["label"])
    assert (window.pairs["label"].tolist(), window.pairs["prediction"].tolist()) == (["1"], [0.7])


def test_classes_come_from_the_baselines_target(tmp_path: Path) -> None:
    reference = baseline(TYPES, ("ant", "bee", "cow"))
    window = read(tmp_path, [captured(response="0.2,0.7,0.1")], reference, task="multiclass")
    assert window.predictions.tolist() == ["bee"]


@pytest.mark.parametrize("source", ["async", "transform"])
def test_files_of_requests_and_answers_are_a_window(tmp_path: Path, source: str) -> None:
    write(tmp_path / "requests/x.csv", ["30,a", "40,b"])
    write(tmp_path / "answers/x.csv.out", ["0.1", "0.9"])
    window = read_window(tmp_path, settings(source=source), baseline())
    assert (window.features["age"].tolist(), window.predictions.tolist()) == ([30, 40], [0.1, 0.9])


def test_files_of_the_quality_days_count_for_labels_only(tmp_path: Path) -> None:
    files = {"old": ("60,a", "0.9", "2026-11-27T12:00:00+00:00"), "new": ("30,a", "0.1", "2026-11-28T12:00:00+00:00")}
    for name, (request, response, _) in files.items():
        write(tmp_path / "requests" / f"{name}.csv", [request])
        write(tmp_path / "answers" / f"{name}.csv.out", [response])
        write(tmp_path / "labels" / f"{name}.jsonl", [label(f"{name}.csv")])
    write(tmp_path / "answers/old-error.out", ["down"])
    write(tmp_path / "requests/unanswered.csv", ["90,a"])
    answers = {f"{name}.csv.out": time for name, (_, _, time) in files.items()}
    times = {"answers": answers | {"old-error.out": files["old"][2]}, "requests": {"unanswered.csv": files["old"][2]}}
    write(tmp_path / "times/times.json", [json.dumps(times)])
    quality = {"metric": "auc", "at_least": 0.8, "days": 7}
    window = read_window(tmp_path, settings(source="async", quality=quality), baseline())
    assert (window.features["age"].tolist(), window.counts.records, window.counts.outside) == ([30.0], 1, 2)
    assert sorted(window.pairs["prediction"]) == [0.1, 0.9]
    assert window.counts.unreadable == {}


def test_half_a_surrogate_pair_can_be_written_in_a_report(tmp_path: Path) -> None:
    broken = payload('{"age": 1, "job": "a\\ud800", "b\\ud800": 2}', "application/json", encoding="JSON")
    odd_type = captured(payload("1,a", "c\ud800/d"))
    window = read(tmp_path, [captured(broken), odd_type])
    assert window.features["job"].tolist() == ["a?"]
    assert (window.counts.unknown_columns, list(window.counts.unreadable)) == ({"b?": 1}, ["content type c?/d"])
