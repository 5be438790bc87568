"""`launchpad new`: begin a workload from a template."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from launchpad import paths
from launchpad.cli.terminal import note, say
from launchpad.messages.errors import LaunchpadError, shown, suggest

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
PLACEHOLDER = "workload-name"
"""The placeholder for the workload's name in the templates' files."""


def new(
    name: Annotated[
        str, typer.Argument(help="Of the workload, and of its folder.", metavar="NAME", show_default=False)
    ],
    framework: Annotated[str, typer.Option(help="Which template to start from.")] = "sklearn",
) -> None:
    """Begin a workload: a folder with a model that works.

    Example: launchpad new churn --framework sklearn
    """
    from pydantic import TypeAdapter, ValidationError

    from launchpad.catalogue import load_workload
    from launchpad.workload import Name

    frameworks = sorted(path.name for path in TEMPLATES.iterdir() if path.is_dir())
    if framework not in frameworks:
        raise typer.BadParameter(
            f"{framework!r}: {suggest(framework, frameworks, 'frameworks')}", param_hint="--framework"
        )
    try:
        TypeAdapter(Name).validate_python(name)
    except ValidationError:
        raise typer.BadParameter(
            f"{name!r}: use at most 40 lower-case letters, digits and inner hyphens", param_hint="NAME"
        ) from None
    folder = paths.WORKLOADS / name
    if folder.exists():
        raise LaunchpadError(f"{shown(folder)} is there already; choose another name, or delete it")
    _copy(TEMPLATES / framework, folder, name)
    load_workload(name)
    say(f"{shown(folder)} is ready")
    note(f"next: `launchpad deploy`, then `launchpad run {name}`")


def _copy(template: Path, folder: Path, name: str) -> None:
    """Copy to a temporary name, then rename, so that the folder is never half-written."""
    aside = folder.with_name(f".{name}.partial")
    shutil.rmtree(aside, ignore_errors=True)
    shutil.copytree(template, aside, ignore=shutil.ignore_patterns("__pycache__"))
    for file in aside.rglob("*"):
        if file.is_file():
            file.write_text(file.read_text("utf-8").replace(PLACEHOLDER, name), "utf-8")
    aside.rename(folder)
