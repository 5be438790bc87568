"""`--json` on every command that prints data: stdout is one JSON document, and all else goes to stderr."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from launchpad.cli.application import application
from launchpad.cli.terminal import emit, results_to_person, results_to_program, say

WITHOUT = {
    "bootstrap": "its exit code says all",
    "chaos interrupt": "it prints no data",
    "compare": "it writes a page; `runs --json` has the data",
    "debug": "it runs the script in this terminal",
    "demo": "it writes build/demo/summary.json",
    "deploy": "its exit code says all; `status --json` has the stacks",
    "destroy": "its exit code says all; `status --json` has the stacks",
    "diff": "its report is Markdown for a pull request, and its exit code says what the report contains",
    "draw": "it writes a picture",
    "images lock": "it writes images.lock.json",
    "local": "it runs until Ctrl-C; .local-aws/running.json has its address",
    "lock": "it writes lock files",
    "mlflow": "it prints one address",
    "new": "it writes a folder",
    "new-project": "it writes a repository",
    "prices update": "it writes prices/; `cost --json` has the prices that are used",
    "schema": "it writes JSON files",
    "shell": "it runs a program in this terminal",
    "synth": "it writes templates",
    "upgrade": "it writes build/upgrade.md",
}
"""The commands without `--json`, each with the reason."""


def commands(group: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{name} ")
        else:
            yield f"{prefix}{name}", command


COMMANDS = dict(commands(typer.main.get_command(application())))


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_prints_json_or_there_is_a_reason(name):
    has_option = any("--json" in parameter.opts for parameter in COMMANDS[name].params)
    assert has_option != (name in WITHOUT)


def test_no_reason_is_left_of_a_command_that_has_gone():
    assert set(WITHOUT) <= set(COMMANDS)


def test_only_the_document_goes_to_stdout(capsys):
    results_to_program()
    try:
        say("progress")
        emit({"name": "a", "metrics": {"r2": 0.5}})
    finally:
        results_to_person()
    say("for a person")
    printed = capsys.readouterr()
    document, _, rest = printed.out.rpartition("}\n")
    assert json.loads(f"{document}}}") == {"name": "a", "metrics": {"r2": 0.5}}
    assert (rest, printed.err) == ("for a person\n", "progress\n")


def test_problems_are_a_document_too_and_the_exit_code_stays(launchpad, checkout):
    folder = checkout / "workloads" / "half"
    folder.mkdir()
    (folder / "workload.yaml").write_text("name: half\ndescriptio: x\n")
    result = launchpad("validate", "half", "--json")
    problems = {problem["key"]: problem for problem in json.loads(result.stdout)["problems"]}
    assert problems["descriptio"]["file"] == "workloads/half/workload.yaml"
    assert problems["descriptio"]["line"] == 2
    assert result.returncode == 1
    assert "workloads/half/workload.yaml:2: descriptio" in result.stderr
