"""`launchpad monitor labels`: mistakes are found before anything is uploaded, and nothing counts twice."""

from __future__ import annotations

import json
import tracemalloc
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from launchpad.messages.errors import InvalidFileError
from launchpad.platform_client.monitoring import label_uploads
from launchpad.platform_client.monitoring.label_files import Label, LabelColumns, check, labels
from launchpad.platform_client.monitoring.label_uploads import upload

NAMES = LabelColumns()
HEADER = "inference_id,label\n"


class Bucket:
    """The part of S3 that an upload needs."""

    def __init__(self):
        self.objects = {}

    def put_object(self, **request):
        self.objects[request["Key"]] = request["Body"].decode()

    def get_paginator(self, _):
        pages = [{"Contents": [{"Key": key} for key in self.objects]}, {}]
        return SimpleNamespace(paginate=lambda **_: pages)

    @property
    def lines(self):
        return [json.loads(line) for body in self.objects.values() for line in body.splitlines()]


@pytest.fixture
def file(tmp_path, monkeypatch):
    """Write a file with labels."""
    monkeypatch.chdir(tmp_path)

    def write(content, name="labels.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture
def send():
    """Upload labels into a bucket at an hour."""
    bucket = Bucket()
    connection = SimpleNamespace(client=lambda _: bucket)

    def run(values, hour=6, minute=0):
        now = datetime(2026, 11, 29, hour, minute, tzinfo=UTC)
        return bucket, upload(connection, SimpleNamespace(model_bucket="models"), "demo", values, now=now)

    return run


def mistakes(path, columns=NAMES, *, numbers=False):
    with pytest.raises(InvalidFileError) as error:
        check(path, columns, numbers=numbers, progress=lambda _: None)
    return str(error.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "labels.csv:1: is empty; write the header inference_id,label into the first line"),
        (HEADER, "labels.csv: has no line below its header"),
        ("inference_id;label\na;1\n", "separates its cells by semicolons; save the file with commas"),
        ("inference_id\tlabel\na\t1\n", "separates its cells by tabs"),
        ("id,label\na,1\n", "has no column 'inference_id' (known columns: id, label); name it with --id-column NAME"),
        ("inference_id,inference_id,label\na,b,1\n", "has the column 'inference_id' twice"),
        ("inference_id,label\na,1\n".encode("utf-16"), "labels.csv: is UTF-16; save it as UTF-8"),
        (b"inference_id,label\na,\xe9\n", "labels.csv: is not UTF-8"),
        (HEADER + "a,1,2\n", "labels.csv:2: has 3 cells, and the header has 2"),
        (HEADER + 'a,"1\n', "labels.csv:2: is no CSV: unexpected end of data"),
        (HEADER + "a,1\n,1\n", "labels.csv:3: inference_id: is empty"),
        (
            HEADER + f"{'a' * 65},1\n",
            "labels.csv:2: inference_id: has 65 characters; the id of a request has at most 64",
        ),
        (HEADER + "é,1\n", "labels.csv:2: inference_id: 'é' is no id of a request"),
        (HEADER + " a,1\n", "labels.csv:2: inference_id: ' a' is no id of a request"),
        (HEADER + "a,\n", "labels.csv:2: label: is empty; leave the line out until the label is known"),
        (HEADER + "a,1\nb,0\na,1\n", "labels.csv:4: inference_id: 'a' has a label in line 2 already"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(file, content, message):
    assert message in mistakes(file(content))


@pytest.mark.parametrize("value", ["yes", "nan", "inf"])
def test_a_label_of_a_regression_is_a_finite_number(file, value):
    assert f"labels.csv:2: label: '{value}' is no number" in mistakes(file(f"{HEADER}a,{value}\n"), numbers=True)


def test_all_mistakes_are_listed_up_to_twenty(file):
    assert len(mistakes(file(HEADER + ",1\n" * 30)).splitlines()) == 20


def test_two_columns_can_be_any_of_the_file(file):
    path = file("when,request,truth\nnow,a,yes\n")
    columns = LabelColumns("request", "truth")
    assert check(path, columns, numbers=False, progress=lambda _: None) == 1
    assert list(labels(path, columns)) == [Label("a", "yes")]


def test_one_column_can_not_be_both(file):
    assert "are both 'label'" in mistakes(file(HEADER + "a,1\n"), LabelColumns("label", "label"))


def test_a_byte_order_mark_and_windows_lines_are_no_mistake(file):
    path = file(b"\xef\xbb\xbfinference_id,label\r\na,1\r\n\r\n")
    assert check(path, NAMES, numbers=True, progress=lambda _: None) == 1
    assert list(labels(path, NAMES)) == [Label("a", "1")]


def test_labels_are_stored_as_ground_truth_by_hour(send):
    bucket, uploaded = send([Label("a", "1"), Label("b", 'no, "never"')])
    (key,) = bucket.objects
    assert key.startswith("demo/labels/2026/11/29/06/00-00-000-")
    assert key.endswith(".jsonl")
    assert (uploaded.labels, uploaded.unchanged) == (2, 0)
    assert bucket.lines[0] == {
        "groundTruthData": {"data": "1", "encoding": "CSV"},
        "eventMetadata": {"eventId": "a"},
        "eventVersion": "0",
    }
    assert bucket.lines[1]["groundTruthData"]["data"] == '"no, ""never"""'


def test_a_request_with_several_records_has_an_id_per_record(file):
    path = file(f"{HEADER}{'a' * 64}#0,1\n{'a' * 64}#12,0\n")
    assert check(path, NAMES, numbers=False, progress=lambda _: None) == 2


def test_of_two_files_in_an_hour_the_later_name_is_the_later_one(send):
    bucket, _ = send([Label("a", "1")], minute=5)
    send([Label("a", "0")], minute=7)
    values = [bucket.objects[key].count('"data":"0"') for key in sorted(bucket.objects)]
    assert values == [0, 1]


def test_the_same_labels_an_hour_later_are_not_stored_again(send):
    send([Label("a", "1")])
    bucket, again = send([Label("a", "1")], hour=7)
    assert (again.labels, again.unchanged) == (0, 1)
    assert len(bucket.lines) == 1


def test_a_changed_label_is_stored(send):
    send([Label("a", "1")])
    bucket, changed = send([Label("a", "0")])
    assert (changed.labels, changed.unchanged) == (1, 0)
    assert len(bucket.lines) == 2


def test_a_large_file_is_split(send, monkeypatch):
    monkeypatch.setattr(label_uploads, "LINES_PER_FILE", 2)
    bucket, uploaded = send([Label(str(number), "1") for number in range(5)])
    assert uploaded.labels == 5
    assert sorted(body.count("\n") for body in bucket.objects.values()) == [1, 2, 2]


def test_memory_does_not_grow_with_the_file(file):
    path = file(HEADER + "".join(f"{number:064},1\n" for number in range(60_000)))
    seen = []
    tracemalloc.start()
    assert check(path, NAMES, numbers=False, progress=seen.append) == 60_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert seen == [50_000]
    assert peak < 2_000_000  # the ids alone are 3.8 MB; SQLite's own cache is bounded by a pragma
