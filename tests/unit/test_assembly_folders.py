"""Processes that synthesize one environment at once don't write into each other's cloud assembly."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from launchpad import paths
from launchpad.cli import deploying
from launchpad.updates import lock

HOLDER = """
import sys
from pathlib import Path

from launchpad.updates.lock import reserve

print(reserve(Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The environment's folder; a synth writes one file."""
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    monkeypatch.setattr(lock, "_HELD", {})
    monkeypatch.setattr(deploying.cdk, "synth", lambda _env, written, _variables: write(written))
    return deploying.assembly_folder("local")


@pytest.fixture
def holder(folder):
    """Another process that has synthesized the environment, and reads what it wrote."""
    command = [sys.executable, "-c", HOLDER, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=paths.ROOT) as process:
        assert process.stdout.readline() == "True\n"
        write(folder)
        yield process


def write(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text("{}")


def test_the_only_process_writes_the_environments_folder(folder):
    assert deploying.synthesize("local", {}) == deploying.synthesize("local", {}) == folder


def test_what_another_process_reads_stays(folder, holder):
    (folder / "manifest.json").write_text("being read")
    own = deploying.synthesize("local", {})
    assert own != folder
    assert (own / "manifest.json").read_text() == "{}"
    assert (folder / "manifest.json").read_text() == "being read"


def test_the_folder_is_free_when_its_process_has_ended(folder, holder):
    holder.communicate()
    assert deploying.synthesize("local", {}) == folder
