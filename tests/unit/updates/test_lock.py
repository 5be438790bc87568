"""One environment is deployed by one process at a time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from launchpad import paths
from launchpad.cli.commands import destroy as destroying
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.settings import EnvironmentSettings
from launchpad.updates.lock import only_deploy

HOLD = """
from launchpad.updates.lock import only_deploy
with only_deploy("dev"):
    print("held", flush=True)
    input()
"""


@pytest.fixture(autouse=True)
def build(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "BUILD", tmp_path / "build")
    monkeypatch.setenv("LAUNCHPAD_ROOT", str(tmp_path))


@pytest.fixture
def other():
    """Another process that deploys the environment."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_second_deploy_is_refused_with_the_first_ones_process(other):
    with pytest.raises(LaunchpadError, match=f"'dev' is being deployed or destroyed by process {other.pid} .*; wait"):
        only_deploy("dev").__enter__()


def test_an_environment_is_not_destroyed_during_its_deploy(other, monkeypatch):
    connection = Connection(EnvironmentSettings(name="dev", region="eu-west-1"))
    monkeypatch.setattr(destroying, "connect_for_removal", lambda *_: (connection, True))
    with pytest.raises(LaunchpadError, match=f"by process {other.pid} "):
        destroying.destroy("dev", yes=True)


def test_another_environment_is_deployed_at_the_same_time(other):
    with only_deploy("prod"):
        pass


def test_the_lock_of_a_dead_process_is_taken_over(other):
    other.send_signal(signal.SIGKILL)
    other.wait()
    with only_deploy("dev"):
        assert (paths.BUILD / "deploy-dev.lock").read_text() == str(os.getpid())


def test_a_deploy_may_follow_another():
    for _ in range(2):
        with only_deploy("dev"):
            pass
