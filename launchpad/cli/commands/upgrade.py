"""`launchpad upgrade`: take another version of the platform over into a project."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from launchpad import paths
from launchpad.cli.progress import LiveLine
from launchpad.cli.terminal import err, note, out, say
from launchpad.messages.errors import LaunchpadError, shown

if TYPE_CHECKING:
    from launchpad.projects.upgrade import Versions

REPORT = paths.BUILD / "upgrade.md"


def upgrade(
    to: Annotated[
        str | None, typer.Option(help="A tag, branch or commit; by default the newest release.", metavar="VERSION")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    only_report: Annotated[bool, typer.Option("--only-report", help="Say what it changes, and stop.")] = False,
    without_diff: Annotated[
        bool,
        typer.Option("--without-diff", help="Without the templates, if the new version can't be synthesized here."),
    ] = False,
) -> None:
    """Take a newer version of the platform over into this project, after a report of what changes.

    The report says what would be replaced or lost, then the changelog with its upgrade notes, and which keys of configs
    and workloads come and go. It stays in build/upgrade.md. Nothing is deployed or committed: git takes it back. An
    upgrade that was interrupted is finished by running it again.

    Example: launchpad upgrade --to v0.2.0
    """
    if paths.PROJECT == paths.ROOT or paths.ROOT.parent != paths.PROJECT:
        raise LaunchpadError("this is no project with the platform in platform/; `launchpad new-project DIR` makes one")
    from launchpad.projects.upgrade import check_out, find_versions

    with LiveLine("fetching the platform's versions", console=err):
        versions = find_versions(to, "launchpad upgrade --only-report" if only_report else "launchpad upgrade")
    if versions.old == versions.new:
        renewed = "" if only_report else "; what is installed from it is renewed"
        note(f"the platform is at {versions.new_name} already{renewed}")
    else:
        _report(versions, without_diff=without_diff)
    if only_report:
        return
    if versions.old != versions.new and not yes:
        typer.confirm(f"Take {versions.new_name} over?", abort=True)
    check_out(versions.new)
    _finish()


def _report(versions: Versions, *, without_diff: bool) -> None:
    """Write the report, and print the dangers and the changelog."""
    from launchpad.projects.upgrade import changelog_news, schema_news

    title = f"## The platform: {versions.old_name} → {versions.new_name}\n"
    news = changelog_news(versions)
    keys = schema_news(versions)
    dangers, templates = ([], "") if without_diff else _templates(versions)
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text("\n".join(filter(None, (title, templates, news, keys))), "utf-8")
    for line in (title.removeprefix("## ").strip(), *dangers):
        say(line)
    out.print(f"\n{news}\n{keys}", markup=False, highlight=False)
    note(f"the whole report: {shown(REPORT)}")


def _templates(versions: Versions) -> tuple[list[str], str]:
    """What changes in deployed environments: in short, and as Markdown. What is lost or replaced comes first."""
    from launchpad.checkouts.projects import synthesize_versions
    from template_diff.brief import brief
    from template_diff.compare import compare
    from template_diff.markdown import render

    with LiveLine("synthesizing with both versions", console=err):
        sides = synthesize_versions(paths.PROJECT, versions.new, (versions.old_name, versions.new_name))
    difference = compare(sides.old, sides.new, sides.old_locations, sides.new_locations)
    return list(brief(difference)), render(difference, sides.compared, 0, [])


def _finish() -> None:
    """Install what the new version needs, then have its own code write the project's files; replaces this process."""
    python = paths.ROOT / ".venv" / "bin" / "python"
    script = 'make -C "$1" setup && exec "$2" -m launchpad.projects.renew'
    os.chdir(paths.PROJECT)
    os.execv("/bin/sh", ["sh", "-c", script, "upgrade", str(paths.ROOT), str(python)])  # noqa: S606 -- no code of two versions
