"""`launchpad new-project`: begin a repository of models that uses this platform."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from launchpad.cli.terminal import note, say
from launchpad.messages.errors import shown

ENVIRONMENTS = ("dev", "staging", "prod")


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

    Accounts and region that aren't given as options are asked, where there is a terminal, and so is the platform's
    address if this checkout has no remote. Each answer is checked at its question. Nothing is committed. None of the
    platform's sample workloads is part of it.

    Example: launchpad new-project ../models --env dev=111111111111 --env prod=222222222222 --region eu-west-1
    """
    from launchpad.cli.scaffolding import make_workload
    from launchpad.projects.answers import repository_complaint
    from launchpad.projects.creation import create, current_commit, refuse_taken, runbooks_page
    from launchpad.projects.files import Plan

    folder = folder.absolute()
    refuse_taken(folder)
    _check_template(workload, framework)
    if github is not None:
        _refuse(repository_complaint(github), "--github")
    accounts = _environments(env)
    _check_region(region)
    source = _source(platform)
    accounts, region = _accounts(accounts), _region(region)
    given = {name: each for name, each in accounts.items() if each}
    plan = Plan(folder.name, tuple(accounts), region, given, github, runbooks_page(source))
    create(folder, plan, source, version or current_commit())
    (folder / "workloads").mkdir()
    make_workload(framework, workload, folder / "workloads" / workload)
    say(f"{shown(folder)} is ready, with the workload {workload}")
    note("next:")
    for line in (f"cd {shlex.quote(shown(folder))}", "make setup test", "make demo", "git add --all && git commit"):
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


def _environments(env: list[str] | None) -> dict[str, str]:
    """The environments with the accounts that are given; an account may be empty."""
    from launchpad.projects.answers import account_complaint, environments_complaint

    pairs = [_pair(each) for each in env or ENVIRONMENTS]
    _refuse(environments_complaint([name for name, _ in pairs]), "--env")
    for _, account in pairs:
        _refuse(account_complaint(account) if account else None, "--env")
    return dict(pairs)


def _check_region(region: str | None) -> None:
    from launchpad.config_files.aws_facts import region_complaint

    if region is None and not _asks():
        _refuse("name the region of the environments, such as eu-west-1", "--region")
    _refuse(region_complaint(region) if region else None, "--region")


def _source(platform: str | None) -> str:
    """Where git fetches the platform from: the option, this checkout's remote, or the answer."""
    from launchpad.projects.answers import address_complaint
    from launchpad.projects.creation import platform_source

    source = platform or platform_source()
    if source is None and _asks():
        return _ask("Where git fetches the platform from (URL; this checkout has no remote)", address_complaint)
    if source is None:
        _refuse("this checkout has no remote `origin`: name where git fetches the platform from", "--platform")
    _refuse(address_complaint(str(source)), "--platform")
    return str(source)


def _accounts(accounts: dict[str, str]) -> dict[str, str]:
    """The accounts, with those that are asked for; empty where they come later."""
    from launchpad.projects.answers import account_complaint

    def complaint(account: str) -> str | None:
        return account_complaint(account) if account else None

    if not _asks():
        return accounts
    return {
        name: account or _ask(f"Account of {name} (12 digits; Enter: later)", complaint, "", show_default=False)
        for name, account in accounts.items()
    }


def _region(region: str | None) -> str:
    from launchpad.config_files.aws_facts import region_complaint

    return region or _ask("Region", region_complaint, "eu-west-1")


def _asks() -> bool:
    return sys.stdin.isatty()


def _ask(
    question: str, complaint: Callable[[str], str | None], default: str | None = None, *, show_default: bool = True
) -> str:
    """The answer to a question, which is asked until nothing is wrong with the answer."""

    def checked(line: str) -> str:
        if words := complaint(line.strip()):
            raise typer.BadParameter(words)
        return line.strip()

    return str(typer.prompt(question, default=default, show_default=show_default, value_proc=checked))


def _refuse(complaint: str | None, option: str) -> None:
    if complaint:
        raise typer.BadParameter(complaint, param_hint=option)


def _pair(text: str) -> tuple[str, str]:
    name, _, account = text.partition("=")
    return name, account
