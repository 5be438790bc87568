"""Bodies of answers become one prediction per record, by the workload's task."""

from __future__ import annotations

import pytest

from monitoring.reading.answers import Task, read_answer
from monitoring.reading.layout import UnreadableError

BINARY, MANY, REGRESSION = Task("binary"), Task("multiclass", ("ant", "bee", "cow")), Task("regression")
JSON = "application/json"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("0.1\n0.9\n", "text/csv; charset=utf-8"),
        ("0.1,0.9", "text/csv"),
        ("[0.1, 0.9]", "text/csv"),
        ("[0.1, 0.9]", JSON),
        ("[[0.1], [0.9]]", JSON),
        ("[[0.1, 0.9]]", JSON),
        ('{"predictions": [0.1, 0.9]}', JSON),
        ('{"predictions": [[0.9, 0.1], [0.1, 0.9]]}', JSON),
        ('{"predictions": [{"score": 0.1, "predicted_label": 0}, {"score": 0.9, "predicted_label": 1}]}', JSON),
        ('{"probabilities": [[0.9, 0.1], [0.1, 0.9]], "n": [1, 1]}', JSON),
        ("0.9,0.1\n0.1,0.9\n", "text/csv"),
        ('{"score": 0.1}\n{"score": 0.9}\n', "application/jsonlines"),
    ],
)
def test_binary_scores_of_two_records(body: str, content_type: str) -> None:
    assert read_answer(body, content_type, 2, BINARY) == [0.1, 0.9]


@pytest.mark.parametrize("body", ["0.9", "[0.1, 0.9]", "[[0.1, 0.9]]", '{"predictions": [0.9]}', '{"score": 0.9}'])
def test_a_binary_score_of_one_record(body: str) -> None:
    assert read_answer(body, JSON, 1, BINARY) == [0.9]


@pytest.mark.parametrize("body", ["yes", "yes,0.8"])
def test_a_binary_class_in_the_first_column(body: str) -> None:
    assert read_answer(body, "text/csv", 1, BINARY) == ["yes"]


def test_the_label_goes_before_its_score() -> None:
    assert read_answer('[{"label": "bad", "score": 0.99}]', JSON, 1, BINARY) == ["bad"]


@pytest.mark.parametrize(
    "body", ["bee", "[0.2, 0.7, 0.1]", '{"predictions": [[0.2, 0.7, 0.1]]}', '{"scores": [0.2, 0.7, 0.1]}', '"bee"']
)
def test_a_multiclass_label_or_a_vector_of_probabilities(body: str) -> None:
    assert read_answer(body, JSON if body[0] in '[{"' else "text/csv", 1, MANY) == ["bee"]


def test_a_vector_without_known_classes_gives_a_position() -> None:
    assert read_answer("0.2,0.7,0.1", "text/csv", 1, Task("multiclass")) == ["1"]


def test_the_best_of_several_labels_of_one_record_comes_first() -> None:
    body = '[{"label": "bee", "score": 0.9}, {"label": "ant", "score": 0.1}]'
    assert read_answer(body, JSON, 1, MANY) == ["bee"]


def test_a_multiclass_number_is_the_name_of_a_class() -> None:
    assert read_answer("2.0\n1\n", "text/csv", 2, MANY) == ["2", "1"]


def test_a_regression_takes_the_first_of_several_columns() -> None:
    assert read_answer("3.5,0.2,9\n4.5,0.1,9\n", "text/csv", 2, REGRESSION) == [3.5, 4.5]


def test_what_is_no_number_is_no_prediction_of_a_regression() -> None:
    assert read_answer("nan\ninf\n7\n", "text/csv", 3, REGRESSION) == [None, None, 7.0]


def test_an_answer_whose_request_is_unknown_has_a_record_per_line() -> None:
    assert read_answer("0.1\n0.9\n0.5\n", "text/csv", None, BINARY) == [0.1, 0.9, 0.5]


def test_the_answer_to_a_header_is_left_out() -> None:
    assert read_answer("0.5\n0.1\n0.9\n", "text/csv", 2, BINARY, header=True) == [0.1, 0.9]


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        ("0.1\n0.2\n0.3\n", "text/csv", "more or fewer predictions"),
        ("", "text/csv", "an empty answer"),
        ("{", JSON, "can't be parsed"),
        ("x", "application/x-npy", "content type application/x-npy"),
    ],
)
def test_why_an_answer_is_unreadable(body: str, content_type: str, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason):
        read_answer(body, content_type, 2, BINARY)
