"""`launchpad new`: begin a workload from a template."""

from __future__ import annotations

from typing import Annotated

import typer

from launchpad import paths
from launchpad.cli.scaffolding import CONTAINER, frameworks, make_container, make_workload
from launchpad.cli.terminal import fields, note, say
from launchpad.messages.errors import LaunchpadError, shown, suggest


def _list(value: bool) -> None:
    if value:
        fields((name, values["sentence"]) for name, values in frameworks().items())
        raise typer.Exit


def new(
    name: Annotated[
        str, typer.Argument(help="Of the workload, and of its folder.", metavar="NAME", show_default=False)
    ],
    framework: Annotated[
        str, typer.Option(help=f"Which template to start from: {', '.join(frameworks())}.", metavar="FRAMEWORK")
    ] = "sklearn",
    _listed: Annotated[
        bool, typer.Option("--list", callback=_list, is_eager=True, help="List the frameworks, each with a sentence.")
    ] = False,
) -> None:
    """Begin a workload: a folder with a model that works.

    Its workload.yaml has the sections prepare, tuning, evaluate and pipeline as comments, ready to uncomment. With
    --framework container it also makes a folder in containers/: an image with your own programs to train and serve.

    Example: launchpad new churn --framework xgboost
    """
    from pydantic import TypeAdapter, ValidationError

    from launchpad.catalogue import load_workload
    from launchpad.workload import Name

    if framework not in frameworks():
        raise typer.BadParameter(
            f"{framework!r}: {suggest(framework, frameworks(), 'frameworks')}", param_hint="--framework"
        )
    try:
        TypeAdapter(Name).validate_python(name)
    except ValidationError:
        raise typer.BadParameter(
            f"{name!r}: use at most 40 lower-case letters, digits and inner hyphens", param_hint="NAME"
        ) from None
    folder = paths.WORKLOADS / name
    if folder.exists():
        raise LaunchpadError(f"{shown(folder)} exists already; choose another name, or delete it")
    if framework == CONTAINER:
        make_container(name, paths.CONTAINERS / name)
        say(f"{shown(paths.CONTAINERS / name)} is ready: the image")
    make_workload(framework, name, folder)
    load_workload(name)
    say(f"{shown(folder)} is ready")
    _say_next(name, framework)


def _say_next(name: str, framework: str) -> None:
    question = frameworks()[framework].get("question", "").replace("{name}", name)
    note("next:")
    note("  launchpad deploy                 # once, the platform")
    note(f"  launchpad run {name:<18} # prepares the data, trains")
    note(f"  launchpad serve {name:<16} # an endpoint with the model")
    note(f"  launchpad predict {' '.join(filter(None, [name, question]))}")
    note(f"and uncomment prepare, tuning, evaluate or pipeline in {shown(paths.WORKLOADS / name / 'workload.yaml')}")
