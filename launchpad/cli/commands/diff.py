"""`launchpad diff BASE`: the pull-request check on the command line.

Note: only the report goes to standard output, so that it can be piped into a comment. The comparison is
imported only when the command runs, so that `launchpad --help` does not wait for it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from launchpad.cli.checking_pins import Pins, check_pins
from launchpad.cli.progress import LiveLine
from launchpad.cli.terminal import err, note
from launchpad.messages.errors import InvalidFileError, LaunchpadError, suggest
from launchpad.messages.plain_text import visible
from template_diff.model import COMMENT_LIMIT

if TYPE_CHECKING:
    from collections.abc import Collection

    from launchpad.checkouts.sides import Sides
    from launchpad.costs.cost_changes import CostChange
    from template_diff.model import Templates

TOO_MUCH, SAFE_AND_TOO_MUCH = 8, 10
"""What a cost above the threshold adds to the exit code of a danger, and the exit code without one."""


def diff(
    base: Annotated[
        str | None, typer.Argument(help="Commit, branch or tag to compare with.", metavar="BASE", show_default=False)
    ] = None,
    env: Annotated[
        list[str] | None, typer.Option("--env", "-e", help="Only this environment; may be repeated.", metavar="ENV")
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write the report to this file.")] = None,
    templates: Annotated[
        tuple[Path, Path] | None,
        typer.Option(help="Compare two folders of templates, such as cdk.out.", metavar="OLD_DIR NEW_DIR"),
    ] = None,
    limit: Annotated[int, typer.Option(min=0, help="Most characters of the report; 0: no limit.")] = COMMENT_LIMIT,
    pins: Pins = None,
) -> None:
    """Say what the working tree would change in deployed environments, as Markdown for a pull request.

    BASE and the working tree are each synthesized by their own app.py, without credentials, and their templates compared: which resources are added, changed, removed or replaced, what data that loses, which permissions it widens, which security-group rules it opens, and what it costs per month by the price lists in prices/.

    Exit codes: 0 none of these; 3 a replacement or removal loses data, or may; 4 a permission is widened, which includes what a new role or policy permits; 5 both; 6 CloudFormation refuses the change, or may; 7, 8, 9: 6 and 3, 4, 5; 10 an environment would cost more than its config allows (cost.max_monthly_increase_usd), or a new price is unknown; 11 to 17: 10 and 3 to 9; 1 not comparable, or a pin refused by --pins; 2 wrong usage. Security-group rules are listed, and do not count.

    Example: launchpad diff origin/main --output comment.md
    """  # noqa: E501 (a line break would stand in the help text)
    if (base is None) is (templates is None):
        raise typer.BadParameter("give either BASE, or --templates OLD_DIR NEW_DIR", param_hint="BASE")
    if pins:
        _refuse_pins(pins)
    from launchpad.checkouts.workload_changes import workload_table
    from launchpad.costs.cost_changes import cost_tables
    from template_diff.brief import brief
    from template_diff.compare import compare
    from template_diff.markdown import render

    sides = _two_folders(*templates) if templates else _two_commits(str(base))
    difference = compare(*_only(sides, env or []), sides.old_locations, sides.new_locations)
    workloads = workload_table([change for change in sides.workloads if not env or change[0] in env])
    costs = _costs(sides, env or [])
    more = [*cost_tables(costs), *([workloads] if workloads else [])]
    _write(render(difference, sides.compared, limit, more), output)
    too_much = [change.complaint for change in costs if change.is_too_much]
    if base is not None:
        _note_unasked_pins({name for name, _ in sides.new if not env or name in env}, pins or ())
    if output:
        for line in [*brief(difference), *too_much, f"the whole report: {output}"]:
            note(line)
    raise typer.Exit(_exit_code(difference.exit_code, is_too_much=bool(too_much)))


def _refuse_pins(names: list[str]) -> None:
    """Ask AWS about the pins, before the longer comparison.

    Raises:
        InvalidFileError: one may not be served.
    """
    problems, notes = check_pins(names, ())
    if problems:
        raise InvalidFileError(problems)
    for text in notes:
        note(text)


def _note_unasked_pins(names: Collection[str], checked: Collection[str]) -> None:
    """Say of which pins of the compared environments only AWS could say whether they may be served."""
    from launchpad.promotions.pin_checks import unasked
    from launchpad.settings import environment_names, load_environment

    text = unasked(load_environment(name) for name in environment_names() if name in names and name not in checked)
    if text:
        note(text)


def _exit_code(dangers: int, *, is_too_much: bool) -> int:
    """The exit code of the comparison; 8 more, counted from 2, if an environment would cost too much."""
    return max(dangers, SAFE_AND_TOO_MUCH - TOO_MUCH) + TOO_MUCH if is_too_much else int(dangers)


def _costs(sides: Sides, names: list[str]) -> list[CostChange]:
    """What each requested environment costs more or less. Regions are the assemblies', else the config's."""
    from launchpad.costs.cost_changes import cost_changes
    from launchpad.settings import environment_names, load_environment

    changed = {name for name, _ in sides.new if not names or name in names}
    settings = {name: load_environment(name) for name in environment_names() if name in changed}
    of_config = {name: each.region for name, each in settings.items()}
    regions = of_config | {name: location.region for name, location in sides.new_locations.items()}
    return cost_changes(
        sides.old,
        {key: template for key, template in sides.new.items() if key[0] in changed},
        regions,
        {name: location.region for name, location in sides.old_locations.items()},
        {name: each.cost.max_monthly_increase_usd for name, each in settings.items() if each.cost},
    )


def _two_commits(base: str) -> Sides:
    from launchpad import paths
    from launchpad.checkouts.commits import synthesize_both
    from launchpad.checkouts.projects import synthesize_commits

    with LiveLine(f"synthesizing {base} and the working tree", console=err) as line:
        in_project = paths.PROJECT != paths.ROOT
        sides = synthesize_commits(paths.PROJECT, base) if in_project else synthesize_both(Path.cwd(), base)
    note(f"{line.title}: {line.seconds:.1f} s")
    return sides


def _two_folders(old: Path, new: Path) -> Sides:
    from launchpad.checkouts.sides import read_sides
    from template_diff.markdown import Compared

    return read_sides(old, new, Compared(str(old), str(new)))


def _only(sides: Sides, names: list[str]) -> tuple[Templates, Templates]:
    """Both sides, limited to the requested environments; all of them by default."""
    environments = {environment for environment, _ in (*sides.old, *sides.new)}
    for name in names:
        if name not in environments:
            raise LaunchpadError(
                f"no environment {name!r} on either side; {suggest(name, environments, 'environments')}"
            )
    old, new = (
        {key: template for key, template in side.items() if not names or key[0] in names}
        for side in (sides.old, sides.new)
    )
    return old, new


def _write(report: str, output: Path | None) -> None:
    report = visible(report)
    if output is None:
        sys.stdout.write(report)
    else:
        output.write_text(report, encoding="utf-8")
