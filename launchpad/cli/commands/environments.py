"""`launchpad environments`: what `config/` holds, and in which order workflows deploy it."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any

import typer

from launchpad.cli.options import Json
from launchpad.cli.terminal import emit, show, table

if TYPE_CHECKING:
    from launchpad.settings import EnvironmentSettings


def environments(
    repository: Annotated[
        str | None,
        typer.Option(
            help="Only environments whose config names this GitHub repository.",
            metavar="OWNER/NAME",
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """List the environments, in the order in which they are promoted.

    An environment that a GitHub workflow deploys has a step, a role to deploy with and a role to compare with. All
    environments of a step are deployed before those of the next one. As JSON: a list of steps, each a list of
    environments.

    Example: launchpad environments --repository example/platform --json
    """
    from launchpad.settings import environment_names, load_environment

    chosen = [load_environment(name) for name in environment_names()]
    if repository is not None:
        chosen = [each for each in chosen if each.github and each.github.repository == repository]
    if as_json:
        emit(steps(chosen), indent=None)
        return
    rows = [[each.name, each.region, each.account or "", *_github(each)] for each in sorted(chosen, key=_order)]
    show(table("Environments", ["environment", "region", "account", "step", "repository"], rows))


def steps(settings: Iterable[EnvironmentSettings]) -> list[list[dict[str, Any]]]:
    """The environments as plain data, grouped by step: those that no workflow deploys come last."""
    ordered = sorted(settings, key=_order)
    return [[_described(each) for each in group] for _, group in groupby(ordered, key=lambda each: _order(each)[0])]


def _described(settings: EnvironmentSettings) -> dict[str, Any]:
    from launchpad.images.image_lock import partition_of
    from launchpad.settings.github import deploy_role_name, plan_role_name, role_arn

    described: dict[str, Any] = {"name": settings.name, "region": settings.region, "account": settings.account}
    if settings.github and settings.account:
        partition = partition_of(settings.region) or "aws"
        described |= {
            "repository": settings.github.repository,
            "deploy_role": role_arn(partition, settings.account, deploy_role_name(settings.name)),
            "plan_role": role_arn(partition, settings.account, plan_role_name(settings.name)),
            **({"drift_role": settings.github.drift_role} if settings.github.drift_role else {}),
        }
    return described


def _order(settings: EnvironmentSettings) -> tuple[int, str]:
    return settings.github.step if settings.github else _AFTER_ALL_STEPS, settings.name


def _github(settings: EnvironmentSettings) -> tuple[str, str]:
    return (str(settings.github.step), settings.github.repository) if settings.github else ("", "")


_AFTER_ALL_STEPS = 99
