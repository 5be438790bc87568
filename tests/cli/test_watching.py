"""A program that works on a local AWS ends soon after it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time

import pytest

from launchpad.cli.programs import cdk
from launchpad.cli.programs.watching import Watch
from launchpad.messages.errors import LaunchpadError
from launchpad.processes.programs import Program

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = [sys.executable, "-c", "import signal, time; signal.signal(15, signal.SIG_IGN); print(); time.sleep(60)"]


@pytest.fixture
def start(tmp_path):
    programs = []

    def run(command):
        programs.append(Program.start(command, os.environ, folder=tmp_path))
        return programs[-1]

    yield run
    for program in programs:
        program.end()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_program_ends_when_its_local_aws_has_ended(start):
    program = start(SLEEP)
    watch = Watch(f"http://127.0.0.1:{free_port()}", program)
    assert program.wait(30) != 0
    assert watch.gone
    watch.close()


def test_a_program_that_ignores_sigterm_is_killed(start):
    program = start(STUBBORN)
    program.process.stdout.readline()
    watch = Watch(f"http://127.0.0.1:{free_port()}", program)
    assert program.wait(30) == -9
    watch.close()


def test_a_program_goes_on_while_its_local_aws_listens(start):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        program = start(SLEEP)
        watch = Watch(f"http://127.0.0.1:{listener.getsockname()[1]}", program)
        time.sleep(2)
        assert program.exit_code is None
        assert not watch.gone
        watch.close()


@pytest.mark.parametrize("url", ["", "https://sagemaker.us-east-1.amazonaws.com"])
def test_an_address_of_another_machine_is_not_watched(start, url):
    program = start(SLEEP)
    watch = Watch(url, program)
    with pytest.raises(subprocess.TimeoutExpired):
        program.wait(1.5)
    assert not watch.gone


def test_the_cdk_cli_ends_with_its_local_aws(monkeypatch, tmp_path):
    cli = tmp_path / "cdk"
    cli.write_text("#!/bin/sh\nexec sleep 60\n")
    cli.chmod(0o700)
    monkeypatch.setattr(cdk, "CLI", cli)
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(LaunchpadError, match=f"the local AWS at {url} has stopped answering; start it"):
        list(cdk.run(["deploy"], None, {**os.environ, "AWS_ENDPOINT_URL": url}, tmp_path / "log"))
