"""A program that stands for Docker's client and notes what is asked of it, and a local AWS with a registry."""

from __future__ import annotations

import json
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
TRAINING = "763104351884.dkr.ecr.eu-west-1.amazonaws.com"
INFERENCE = "727897471807.dkr.ecr.cn-north-1.amazonaws.com.cn"
DOCKERFILE = f"""\
# 111111111111.dkr.ecr.us-east-1.amazonaws.com/only-a-comment:1
ARG BASE_IMAGE
FROM {INFERENCE}/inference:1 AS tools
FROM $BASE_IMAGE
"""


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


@pytest.fixture
def assembly(tmp_path: Path) -> Path:
    """Stacks as the CDK writes them: `jobs` needs `image-extended`, and `github` needs nothing."""
    nested = tmp_path / "assembly-dev"
    (nested / "asset.1").mkdir(parents=True)
    (nested / "asset.1" / "Dockerfile").write_text(DOCKERFILE)
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": {"dev": {"type": "cdk:cloud-assembly"}}}))
    (nested / "manifest.json").write_text(json.dumps({"artifacts": {**stack("extended", []), **others()}}))
    image = {
        "source": {"directory": "asset.1", "dockerBuildArgs": {"BASE_IMAGE": f"{TRAINING}/training:2"}},
        "destinations": {"here": {"repositoryName": "launchpad/dev/extended", "imageTag": "1"}},
    }
    (nested / "extended.json").write_text(json.dumps({"dockerImages": {"1": image}}))
    return tmp_path


def stack(name: str, dependencies: list[str]) -> dict[str, object]:
    return {
        f"{name}.assets": {"type": "cdk:asset-manifest", "properties": {"file": f"{name}.json"}},
        name: {
            "type": "aws:cloudformation:stack",
            "properties": {"stackName": f"launchpad-dev-{name}", "templateFile": f"{name}.template.json"},
            "dependencies": [f"{name}.assets", *dependencies],
        },
    }


def others() -> dict[str, object]:
    artifacts = {**stack("jobs", ["extended"]), **stack("github", [])}
    return {name: artifact for name, artifact in artifacts.items() if not name.endswith(".assets")}
