"""What `launchpad predict` makes of a test set and of an endpoint's answer."""

from __future__ import annotations

import io
import tarfile

import pytest
from rich.console import Console

from launchpad.cli.commands import predict
from launchpad.cli.commands.predict import comparison, read_predictions
from launchpad.cli.options import content_type_of
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client import outputs
from launchpad.platform_client.test_set import parse

TABLE = 'crim,rm,medv\n0.1,6.2,21.5\n0.2,"5,9",18\n'


def test_the_last_column_is_what_is_true_and_is_not_sent():
    tests = parse(TABLE, "job")
    assert (tests.target, tests.truths, tests.columns) == ("medv", ("21.5", "18"), ("crim", "rm"))
    assert tests.body() == b'0.1,6.2\n0.2,"5,9"\n'
    assert tests.first(1).body() == b"0.1,6.2\n"


@pytest.mark.parametrize("text", ["", "a,b\n", "medv\n1\n", "a,b\n1,2,3\n"])
def test_what_is_no_table_is_refused_with_the_jobs_name(text):
    with pytest.raises(LaunchpadError, match=r"test\.csv of training job j is no table"):
        parse(text, "j")


@pytest.mark.parametrize(
    "body", [b"[1.5, 2]", b'{"predictions": [1.5, 2]}', b"[[1.5], [2]]"], ids=["list", "object", "column"]
)
def test_a_json_answer_gives_one_prediction_per_row(body):
    assert read_predictions(body, 2) == [1.5, 2]


def test_classes_stay_text():
    assert read_predictions(b'["spam", "ham"]', 2) == ["spam", "ham"]


@pytest.mark.parametrize("body", [b"1.5,2\n", b"[1.5]", b"{}", b"", b"\xff"])
def test_any_other_answer_is_shown_for_what_it_is(body):
    with pytest.raises(LaunchpadError, match="didn't answer with a JSON list of 2 predictions"):
        read_predictions(body, 2)


def test_the_table_shows_prediction_truth_and_error():
    console = Console(width=80, record=True)
    console.print(comparison(parse(TABLE, "job"), [20.0, "18"]))
    rows = [line.split() for line in console.export_text().splitlines() if line.strip()]
    assert rows[0] == ["medv:", "predicted", "and", "true"]
    assert rows[-2:] == [["1", "20.00", "21.5", "-1.50"], ["2", "18", "18"]]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a.csv", "text/csv"), ("a.JSON", "application/json"), ("a.npy", "application/x-npy"), ("-", "text/csv")],
)
def test_a_files_ending_says_what_it_holds(tmp_path, name, expected):
    assert content_type_of(tmp_path / name) == expected


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
