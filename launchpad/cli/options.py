"""Arguments and options that several commands share, so that their names and help are the same."""

from __future__ import annotations

import os
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from launchpad import paths

ON_A_MODEL = "Work on a model"
PLATFORM = "Look after a platform"
PROJECTS = "Have a repository of your own"
LAPTOP = "On this machine"
CHECKS = "Check what is written"


def environment_names_for_completion(incomplete: str) -> list[str]:
    """The environments whose names begin with what was typed so far."""
    files = sorted(path for path in paths.CONFIG.glob("*.yaml") if path.name != paths.PRICES.name)
    return [path.stem for path in files if path.stem.startswith(incomplete)]


def _workloads(incomplete: str) -> list[str]:
    names = sorted(path.parent.name for path in paths.WORKLOADS.glob("*/workload.yaml"))
    return [name for name in names if name.startswith(incomplete)]


Environment = Annotated[
    str,
    typer.Option(
        "--env",
        "-e",
        help="Environment: a file in config/. `local` is the local AWS on this machine.",
        metavar="ENV",
        autocompletion=environment_names_for_completion,
    ),
]
Workload = Annotated[
    str,
    typer.Argument(help="A folder in workloads/.", metavar="WORKLOAD", autocompletion=_workloads, show_default=False),
]


def _kind(value: str | None) -> str | None:
    from launchpad.messages.errors import suggest
    from launchpad.platform_client.work.piece import KINDS

    if value is not None and value not in KINDS:
        raise typer.BadParameter(suggest(value, KINDS, "kinds"))
    return value


def _json(value: bool) -> bool:
    from launchpad.cli.terminal import results_to_program

    if value:
        results_to_program()
    return value


WorkName = Annotated[
    str,
    typer.Argument(
        help="A job, Spark step, pipeline run or endpoint; or a workload, for its newest work.",
        metavar="NAME|WORKLOAD",
        autocompletion=_workloads,
        show_default=False,
    ),
]
Kind = Annotated[
    str | None,
    typer.Option(
        "--kind",
        help="Only training, tuning, processing, transform, spark, pipeline or endpoint.",
        metavar="KIND",
        callback=_kind,
    ),
]
Json = Annotated[
    bool,
    typer.Option("--json", help="Print the result as JSON to stdout, and all else to stderr.", callback=_json),
]
EnvironmentOf = Annotated[
    str | None, typer.Option("--env", "-e", help="Environment; else the one that the name begins with.", metavar="ENV")
]
RunSettings = Annotated[
    list[str] | None,
    typer.Option("--set", help="Change a value for this run, as often as you like.", metavar="KEY=VALUE"),
]
Deployed = Annotated[
    bool, typer.Option("--deployed", help="Use the workload as it is deployed, although workloads/ differs.")
]
Section = Annotated[
    str,
    typer.Option(help="Which of the workload's jobs: training, prepare, evaluate, serving.", metavar="SECTION"),
]
DataFolder = Annotated[
    Path | None,
    typer.Option(help="Folder with one folder per channel or input, instead of S3 or data.py.", exists=True),
]
Token = Annotated[str | None, typer.Option(help="One token starts one job, however often it is used.")]
MaxCost = Annotated[
    float | None,
    typer.Option("--max-cost", help="Refuse a tuning that may cost more, in US dollars.", metavar="USD", min=0.01),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")]


def new_token() -> str:
    """A token for one launch: the time (UTC), and four digits that distinguish launches in the same second."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def read_settings(options: list[str]) -> dict[str, Any]:
    """Parse `--set KEY=VALUE` options into a launch's overrides; each value is read as YAML.

    Raises:
        typer.BadParameter: an option is not `KEY=VALUE` with one value.
    """
    return dict(_setting(text) for text in options)


def _setting(text: str) -> tuple[str, str | bool | int | float]:
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise typer.BadParameter(
            f"{text!r}: write KEY=VALUE, such as hyperparameters.test-size=0.2", param_hint="--set"
        )
    return key.strip(), _scalar(text, value)


def _scalar(text: str, value: str) -> str | bool | int | float:
    from launchpad.config_files.yaml_nodes import YamlError
    from launchpad.config_files.yaml_reader import read_text

    try:
        read = read_text(os.fsencode(value)).value if value.strip() else value
    except YamlError:
        read = None
    if not isinstance(read, str | bool | int | float):
        raise typer.BadParameter(
            f"{text!r}: the value must be text, a number, or true/false; put text with special characters in quotes",
            param_hint="--set",
        )
    return read
