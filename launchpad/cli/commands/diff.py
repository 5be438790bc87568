"""`launchpad diff BASE`: the pull-request check on the command line.

Note: only the report goes to standard output, so that it can be piped into a comment. The comparison is
imported only when the command runs, so that `launchpad --help` does not wait for it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from launchpad.cli.progress import LiveLine
from launchpad.cli.terminal import err, note
from launchpad.messages.errors import LaunchpadError, suggest
from launchpad.messages.plain_text import visible
from template_diff.model import COMMENT_LIMIT

if TYPE_CHECKING:
    from launchpad.checkouts.sides import Sides
    from template_diff.model import Templates


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
) -> None:
    """Say what the working tree would change in deployed environments, as Markdown for a pull request.

    BASE and the working tree are each synthesized by their own app.py, without credentials, and their templates compared: which resources are added, changed, removed or replaced, what data that loses, which permissions it widens, and which security-group rules it opens.

    Exit codes: 0 none of these; 3 a replacement or removal loses data, or may; 4 a permission is widened, which includes what a new role or policy permits; 5 both; 6 CloudFormation refuses the change, or may; 7, 8, 9: 6 and 3, 4, 5; 1 not comparable; 2 wrong usage. Security-group rules are listed, and do not count.

    Example: launchpad diff origin/main --output comment.md
    """  # noqa: E501 (a line break would stand in the help text)
    if (base is None) is (templates is None):
        raise typer.BadParameter("give either BASE, or --templates OLD_DIR NEW_DIR", param_hint="BASE")
    from launchpad.checkouts.workload_changes import workload_table
    from template_diff.brief import brief
    from template_diff.compare import compare
    from template_diff.markdown import render

    sides = _two_folders(*templates) if templates else _two_commits(str(base))
    difference = compare(*_only(sides, env or []), sides.old_locations, sides.new_locations)
    workloads = workload_table([change for change in sides.workloads if not env or change[0] in env])
    _write(render(difference, sides.compared, limit, [workloads] if workloads else []), output)
    if output:
        for line in [*brief(difference), f"the whole report: {output}"]:
            note(line)
    raise typer.Exit(int(difference.exit_code))


def _two_commits(base: str) -> Sides:
    from launchpad.checkouts.commits import synthesize_both

    with LiveLine(f"synthesizing {base} and the working tree", console=err) as line:
        sides = synthesize_both(Path.cwd(), base)
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
