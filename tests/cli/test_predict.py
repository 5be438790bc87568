"""What `launchpad predict` makes of a test set and of an endpoint's answer."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
from rich.console import Console

from launchpad.catalogue import load_workload
from launchpad.cli.commands import predict
from launchpad.cli.commands.predict import read_predictions
from launchpad.cli.formats import check_default_handler, content_type_of, mismatches
from launchpad.cli.judging import Comparison, compare
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client import outputs
from launchpad.platform_client.test_set import parse

TABLE = 'crim,rm,medv\n0.1,6.2,21.5\n0.2,"5,9",18\n'


def test_the_last_column_is_what_is_true_and_is_not_sent():
    tests = parse(TABLE, "job")
    assert (tests.target, tests.truths, tests.columns) == ("medv", ("21.5", "18"), ("crim", "rm"))
    assert tests.body() == b'0.1,6.2\n0.2,"5,9"'
    assert tests.first(1).body() == b"0.1,6.2"


@pytest.mark.parametrize("text", ["", "a,b\n", "medv\n1\n", "a,b\n1,2,3\n"])
def test_what_is_no_table_is_refused_with_the_jobs_name(text):
    with pytest.raises(LaunchpadError, match=r"test\.csv of training job j is no table"):
        parse(text, "j")


@pytest.mark.parametrize(
    "body", [b"[1.5, 2]", b'{"predictions": [1.5, 2]}', b"[[1.5], [2]]"], ids=["list", "object", "column"]
)
def test_a_json_answer_gives_one_prediction_per_row(body):
    assert read_predictions(body, 2) == [1.5, 2]


@pytest.mark.parametrize("body", [b"1.0,2.5", b"1.0\n2.5\n"], ids=["line", "lines"])
def test_a_csv_answer_gives_one_prediction_per_row(body):
    assert read_predictions(body, 2, "text/csv; charset=utf-8") == [1.0, 2.5]


def test_labels_of_a_pipeline_are_the_predictions():
    assert read_predictions(b'[{"label": "spam", "score": 0.9}]', 1) == ["spam"]


def test_classes_stay_text():
    assert read_predictions(b'["spam", "ham"]', 2) == ["spam", "ham"]


@pytest.mark.parametrize("body", [b"1.5,2\n", b"[1.5]", b"{}", b"", b"\xff"])
def test_any_other_answer_is_shown_for_what_it_is(body):
    with pytest.raises(LaunchpadError, match="didn't answer with a JSON list of 2 predictions"):
        read_predictions(body, 2)


def shown(comparison: Comparison) -> list[list[str]]:
    console = Console(width=80, record=True)
    console.print(comparison.table)
    return [line.split() for line in console.export_text().splitlines() if line.strip()]


def test_numbers_are_shown_with_their_error_and_its_mean():
    comparison = compare(parse(TABLE, "job"), [20.0, 17.0], 10)
    rows = shown(comparison)
    assert rows[:2] == [["medv:", "predicted", "and", "true"], ["row", "predicted", "true", "error"]]
    assert rows[-2:] == [["1", "20.00", "21.5", "-1.50"], ["2", "17.00", "18", "-1.00"]]
    assert comparison.summary == "mean absolute error 1.25 over 2 rows of the test set"


def test_probabilities_have_no_error_but_an_auc():
    tests = parse("x,y\n1,1\n2,0\n3,1\n4,0\n", "job")
    comparison = compare(tests, [0.9, 0.4, 0.4, 0.1], 2)
    assert shown(comparison)[1:] == [
        ["row", "predicted", "true"],
        ["1", "0.90", "1"],
        ["2", "0.40", "0"],
    ]
    assert comparison.summary == "AUC 0.875, accuracy 0.750 (at 0.5) over 4 rows of the test set"


@pytest.mark.parametrize("truths", ["spam,ham,ham", "1,0,0", "1.0,0,0"])
def test_classes_are_shown_with_a_verdict_and_accuracy(truths):
    values = truths.split(",")
    tests = parse("x,kind\n" + "".join(f"5,{value}\n" for value in values), "job")
    wrong = float(values[1]) if values[1] == "0" else values[1]
    comparison = compare(tests, [wrong, wrong, wrong], 10)
    assert [row[-1] for row in shown(comparison)[2:]] == ["wrong", values[1], values[2]]
    assert comparison.summary == "accuracy 0.667: 2 of 3 rows of the test set are right"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.csv", "text/csv"),
        ("a.JSON", "application/json"),
        ("a.jsonl", "application/jsonlines"),
        ("a.npy", "application/x-npy"),
        ("a.parquet", "application/x-parquet"),
        ("rows", "text/csv"),
        ("-", "text/csv"),
    ],
)
def test_a_files_ending_says_what_it_holds(tmp_path, name, expected):
    assert content_type_of(tmp_path / name) == expected


def test_an_unknown_ending_is_refused_with_the_known_ones(tmp_path):
    with pytest.raises(LaunchpadError, match=r"no content type is known for \.feather; .* \.csv, .*\.parquet"):
        content_type_of(tmp_path / "a.feather")


def test_a_default_handler_is_not_sent_what_it_cannot_decode(tmp_path):
    workload = load_workload("synthetic-regression-sklearn")
    (tmp_path / "src").mkdir()
    script = tmp_path / "src" / "inference.py"
    script.write_text("def model_fn(model_dir): ...")
    check_default_handler(workload, tmp_path, "text/csv; charset=utf-8")
    with pytest.raises(LaunchpadError, match=r"sklearn doesn't read application/x-parquet, .* one of application/json"):
        check_default_handler(workload, tmp_path, "application/x-parquet")
    script.write_text("def input_fn(body, content_type): ...")
    check_default_handler(workload, tmp_path, "application/x-parquet")


def test_a_file_that_contradicts_its_channels_content_type_is_named():
    workload = load_workload("boston-housing")
    files = [("training", Path("a.parquet")), ("training", Path("b.csv")), ("training", Path("c.pickle"))]
    (sentence,) = mismatches(workload, files)
    assert "training/a.parquet looks like application/x-parquet, but channel 'training'" in sentence


def test_an_answer_goes_to_a_program_as_it_stands_and_to_a_terminal_shown(capfdbinary, monkeypatch):
    body = b"a\x1b[2J\xff"
    predict._print(body)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    predict._print(body)
    assert capfdbinary.readouterr().out == b"a\x1b[2J\xff\na\\x1b[2J\\xff\n"


def test_a_test_set_that_is_not_utf_8_is_refused_with_the_jobs_name(monkeypatch):
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as packed:
        member = tarfile.TarInfo("./test.csv")
        content = "straße,medv\n1,2\n".encode("latin-1")
        member.size = len(content)
        packed.addfile(member, io.BytesIO(content))
    archive.seek(0)
    monkeypatch.setattr(outputs, "read_object", lambda _connection, _uri: archive)
    job = {"TrainingJobName": "j", "OutputDataConfig": {"S3OutputPath": "s3://bucket/jobs"}}
    with pytest.raises(LaunchpadError, match=r"test\.csv of training job j is not UTF-8: .* at byte 4"):
        outputs.read_output(None, job, ("test.csv",))


@pytest.mark.parametrize("kind", ["text/csv", "text/csv; charset=utf-8"])
def test_csv_is_sent_without_the_end_of_its_last_line(kind, tmp_path):
    (tmp_path / "rows.csv").write_bytes(b"1,2\n3,4\r\n")
    assert predict._read(str(tmp_path / "rows.csv"), kind) == b"1,2\n3,4"
