"""What a person learns without reading anything else, and how fast."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from launchpad.cli.application import application

ALL = application().registered_commands
COMMANDS = sorted(command.name for command in ALL)
HEAVY = ("boto3", "pydantic", "jinja2", "yaml", "cfnlint", "aws_cdk")
LOADED = """
import json, sys
from launchpad.cli.application import application
try:
    application()(["--help"])
except SystemExit:
    pass
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})), file=sys.stderr)
"""


def test_every_command_is_listed(launchpad):
    output = launchpad("--help").stdout
    assert [name for name in COMMANDS if f" {name} " not in output] == []


@pytest.mark.parametrize("command", ALL, ids=lambda command: command.name)
def test_every_command_ends_its_help_with_an_example_of_itself(command):
    assert f"launchpad {command.name}" in command.epilog


def test_help_loads_nothing_that_only_work_needs():
    result = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, timeout=60, check=True)
    assert [name for name in HEAVY if name in json.loads(result.stderr)] == []


@pytest.mark.parametrize("arguments", [["run", "--help"], ["--debug", "run", "w"]])
def test_only_the_module_of_the_chosen_command_is_loaded(arguments):
    code = (
        f"import sys; from launchpad.cli.application import application; application({arguments}); print(*sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True).stdout
    modules = [name for name in loaded.split() if name.startswith("launchpad.cli.commands.")]
    assert modules == ["launchpad.cli.commands.run"]


def test_an_unknown_command_is_wrong_usage_and_the_nearest_one_is_named(launchpad):
    result = launchpad("deply")
    assert result.returncode == 2
    assert "deploy" in result.stderr


def test_no_command_at_all_shows_the_help(launchpad):
    assert "Usage: launchpad" in launchpad().stdout + launchpad().stderr
