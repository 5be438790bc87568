"""A workload's scripts as an archive: the same bytes for the same scripts, on any machine."""

from __future__ import annotations

import io
import os
import tarfile

from launchpad.catalogue.packaging import pack, source_files, unpackable


def test_the_same_scripts_are_the_same_bytes(tmp_path):
    packed = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        (folder / "inner").mkdir(parents=True)
        for name in ("train.py", "inner/more.py") if folder.name == "one" else ("inner/more.py", "train.py"):
            (folder / name).write_text(f"print({name!r})\n")
        (folder / "__pycache__").mkdir()
        (folder / "__pycache__" / "train.pyc").write_bytes(b"x")
        packed.append(pack(source_files(folder)))
    assert packed[0].data == packed[1].data
    assert packed[0].sha256 == packed[1].sha256
    with tarfile.open(fileobj=io.BytesIO(packed[0].data), mode="r:gz") as archive:
        assert archive.getnames() == ["inner/more.py", "train.py"]


def test_the_header_names_no_time_file_or_system():
    # Versions of Python differ in what they write by themselves: bytes 4 to 7 are the time, the last is the system.
    assert pack({}).data[:10] == bytes([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF])


def test_links_to_folders_and_pipes_are_named_and_never_read(tmp_path):
    source, elsewhere = tmp_path / "src", tmp_path / "elsewhere"
    (source / "inner").mkdir(parents=True)
    elsewhere.mkdir()
    (source / "train.py").write_text("")
    (source / "inner" / "linked").symlink_to(elsewhere)
    (source / "copy.py").symlink_to(source / "train.py")
    (source / "lost.py").symlink_to("nowhere")
    (source / "below.py").symlink_to("train.py/below.py")
    (source / "loop.py").symlink_to("loop.py")
    os.mkfifo(source / "pipe")
    assert list(source_files(source)) == ["copy.py", "train.py"]
    assert unpackable(source) == ["below.py", "inner/linked", "loop.py", "lost.py", "pipe"]
