"""A program that swaps its files while the server reads them gets nothing else read."""

from __future__ import annotations

import errno
import io
import os
import stat
from pathlib import Path

import pytest

from local_aws.files.archives import pack
from local_aws.files.reasons import without_paths, words_of
from local_aws.files.storage import upload_folder
from local_aws.files.untrusted import Entry, JobTree
from local_aws.files.volumes import GIGABYTE, Volume

SECRET = b"only for the person at this machine"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A job's /opt/ml with a model of one file, next to a file that is not the job's."""
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "weights").write_bytes(SECRET)
    (tmp_path / "ml" / "model" / "part").mkdir(parents=True)
    (tmp_path / "ml" / "model" / "part" / "weights").write_bytes(b"weights")
    return tmp_path / "ml"


def listed(root: Path) -> tuple[JobTree, Entry]:
    tree = JobTree(root, "model")
    (entry,) = tree.files()
    return tree, entry


@pytest.mark.parametrize("swapped", ["model", "model/part", "model/part/weights"])
def test_what_becomes_a_link_after_it_was_listed_is_not_opened(root: Path, swapped: str) -> None:
    tree, entry = listed(root)
    (root / swapped).rename(root / "old")
    target = root.parent / "secret"
    (root / swapped).symlink_to(target / "weights" if swapped.endswith("weights") else target)
    with pytest.raises(OSError, match="/opt/ml/model"):
        tree.open(entry.parts)


def test_a_pipe_in_place_of_a_file_is_not_waited_for(root: Path) -> None:
    tree, entry = listed(root)
    (root / "model/part/weights").unlink()
    os.mkfifo(root / "model/part/weights")
    with pytest.raises(OSError, match="Not a regular file"):
        tree.open(entry.parts)


def test_a_device_is_not_even_opened(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree, entry = listed(root)
    opened: list[object] = []
    real = os.open
    monkeypatch.setattr(os, "open", lambda path, *more, **options: opened.append(path) or real(path, *more, **options))
    (root / "model/part/weights").unlink()
    os.mkfifo(root / "model/part/weights")
    with pytest.raises(OSError, match="Not a regular file"):
        tree.open(entry.parts)
    assert "weights" not in opened


def test_a_file_that_grows_gives_no_more_than_it_had(root: Path) -> None:
    tree, entry = listed(root)
    with tree.open(entry.parts) as file:
        with (root / "model/part/weights").open("ab") as more:
            more.write(b"x" * 1000)
        assert file.read() == b"weights"


def test_a_file_that_shrinks_is_an_error_and_no_endless_read(root: Path) -> None:
    tree, entry = listed(root)
    with tree.open(entry.parts) as file:
        os.truncate(root / "model/part/weights", 0)
        with pytest.raises(OSError, match="became shorter"):
            file.read()


def test_no_descriptor_stays_open(root: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    for number in range(20):
        (root / "model" / f"link{number}").symlink_to("/")
    pack([JobTree(root, "model")], io.BytesIO(), Volume(GIGABYTE))
    with pytest.raises(OSError, match="no regular file"):
        upload_folder(None, [JobTree(root, "model")], None, None, Volume(GIGABYTE))  # type: ignore[arg-type]
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


def test_a_volume_is_full_of_files_too() -> None:
    volume = Volume(10 * 16 * 1024)
    for _ in range(10):
        volume.take(0)
    with pytest.raises(OSError, match="No space left") as full:
        volume.take(0)
    assert full.value.errno == errno.ENOSPC


def test_a_reason_names_no_path_of_this_machine(root: Path) -> None:
    with pytest.raises(OSError) as missing:
        (root / "gone").stat()
    assert words_of(missing.value) == "No such file or directory"
    jobs = Path("/home/me/state/jobs")
    message = f"ValueError: {jobs}/job-1-123/algo-1/model/x and {jobs}/endpoint-5/model"
    assert without_paths(message, jobs) == "ValueError: /opt/ml/model/x and /opt/ml/model"


def test_entries_say_what_they_are_without_following(root: Path) -> None:
    (root / "model/link").symlink_to("part")
    kinds = {entry.name: stat.S_IFMT(entry.status.st_mode) for entry in JobTree(root, "model").entries()}
    assert kinds == {"link": stat.S_IFLNK, "part": stat.S_IFDIR, "part/weights": stat.S_IFREG}
