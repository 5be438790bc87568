"""`launchpad local` and `make local`: the options that reach the local AWS."""

from __future__ import annotations

import os
import socket
import subprocess

import pytest
from typer.testing import CliRunner

from launchpad import paths
from launchpad.cli.application import application
from launchpad.cli.commands import local
from launchpad.messages.errors import LaunchpadError


@pytest.fixture
def command(monkeypatch):
    """Runs `launchpad local` and returns the command of the local AWS."""
    commands = []
    monkeypatch.setattr(os, "execv", lambda _program, line: commands.append(line))
    monkeypatch.chdir(paths.ROOT)  # put back at the end
    monkeypatch.setattr(local, "_running", lambda: None)

    def run(*options):
        result = CliRunner().invoke(application(), ["local", *options])
        assert result.exit_code == 0, result.output
        return commands.pop()

    return run


def option(line, name):
    return line[line.index(name) + 1]


def test_state_is_kept_in_the_checkouts_folder(command):
    line = command()
    assert option(line, "--state") == str(paths.LOCAL_AWS / "state")
    assert "--fresh" not in line


def test_port_folder_and_fresh_reach_the_local_aws(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    line = command("--port", "4567", "--state", "mine", "--fresh")
    assert (option(line, "--port"), option(line, "--state")) == ("4567", str(tmp_path / "mine"))
    assert "--fresh" in line


@pytest.mark.parametrize(
    ("options", "again"),
    [
        ((), "the next `launchpad local` goes on"),
        (("--state", "my state"), "`launchpad local --state 'my state'` goes"),
    ],
)
def test_the_next_start_is_named_with_the_folder(command, tmp_path, monkeypatch, options, again):
    monkeypatch.chdir(tmp_path)
    command(*options)
    result = CliRunner().invoke(application(), ["local", *options])
    assert again in " ".join(result.output.split())


def test_make_local_passes_port_folder_and_fresh_on():
    make = ["make", "--dry-run", "local", "PORT=4567", "STATE=mine", "FRESH=1"]
    output = subprocess.run(make, cwd=paths.ROOT, capture_output=True, text=True, check=True).stdout
    assert '.venv/bin/launchpad local --port 4567 --state "mine" --fresh' in output


def test_a_taken_port_is_refused_with_a_command_that_works():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(
            LaunchpadError, match=rf"port {port} can't be used .*`launchpad local --port 0` takes a free"
        ):
            local._refuse_taken(port)
    local._refuse_taken(0)
