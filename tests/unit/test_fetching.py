"""What a job left is fetched safely: again without work, never over a user's file, never out of the folder."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path, PurePosixPath
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError
from botocore.response import StreamingBody

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.fetching.fetch import PARTIAL, Fetch
from launchpad.platform_client.fetching.ledger import NAME
from launchpad.platform_client.fetching.paths import relative_path
from launchpad.platform_client.fetching.sources import PICTURES, Source

ARCHIVE = "w/jobs/j/output/output.tar.gz"


class Store:
    """A bucket in memory, as far as a fetch asks; it counts the bytes that it sends."""

    def __init__(self, **objects):
        self.objects, self.sent, self.breaks_after = objects, 0, None

    def client(self, _service):
        return self

    def head_object(self, Bucket, Key):  # noqa: ARG002, N803 -- boto3's names
        if Key not in self.objects:
            raise ClientError({"Error": {"Code": "404", "Message": "Not Found"}}, "HeadObject")
        return {"ContentLength": len(self.objects[Key]), "ETag": self._etag(Key)}

    def get_object(self, Bucket, Key, IfMatch, Range="bytes=0-"):  # noqa: ARG002, N803
        assert IfMatch == self._etag(Key)
        start = int(Range.removeprefix("bytes=").removesuffix("-"))
        content = self.objects[Key][start:][: self.breaks_after]
        self.sent += len(content)
        extra = {"ContentRange": Range} if start else {}
        return {"Body": StreamingBody(io.BytesIO(content), len(self.objects[Key]) - start), **extra}

    def get_paginator(self, _operation):
        def paginate(Bucket, Prefix):  # noqa: N803
            keys = [key for key in self.objects if key.startswith(Prefix)]
            yield {"Contents": [{"Key": k, "Size": len(self.objects[k]), "ETag": self._etag(k)} for k in keys]}

        return SimpleNamespace(paginate=paginate)

    def _etag(self, key):
        return f'"{hash(self.objects[key])}"'


def archive(*members):
    """A tar archive; each member is a name with its content, or a TarInfo."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                tar.addfile(member)
                continue
            name, content = member
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return file.getvalue()


OUTPUT = Source("output", f"s3://models/{ARCHIVE}", PurePosixPath("output"), archive=True)
ROWS = Source("results", "s3://data/w/train", PurePosixPath("results"))


def fetch(store, folder, source=OUTPUT, **options):
    return Fetch(store, folder, **options).run([source])


def files(folder: Path) -> dict[str, bytes]:
    paths = [path for path in folder.rglob("*") if path.is_file() and path.name != NAME]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def test_an_archive_is_unpacked(tmp_path):
    outcome = fetch(Store(**{ARCHIVE: archive(("./a.csv", b"1"), ("plots/p.svg", b"<svg/>"))}), tmp_path)
    assert files(tmp_path) == {"output/a.csv": b"1", "output/plots/p.svg": b"<svg/>"}
    assert len(outcome.fetched) == 2
    assert not (tmp_path / PARTIAL).exists()


def test_objects_below_a_prefix_are_files(tmp_path):
    store = Store(**{"w/train/a.csv": b"1", "w/train/b/c.csv": b"2", "w/train-old/x.csv": b"3", "w/train/": b""})
    fetch(store, tmp_path, ROWS)
    assert files(tmp_path) == {"results/a.csv": b"1", "results/b/c.csv": b"2"}


def test_what_a_job_did_not_leave_is_nothing(tmp_path):
    outcome = fetch(Store(), tmp_path)
    assert (outcome.fetched, outcome.kept) == ([], [])


@pytest.mark.parametrize("source", [OUTPUT, ROWS])
def test_a_second_fetch_downloads_nothing(tmp_path, source):
    store = Store(**{ARCHIVE: archive(("a.csv", b"1")), "w/train/a.csv": b"1"})
    fetch(store, tmp_path, source)
    size = store.sent
    outcome = fetch(store, tmp_path, source)
    assert (store.sent, len(outcome.kept), outcome.fetched) == (size, 1, [])


@pytest.mark.parametrize("source", [OUTPUT, ROWS])
def test_a_file_of_the_user_stays_without_force(tmp_path, source):
    store = Store(**{ARCHIVE: archive(("a.csv", b"1")), "w/train/a.csv": b"1"})
    path = tmp_path / source.target / "a.csv"
    path.parent.mkdir()
    path.write_bytes(b"mine")
    with pytest.raises(LaunchpadError, match=r"a\.csv was not fetched, or was changed since.*--force"):
        fetch(store, tmp_path, source)
    assert path.read_bytes() == b"mine"
    fetch(store, tmp_path, source, force=True)
    assert path.read_bytes() == b"1"


def test_nothing_of_an_archive_is_written_if_one_file_is_in_the_way(tmp_path):
    (tmp_path / "output").mkdir()
    (tmp_path / "output" / "b.csv").write_bytes(b"mine")
    with pytest.raises(LaunchpadError):
        fetch(Store(**{ARCHIVE: archive(("a.csv", b"1"), ("b.csv", b"2"))}), tmp_path)
    assert not (tmp_path / "output" / "a.csv").exists()


def test_an_edited_file_is_the_users(tmp_path):
    store = Store(**{ARCHIVE: archive(("a.csv", b"1"))})
    fetch(store, tmp_path)
    (tmp_path / "output" / "a.csv").write_bytes(b"edited")
    with pytest.raises(LaunchpadError, match="was changed since"):
        fetch(store, tmp_path)


def test_a_fetched_file_is_replaced_by_its_newer_version(tmp_path):
    fetch(Store(**{"w/train/a.csv": b"1"}), tmp_path, ROWS)
    fetch(Store(**{"w/train/a.csv": b"22"}), tmp_path, ROWS)
    assert files(tmp_path) == {"results/a.csv": b"22"}


def test_a_file_with_the_same_content_is_not_in_the_way(tmp_path):
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "a.csv").write_bytes(b"1")
    outcome = fetch(Store(**{"w/train/a.csv": b"1"}), tmp_path, ROWS)
    assert len(outcome.kept) == 1


def test_a_broken_download_goes_on_where_it_broke(tmp_path):
    content = bytes(range(256)) * 20
    store = Store(**{"w/train/a.bin": content})
    store.breaks_after = 3000
    with pytest.raises(Exception, match=r"read|incomplete|expected"):
        fetch(store, tmp_path, ROWS)
    store.breaks_after = None
    fetch(store, tmp_path, ROWS)
    assert files(tmp_path) == {"results/a.bin": content}
    assert store.sent == len(content)


@pytest.mark.parametrize(
    "name", ["../x", "/etc/x", "a/../../x", "a\\x", "a:x", "\x1b[2J", "a\udcff", "", ".", "x" * 300]
)
def test_a_name_that_leaves_the_folder_is_no_path(name):
    assert relative_path(name) is None


@pytest.mark.parametrize("name", ["../x.csv", "/x.csv", "a/../../../x.csv"])
def test_a_member_that_would_leave_the_folder_is_left_out(tmp_path, name):
    folder = tmp_path / "in"
    outcome = fetch(Store(**{ARCHIVE: archive((name, b"1"), ("a.csv", b"2"))}), folder)
    assert files(tmp_path) == {"in/output/a.csv": b"2"}
    assert len(outcome.skipped) == 1


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_links_and_devices_are_left_out(tmp_path, kind):
    special = tarfile.TarInfo("special")
    special.type, special.linkname = kind, "/etc/passwd"
    outcome = fetch(Store(**{ARCHIVE: archive(special, ("a.csv", b"2"))}), tmp_path)
    assert files(tmp_path) == {"output/a.csv": b"2"}
    assert outcome.skipped == ["output/special: a link or device, not a file"]


def test_a_link_in_the_folder_is_not_followed_out_of_it(tmp_path):
    outside, folder = tmp_path / "outside", tmp_path / "in"
    outside.mkdir()
    folder.mkdir()
    (folder / "output").symlink_to(outside)
    outcome = fetch(Store(**{ARCHIVE: archive(("a.csv", b"1"))}), folder, force=True)
    assert (len(outcome.skipped), [*outside.iterdir()]) == (1, [])


BROKEN = [b"", b"no archive", archive(("a.csv", b"1" * 5000))[:-40]]


@pytest.mark.parametrize("content", BROKEN, ids=["empty", "other", "cut"])
def test_a_broken_archive_is_an_error_and_leaves_no_file(tmp_path, content):
    with pytest.raises(LaunchpadError, match="is no archive that can be unpacked"):
        fetch(Store(**{ARCHIVE: content}), tmp_path)
    assert not (tmp_path / "output").exists()


def test_only_pictures_of_an_output_are_taken(tmp_path):
    pictures = Source("pictures", OUTPUT.uri, OUTPUT.target, archive=True, endings=PICTURES)
    fetch(Store(**{ARCHIVE: archive(("a.csv", b"1"), ("P.PNG", b"2"))}), tmp_path, pictures)
    assert files(tmp_path) == {"output/P.PNG": b"2"}
