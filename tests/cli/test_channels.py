"""What becomes of data.py's files as objects in S3: one folder per channel, nothing left out, nothing made up."""

from __future__ import annotations

import hashlib

import pytest

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.channels import plan, sha256

PREFIXES = {"training": "wine/training", "validation": "wine/validation"}


def write(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


def test_each_file_goes_below_its_channels_prefix_with_its_own_folders(tmp_path):
    write(tmp_path, "training/rows.csv", "training/2026/more.csv", "validation/rows.csv")
    assert [upload.key for upload in plan(tmp_path, PREFIXES)] == [
        "wine/training/2026/more.csv",
        "wine/training/rows.csv",
        "wine/validation/rows.csv",
    ]


def test_a_linked_folders_files_go_along(tmp_path):
    write(tmp_path / "elsewhere", "2026/rows.csv")
    data = tmp_path / "data"
    write(data, "training/first.csv", "validation/rows.csv")
    (data / "training" / "more").symlink_to(tmp_path / "elsewhere")
    assert [upload.key for upload in plan(data, PREFIXES)][:2] == [
        "wine/training/first.csv",
        "wine/training/more/2026/rows.csv",
    ]


@pytest.mark.parametrize(
    ("name", "target", "words"),
    [
        ("gone.csv", "nowhere.csv", "leads nowhere"),
        ("again", "..", "a folder above it"),
        ("a\udcff", None, "in UTF-8 only"),
    ],
)
def test_what_can_not_be_uploaded_is_refused_by_name(tmp_path, name, target, words):
    write(tmp_path, "training/rows.csv", "validation/rows.csv")
    path = tmp_path / "training" / name
    path.symlink_to(target) if target else path.touch()
    with pytest.raises(LaunchpadError, match=words):
        plan(tmp_path, PREFIXES)


def test_a_folder_that_is_no_channel_is_refused_with_the_channels(tmp_path):
    write(tmp_path, "training/rows.csv", "validation/rows.csv", "trainning/rows.csv")
    with pytest.raises(LaunchpadError, match=r"'trainning', which is no channel .* training, validation"):
        plan(tmp_path, PREFIXES)


@pytest.mark.parametrize("names", [["training/rows.csv"], ["training/rows.csv", "validation/"]])
def test_a_channel_that_got_nothing_is_refused(tmp_path, names):
    write(tmp_path, names[0])
    for name in names[1:]:
        (tmp_path / name).mkdir()
    with pytest.raises(LaunchpadError, match="no file for channel 'validation'"):
        plan(tmp_path, PREFIXES)


def test_the_checksum_is_that_of_the_whole_file(tmp_path):
    path = tmp_path / "big"
    path.write_bytes(b"x" * 3_000_000)
    assert sha256(path) == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_channel_that_a_job_writes_may_stay_empty(tmp_path):
    write(tmp_path, "training/rows.csv")
    assert [upload.key for upload in plan(tmp_path, PREFIXES, required=())] == ["wine/training/rows.csv"]


def test_nothing_at_all_is_refused(tmp_path):
    with pytest.raises(LaunchpadError, match=r"wrote no file; it must write to DIR/training, DIR/validation"):
        plan(tmp_path, PREFIXES, required=())
