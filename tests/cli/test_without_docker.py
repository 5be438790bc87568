"""The stand-in for Docker: it takes what the CDK CLI is known to ask, and nothing else."""

from __future__ import annotations

import subprocess

import pytest

from launchpad.cli.programs.cdk import WITHOUT_DOCKER
from launchpad.images.manifests import DOCKER_OUTPUT

BUILD = ["build", "--tag", "cdkasset-1", "--platform", "linux/amd64"]


def exit_code(*arguments: str) -> int:
    return subprocess.run([WITHOUT_DOCKER, *arguments], capture_output=True, timeout=60).returncode


@pytest.mark.parametrize("arguments", [["login"], ["tag"], ["push"], [*BUILD, f"--output={DOCKER_OUTPUT}", "."]])
def test_the_stand_in_accepts_what_the_cdk_asks(arguments):
    assert exit_code(*arguments) == 0


def test_the_stand_in_has_no_image():
    assert exit_code("inspect", "cdkasset-1") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        [*BUILD, "."],
        [*BUILD, "--output=type=docker", "."],
        [*BUILD, f"--output={DOCKER_OUTPUT}", "--output=type=local,dest=out", "."],
        ["images"],
    ],
)
def test_the_stand_in_refuses_everything_else(arguments):
    assert exit_code(*arguments) == 2
