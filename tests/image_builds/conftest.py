"""A program that stands for Docker's client and notes what is asked of it, and a local AWS with a registry."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.local_aws.launcher import LocalAws, running_local_aws

DOCKER = """\
#!/bin/sh
echo "$*" >>"$FOLDER/calls"
case "$1 $2" in
  "version --format") cat "$FOLDER/version"; [ ! -e "$FOLDER/refusal" ] || { cat "$FOLDER/refusal" >&2; exit 1; } ;;
  "info --format") cat "$FOLDER/status" ;;
  "buildx version") cat "$FOLDER/buildx" ;;
  "login --username") cat >"$FOLDER/password"; [ ! -e "$FOLDER/login" ] || { cat "$FOLDER/password"; exit 1; } ;;
esac
"""
RUNNING = '{"Client": {"Version": "28.5.2"}, "Server": {"Version": "29.0.1"}}'
STOPPED = '{"Client": {"Version": "28.5.2"}, "Server": null}'
OVERLAY = '[["Backing Filesystem","extfs"],["Supports d_type","true"]]'
CONTAINERD = '[["driver-type","io.containerd.snapshotter.v1"]]'


@dataclass(frozen=True)
class FakeDocker:
    """What Docker answers is in files of a folder, and so is what it was asked."""

    folder: Path

    @property
    def variables(self) -> dict[str, str]:
        return {**os.environ, "PATH": f"{self.folder}:{os.environ['PATH']}", "FOLDER": str(self.folder)}

    @property
    def calls(self) -> list[str]:
        calls = self.folder / "calls"
        return calls.read_text().splitlines() if calls.exists() else []

    def answers(self, **content: str) -> None:
        for name, text in content.items():
            (self.folder / name).write_text(text)


@pytest.fixture
def docker(tmp_path: Path) -> FakeDocker:
    """A Docker that runs, with the classic image store."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "docker").write_text(DOCKER)
    (folder / "docker").chmod(0o755)
    fake = FakeDocker(folder)
    fake.answers(version=RUNNING, status=OVERLAY, buildx="github.com/docker/buildx v0.30.1 9e66234")
    return fake


@pytest.fixture(scope="session")
def aws() -> Iterator[LocalAws]:
    with running_local_aws() as server:
        yield server
