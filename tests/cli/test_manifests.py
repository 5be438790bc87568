"""`launchpad data` removes what it uploaded earlier and data.py no longer writes, and nothing else."""

# ruff: noqa: ARG002, N803 -- the arguments are named as in boto3
from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from launchpad.cli.preparing import Prepared, _mirror
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client import manifests

BUCKET = "data"
PLATFORM: Any = SimpleNamespace(data_bucket=BUCKET)
LINE: Any = SimpleNamespace(detail="", say=lambda _: None)


class Bucket:
    """S3 with one bucket, as far as uploads use it."""

    class exceptions:  # noqa: N801 -- as in boto3
        class NoSuchKey(Exception):  # noqa: N818
            pass

    def __init__(self) -> None:
        self.objects: dict[str, tuple[bytes, dict[str, str]]] = {}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, **condition: str) -> dict[str, str]:
        expected = {"IfMatch": self.etag(Key)} if Key in self.objects else {"IfNoneMatch": "*"}
        if condition and condition != expected:
            raise ClientError({"Error": {"Code": "PreconditionFailed"}}, "PutObject")
        self.objects[Key] = (Body, {})
        return {"ETag": self.etag(Key)}

    def etag(self, key: str) -> str:
        """Another one for each content."""
        return str(hash(self.objects[key][0])) if key in self.objects else ""

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:
        if Key not in self.objects:
            raise self.exceptions.NoSuchKey
        return {"Body": io.BytesIO(self.objects[Key][0]), "ETag": self.etag(Key)}

    def head_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:
        if Key not in self.objects:
            raise ClientError({"Error": {"Code": "404"}}, "HeadObject")
        return {"Metadata": self.objects[Key][1]}

    def upload_file(self, path: str, _bucket: str, key: str, *, ExtraArgs: Any, Callback: Any) -> None:
        self.objects[key] = (Path(path).read_bytes(), ExtraArgs["Metadata"])

    def delete_objects(self, *, Bucket: str, Delete: Any) -> dict[str, Any]:
        for item in Delete["Objects"]:
            del self.objects[item["Key"]]
        return {}

    def get_paginator(self, _name: str) -> Any:
        def pages(*, Bucket: str, Prefix: str) -> list[Any]:
            return [{"Contents": [{"Key": key} for key in self.objects if key.startswith(Prefix)]}]

        return SimpleNamespace(paginate=pages)

    def files(self) -> list[str]:
        return sorted(key for key in self.objects if not key.startswith(manifests.FOLDER))


@pytest.fixture
def bucket() -> Bucket:
    return Bucket()


def upload(bucket: Bucket, folder: Any, *names: str, workload: str = "wine", **options: bool) -> Prepared:
    """Mirror a data.py that writes `names` for the channel `training`."""
    target = folder / f"{len(list(folder.iterdir()))}"
    for name in names:
        path = target / "training" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    channel = SimpleNamespace(prefix="wine/training")
    definition: Any = SimpleNamespace(
        name=workload,
        training=SimpleNamespace(channels={"training": channel}),
        **dict.fromkeys(("prepare", "evaluate", "transform", "spark")),
    )
    connection: Any = SimpleNamespace(client=lambda _: bucket)
    return _mirror(connection, PLATFORM, definition, target, LINE, **{"keep": False, **options})


def test_files_that_are_no_longer_written_are_removed(bucket, tmp_path):
    upload(bucket, tmp_path, "0.csv", "2.csv", "6.csv")
    prepared = upload(bucket, tmp_path, "2.csv", "2024.csv")
    assert bucket.files() == ["wine/training/2.csv", "wine/training/2024.csv"]
    assert "1 file uploaded (8 B), 1 unchanged, 2 files that data.py no longer writes removed in" in str(prepared)


def test_files_that_jobs_wrote_are_never_removed(bucket, tmp_path):
    upload(bucket, tmp_path, "a.csv", "b.csv")
    bucket.put_object(Bucket=BUCKET, Key="wine/training/part-0", Body=b"of a job")
    bucket.put_object(Bucket=BUCKET, Key="wine/training/a.csv", Body=b"of a job that took its place")
    upload(bucket, tmp_path, "c.csv")
    assert bucket.files() == ["wine/training/a.csv", "wine/training/c.csv", "wine/training/part-0"]


def test_kept_files_are_reported_and_can_be_removed_later(bucket, tmp_path):
    upload(bucket, tmp_path, "a.csv")
    assert "1 file that data.py no longer writes kept" in str(upload(bucket, tmp_path, "b.csv", keep=True))
    assert bucket.files() == ["wine/training/a.csv", "wine/training/b.csv"]
    upload(bucket, tmp_path, "b.csv")
    assert bucket.files() == ["wine/training/b.csv"]


def test_a_file_that_another_workload_uploaded_too_stays(bucket, tmp_path):
    upload(bucket, tmp_path, "a.csv")
    upload(bucket, tmp_path, "a.csv", workload="grapes")
    upload(bucket, tmp_path, "b.csv")
    assert "wine/training/a.csv" in bucket.files()
    upload(bucket, tmp_path, "b.csv", workload="grapes")
    assert bucket.files() == ["wine/training/b.csv"]


def test_files_of_an_upload_that_broke_off_are_known(bucket, tmp_path, monkeypatch):
    whole = bucket.upload_file
    monkeypatch.setattr(bucket, "upload_file", lambda *a, **k: (whole(*a, **k), 1 / 0))
    with pytest.raises(ZeroDivisionError):
        upload(bucket, tmp_path, "a.csv")
    monkeypatch.undo()
    upload(bucket, tmp_path, "b.csv")
    assert bucket.files() == ["wine/training/b.csv"]


def test_an_upload_during_another_is_refused_before_it_removes_files(bucket, tmp_path, monkeypatch):
    upload(bucket, tmp_path, "a.csv", "b.csv")
    sent = bucket.upload_file

    def interrupted(*arguments: Any, **options: Any) -> None:
        monkeypatch.setattr(bucket, "upload_file", sent)
        upload(bucket, tmp_path, "b.csv", "theirs.csv")
        sent(*arguments, **options)

    monkeypatch.setattr(bucket, "upload_file", interrupted)
    with pytest.raises(LaunchpadError, match="another `launchpad data wine` has begun meanwhile; run this one again"):
        upload(bucket, tmp_path, "a.csv", "mine.csv")
    assert "wine/training/b.csv" in bucket.files()
    upload(bucket, tmp_path, "a.csv", "mine.csv")
    assert bucket.files() == ["wine/training/a.csv", "wine/training/mine.csv"]
