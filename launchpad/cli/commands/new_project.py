"""`launchpad new-project`: begin a repository of models that uses this platform."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from launchpad.cli.terminal import note, say
from launchpad.messages.errors import shown

ENVIRONMENTS = ("dev", "staging", "prod")
_ACCOUNT = re.compile(r"\d{12}")


def new_project(
    folder: Annotated[Path, typer.Argument(help="The new repository's folder.", metavar="DIR", show_default=False)],
    workload: Annotated[str, typer.Option(help="Name of the first model.", metavar="NAME")] = "first-model",
    framework: Annotated[
        str, typer.Option(help="Its template: `launchpad new --list` has all.", metavar="FRAMEWORK")
    ] = "sklearn",
    env: Annotated[
        list[str] | None,
        typer.Option("--env", "-e", help="An environment, with its account: dev=111111111111; may be repeated."),
    ] = None,
    region: Annotated[str | None, typer.Option(help="Of all environments.", show_default=False)] = None,
    github: Annotated[
        str | None,
        typer.Option(help="The GitHub repository that will deploy it.", metavar="OWNER/NAME", show_default=False),
    ] = None,
    platform: Annotated[
        str | None, typer.Option(help="Where git fetches the platform from.", metavar="URL", show_default=False)
    ] = None,
    version: Annotated[
        str | None, typer.Option(help="Its tag or commit; by default this checkout's.", show_default=False)
    ] = None,
) -> None:
    """Begin a repository for your models: workloads, configs, workflows, and this platform as a submodule.

    What isn't given as an option is asked, where there is a terminal. Nothing is committed. None of the platform's
    sample workloads is part of it.

    Example: launchpad new-project ../models --env dev=111111111111 --env prod=222222222222 --region eu-west-1
    """
    from launchpad.cli.scaffolding import make_workload
    from launchpad.projects.creation import (
        create,
        current_commit,
        platform_source,
        refuse_credentials,
        refuse_taken,
        runbooks_page,
    )
    from launchpad.projects.files import Plan

    folder = folder.absolute()
    refuse_taken(folder)
    source = platform or platform_source()
    refuse_credentials(source)
    _check_template(workload, framework)
    accounts, region = _answers(env, region)
    given = {name: each for name, each in accounts.items() if each}
    plan = Plan(folder.name, tuple(accounts), region, given, github, runbooks_page(source))
    create(folder, plan, source, version or current_commit())
    (folder / "workloads").mkdir()
    make_workload(framework, workload, folder / "workloads" / workload)
    say(f"{shown(folder)} is ready, with the workload {workload}")
    note("next:")
    for line in (f"cd {shown(folder)}", "make setup test", "make demo", "git add --all && git commit"):
        note(f"  {line}")


def _check_template(workload: str, framework: str) -> None:
    from pydantic import TypeAdapter, ValidationError

    from launchpad.cli.scaffolding import CONTAINER, frameworks
    from launchpad.messages.errors import suggest
    from launchpad.workload import Name

    templates = [name for name in frameworks() if name != CONTAINER]
    if framework not in templates:
        raise typer.BadParameter(
            f"{framework!r}: {suggest(framework, templates, 'frameworks')}", param_hint="--framework"
        )
    try:
        TypeAdapter(Name).validate_python(workload)
    except ValidationError:
        message = f"{workload!r}: use at most 40 lower-case letters, digits and inner hyphens"
        raise typer.BadParameter(message, param_hint="--workload") from None


def _answers(env: list[str] | None, region: str | None) -> tuple[dict[str, str], str]:
    """The environments with their accounts, which may be empty, and the region."""
    from launchpad.config_files.aws_facts import region_complaint
    from launchpad.settings.environment import NAME

    asks = sys.stdin.isatty()
    accounts = dict(_pair(each) for each in env or ENVIRONMENTS)
    for name, account in accounts.items():
        if not re.fullmatch(NAME, name) or name == "local":
            message = f"{name!r}: use 2 to 10 lower-case letters and digits, and not `local`, which every project has"
            raise typer.BadParameter(message, param_hint="--env")
        if not account and asks:
            accounts[name] = typer.prompt(
                f"Account of {name} (12 digits; Enter: later)", default="", show_default=False
            )
        if accounts[name] and not _ACCOUNT.fullmatch(accounts[name]):
            message = f"{accounts[name]!r} is no account; write 12 digits, such as {name}=111111111111"
            raise typer.BadParameter(message, param_hint="--env")
    if region is None and asks:
        region = typer.prompt("Region", default="eu-west-1")
    if region is None:
        raise typer.BadParameter("name the region of the environments, such as eu-west-1", param_hint="--region")
    if complaint := region_complaint(region):
        raise typer.BadParameter(complaint, param_hint="--region")
    return accounts, region


def _pair(text: str) -> tuple[str, str]:
    name, _, account = text.partition("=")
    return name, account
