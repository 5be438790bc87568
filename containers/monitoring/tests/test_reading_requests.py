"""Bodies of requests become rows in the features' order, or are counted with the reason."""

from __future__ import annotations

import pytest
from captures import TYPES

from monitoring.reading.layout import ABSENT, Layout, Records, UnreadableError
from monitoring.reading.requests import read_request

LAYOUT = Layout(TYPES)
ROWS = [["30", "clerk"], ["40", "nurse"]]
TYPED = [[30, "clerk"], [40, "nurse"]]


def read(body: str, content_type: str, layout: Layout = LAYOUT) -> Records:
    return read_request(body, content_type, layout)


@pytest.mark.parametrize(
    "content_type", ["text/csv", "text/csv; charset=utf-8", "TEXT/CSV;header=absent", "text/plain"]
)
def test_csv_is_read_whatever_its_parameters(content_type: str) -> None:
    assert read("30,clerk\n40,nurse\n", content_type).rows == ROWS


def test_csv_with_quotes_blanks_and_windows_line_ends() -> None:
    assert read('30, "clerk, senior"\r\n\r\n"40",nurse', "text/csv").rows == [["30", "clerk, senior"], ["40", "nurse"]]


def test_a_header_in_a_request_names_its_columns() -> None:
    records = read("job,age\nclerk,30\nnurse,40\n", "text/csv")
    assert (records.rows, records.header) == (ROWS, True)


def test_unknown_columns_below_a_header_are_named() -> None:
    records = read("age,job,shoe\n30,clerk,44\n40,nurse,38\n", "text/csv")
    assert (records.rows, records.unknown) == (ROWS, ["shoe", "shoe"])


def test_a_column_that_a_header_lacks_is_absent() -> None:
    assert read("age\n30\n", "text/csv").rows[0][1] is ABSENT


def test_a_wrong_number_of_columns_costs_only_its_record() -> None:
    records = read("30,clerk\n30\n40,nurse\n", "text/csv")
    assert records.rows == [ROWS[0], None, ROWS[1]]
    assert records.problems == ["a CSV line of 1 values instead of 2"]


@pytest.mark.parametrize(
    "body",
    [
        '[{"age": 30, "job": "clerk"}, {"job": "nurse", "age": 40}]',
        '[[30, "clerk"], [40, "nurse"]]',
        '{"instances": [[30, "clerk"], [40, "nurse"]]}',
        '{"instances": [{"features": [30, "clerk"]}, {"features": [40, "nurse"]}]}',
        '{"instances": [{"data": {"features": {"values": [30, "clerk"]}}}, {"features": [40, "nurse"]}]}',
        '{"inputs": [{"age": 30, "job": "clerk"}, {"age": 40, "job": "nurse"}]}',
        '{"inputs": {"age": [30, 40], "job": ["clerk", "nurse"]}}',
        '{"dataframe_split": {"columns": ["job", "age"], "data": [["clerk", 30], ["nurse", 40]]}}',
        '{"dataframe_records": [{"age": 30, "job": "clerk"}, {"age": 40, "job": "nurse"}]}',
        '{"age": [30, 40], "job": ["clerk", "nurse"]}',
    ],
)
def test_json_forms_of_two_records(body: str) -> None:
    assert read(body, "application/json; charset=utf-8").rows == TYPED


@pytest.mark.parametrize("body", ['{"age": 30, "job": "clerk"}', '[30, "clerk"]', '{"inputs": [30, "clerk"]}'])
def test_json_forms_of_one_record(body: str) -> None:
    assert read(body, "application/json").rows == TYPED[:1]


def test_a_json_list_is_a_record_each_where_there_is_one_feature() -> None:
    assert read("[1, 2]", "application/json", Layout({"age": "numeric"})).rows == [[1], [2]]


def test_a_feature_may_have_the_name_of_an_envelope() -> None:
    layout = Layout({"data": "numeric", "records": "numeric"})
    assert read('{"data": 1, "records": 2}', "application/json", layout).rows == [[1, 2]]


def test_json_lines_keep_the_place_of_a_broken_line() -> None:
    records = read('{"age": 30, "job": "clerk"}\n{"age"\n[40, "nurse"]\n', "application/jsonlines")
    assert records.rows == [TYPED[0], None, TYPED[1]]
    assert records.problems == ["JSON that can't be parsed"]


def test_an_absent_json_key_and_an_unknown_one() -> None:
    records = read('{"age": 30, "shoe": 44}', "application/json")
    assert (records.rows[0][1] is ABSENT, records.unknown) == (True, ["shoe"])


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        ("", "text/csv", "a request without records"),
        ("[]", "application/json", "a request without records"),
        ("{", "application/json", "JSON that can't be parsed"),
        ("[" * 100_000, "application/json", "JSON that can't be parsed"),
        ("3", "application/json", "JSON that is neither an object nor a list"),
        ("x", "application/x-npy", "content type application/x-npy"),
        ("x", "", "content type unknown"),
        ("a" * 200_000, "text/csv", "CSV that can't be parsed"),
    ],
)
def test_why_a_request_is_unreadable(body: str, content_type: str, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason):
        read(body, content_type)


def test_ragged_columns_of_json_are_a_record_that_cant_be_read() -> None:
    assert read('{"dataframe_split": {"columns": ["age", "job"], "data": [[1]]}}', "application/json").rows == [None]
