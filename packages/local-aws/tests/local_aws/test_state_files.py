"""What the state file keeps when the disk is full, threads meet, or a client writes odd names."""

from __future__ import annotations

import sqlite3
import subprocess
import threading

import pytest

from local_aws.api.service import Scope
from local_aws.api.store import Store
from local_aws.files import keeper
from local_aws.files.keeper import Keeper, Row
from local_aws.files.state_file import OBJECTS, StateFile
from local_aws.ministack.noted import Buckets, Objects, PerKey
from local_aws.sagemaker.kinds import MODEL
from tests.local_aws.launcher import PYTHON, ROOT

SCOPE = Scope("123456789012", "us-east-1")
OBJECT_STORE = """
import sys, threading
from pathlib import Path
from ministack.services import s3
from local_aws.files.state_file import StateFile
from local_aws.files.stored_bodies import Bodies
from local_aws.ministack.s3_objects import ObjectStore
folder = Path(sys.argv[1])
file, bodies = StateFile.open(folder), Bodies(folder / "objects")
store = ObjectStore(s3, bodies, file)
s3._buckets["b"] = {"objects": {}}
objects = s3._buckets["b"]["objects"]
"""
TWO_MOVERS = """
objects["k"] = {"body": b"content"}
store_file, both = bodies.store, threading.Barrier(2)
def slow(pieces):
    stored = store_file(pieces)
    both.wait(10)
    if threading.current_thread().name == "second":
        first.join()
    return stored
bodies.store = slow
def first_mover():
    store.save()
def second_mover():
    store._move_to_disk(("000000000000", "b", "k"))
first = threading.Thread(target=first_mover, name="first")
second = threading.Thread(target=second_mover, name="second")
first.start(), second.start(), first.join(), second.join()
store.save()
name = objects["k"]["body"].file.name
assert (folder / "objects" / name).exists()
assert name in file.rows("s3/objects").popitem()[1]
"""
"""Two threads read an object's bytes, and write a file each."""
REPLACED = """
objects["k"] = {"body": b"old"}
store.save()
old, write, file.write = objects["k"]["body"].file.path, file.write, lambda *_: False
objects["k"] = {"body": b"new"}
store.save()
assert old.exists()
file.write = write
store.save()
assert not old.exists()
"""
ORPHAN = """
record = '{"object": {"body": {"__body__": ["f", 0, 1]}}, "versions": []}'
file.write("s3/objects", {'["000000000000", "gone", "k"]': record})
store.restore()
assert file.rows("s3/objects") == {}
"""
METADATA = {"0": {"__bytes__": "no hexadecimal digits"}, "1": {"__body__": "/.."}}
WRITTEN = f"""
for key, metadata in {METADATA}.items():
    objects[key] = {{"body": b"content", "metadata": metadata}}
store.save()
"""
RESTORED = f"""
store.restore()
for key, metadata in {METADATA}.items():
    assert objects[key]["metadata"] == metadata
    assert bytes(objects[key]["body"]) == b"content"
"""


def run(program: str, folder: object) -> None:
    command = [str(PYTHON), "-c", OBJECT_STORE + program, str(folder)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


class FullDisk:
    """A database that refuses to write while `full`."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self.database, self.full = database, True

    def __getattr__(self, name):
        return getattr(self.database, name)

    def executemany(self, *arguments):
        if self.full:
            raise sqlite3.OperationalError("database or disk is full")
        return self.database.executemany(*arguments)


def test_what_a_full_disk_refused_is_written_once_there_is_room(tmp_path):
    file = StateFile.open(tmp_path)
    file.write("other", {"gone": "1"})
    disk = file._database = FullDisk(file._database)
    assert not file.write("room", {"kept": "1"})
    assert not file.write("other", {"gone": None})
    disk.full = False
    assert file.write("room", {})
    assert file.rows("room") == {"kept": "1"}
    assert file.rows("other") == {}


@pytest.mark.parametrize("content", [False, True])
def test_a_file_whose_creation_was_cut_short_is_begun_again(tmp_path, content):
    (tmp_path / "state.sqlite").touch()
    if content:
        file = StateFile.open(tmp_path)
        file._database.execute("PRAGMA user_version=0")
        file.close()
    StateFile.open(tmp_path).close()
    assert StateFile.open(tmp_path).rooms() == []


def test_another_port_changes_no_key_and_no_metadata_of_objects(tmp_path):
    file = StateFile.open(tmp_path)
    file.move_to("127.0.0.1:4566")
    rows = {"127.0.0.1:4566/a": "http://127.0.0.1:4566/", "127.0.0.1:4567/a": "{}"}
    file.write(OBJECTS, rows)
    file.write("sqs", {"127.0.0.1:4566/a": "http://127.0.0.1:4566/"})
    file.move_to("127.0.0.1:4567")
    assert file.rows(OBJECTS) == rows
    assert file.rows("sqs") == {"127.0.0.1:4567/a": "http://127.0.0.1:4567/"}


def test_a_change_that_meets_a_removal_does_not_bring_the_record_back(tmp_path):
    file = StateFile.open(tmp_path)
    store = Store(file)
    record = store.create(MODEL, SCOPE, "m", {})
    changed = record.on_change
    store.remove(record)
    changed(record)
    assert file.rows("sagemaker") == {}


def test_looks_go_on_after_one_that_failed(tmp_path, monkeypatch):
    monkeypatch.setattr(keeper, "PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(keeper, "IDLE_SECONDS", 0.01)
    file, looks = StateFile.open(tmp_path), threading.Semaphore(0)

    def sources():
        looks.release()
        if not file.rows("room"):
            file.write("room", {"first": "1"})
            raise OSError
        return {"room": lambda: {"second": Row.of("2")}}

    looking = Keeper(file, sources)
    looking.start()
    assert all(looks.acquire(timeout=30) for _ in range(3))
    looking.close()
    assert file.rows("room") == {"second": "2"}


def test_a_removed_key_is_noted_once_it_is_gone():
    noted: list[bool] = []
    objects = Objects(lambda key: noted.append(key in objects), {})
    objects["k"] = {}
    objects.pop("k")
    tags = PerKey(lambda _key: noted.append(bool(tags)), {})
    tags["a", ("b", "k", None)] = {}
    tags.pop(("a", ("b", "k", None)))
    buckets = Buckets(lambda _key: noted.append(bool(buckets)), {})
    buckets["a", "b"] = {"objects": {"k": {}}}
    buckets.pop(("a", "b"))
    assert noted[:2] == [True, False]
    assert noted[2:4] == [True, False]
    assert noted[-1] is False


def test_two_threads_that_move_an_object_leave_the_file_that_its_row_names(tmp_path):
    run(TWO_MOVERS, tmp_path)


def test_metadata_that_looks_like_a_stored_body_is_only_metadata(tmp_path):
    run(WRITTEN, tmp_path)
    run(RESTORED, tmp_path)


def test_an_object_whose_bucket_is_unknown_leaves_no_row(tmp_path):
    run(ORPHAN, tmp_path)


def test_a_file_is_removed_only_once_its_row_is_written(tmp_path):
    run(REPLACED, tmp_path)


def test_a_file_shrinks_at_the_next_start_after_much_was_deleted(tmp_path):
    file = StateFile.open(tmp_path)
    file.write("room", {str(number): "x" * 10_000 for number in range(200)})
    file.write("room", dict.fromkeys(map(str, range(199))))
    file.close()
    before = (tmp_path / "state.sqlite").stat().st_size
    again = StateFile.open(tmp_path)
    assert again.rows("room") == {"199": "x" * 10_000}
    again.close()
    assert (tmp_path / "state.sqlite").stat().st_size < before / 10


METRIC_ROWS = """
from ministack.core.responses import AccountRegionScopedDict
from local_aws.ministack.metric_rows import is_metric_row, metric_rows, metrics_of
metrics, written = AccountRegionScopedDict(), []
points = metrics._data["123456789012", "us-east-1", ("Mine", "cost", ())] = []
def texts():
    for key, row in metric_rows(metrics, lambda chunk: written.append(len(chunk)) or list(chunk)):
        if marks.get(key) != row.mark:
            kept[key], marks[key] = row.text(), row.mark
marks, kept = {}, {}
for minute in range(150):
    points.append({"Timestamp": 1_790_000_000 // 3600 * 3600 + 60.0 * minute, "Value": float(minute)})
texts()
assert written == [60, 60, 30], written
points.append({"Timestamp": points[-1]["Timestamp"] + 60, "Value": 1.0})
texts()
assert written[3:] == [31], written
points.insert(0, {"Timestamp": points[0]["Timestamp"], "Value": 7.0})
texts()
assert written[4:] == [61], written
assert all(map(is_metric_row, kept))
assert metrics_of(dict(reversed(kept.items())))._data == metrics._data
"""


def test_a_metric_that_is_put_writes_its_hour_only():
    subprocess.run([PYTHON, "-c", METRIC_ROWS], check=True, timeout=60)
