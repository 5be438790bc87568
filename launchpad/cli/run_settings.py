"""Reads `--set KEY=VALUE` options, and checks them as workload.yaml is checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from launchpad.cli.options import read_settings
from launchpad.messages.errors import LaunchpadError

if TYPE_CHECKING:
    from launchpad.workload import Workload


def settings_of(workload: Workload, kind: str, options: list[str] | None) -> dict[str, Any]:
    """The overrides of one launch of `kind`, by dotted key.

    Raises:
        typer.BadParameter: an option is not `KEY=VALUE` with one value.
        LaunchpadError: a key that this kind of job doesn't have, or a value that workload.yaml could not have either.
    """
    from launchpad.checks.overrides import check_overrides

    overrides = read_settings(options or [])
    try:
        check_overrides(workload, kind, overrides)
    except LaunchpadError as error:
        raise LaunchpadError(f"--set {error}") from None
    return overrides
