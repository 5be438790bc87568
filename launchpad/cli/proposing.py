"""Shows a proposed change of a pin, and writes it: into the config, or into a pull request."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from launchpad import paths
from launchpad.cli.following import of
from launchpad.cli.terminal import note, say
from launchpad.messages.errors import shown
from launchpad.promotions import pull_request

if TYPE_CHECKING:
    from launchpad.promotions.proposal import Proposal


def propose(proposal: Proposal, *, in_pull_request: bool, yes: bool, dry_run: bool, json: bool) -> dict[str, Any]:
    """Show the change and, if agreed, write it; return what a program wants to know of it.

    A pull request is made from the base branch's config, whose change is shown; the checkout's own stays as it is.

    Raises:
        LaunchpadError: the config can't be changed, or git refuses.
    """
    from launchpad.promotions.proposal import REPORT, read_config, write

    old = read_config(proposal.environment, in_pull_request=in_pull_request)
    new = proposal.changed(old)
    if new == old and not in_pull_request:
        say(f"config/{proposal.file.name} pins it already")
        return _content(proposal, "", is_written=False)
    report = proposal.report(proposal.difference(old, new))
    say(report)
    if dry_run:
        note("nothing was written (--dry-run)")
        return _content(proposal, report, is_written=False)
    what = "Open a pull request with this change?" if in_pull_request else f"Write it to config/{proposal.file.name}?"
    if not yes:
        typer.confirm(what, abort=True, err=json)
    if in_pull_request:
        return _pull_request(proposal)
    write(paths.BUILD / REPORT, report)
    write(proposal.file, new)
    say(f"config/{proposal.file.name} is written; the text for a pull request is in {shown(paths.BUILD / REPORT)}")
    note(f"commit it, or run `launchpad deploy{of(proposal.environment)}` to see it served")
    return _content(proposal, report, is_written=True)


def _pull_request(proposal: Proposal) -> dict[str, Any]:
    from launchpad.promotions.proposal import REPORT, write

    branch = pull_request.commit(proposal.file, proposal.branch, f"{proposal.title}\n", proposal.changed)
    report = proposal.report(proposal.difference(branch.old, branch.new))
    file = paths.BUILD / REPORT
    write(file, report)
    say(f"branch {branch.name} has the change in commit {branch.commit[:8]}; your working tree is as it was")
    command = pull_request.open_command(branch, proposal.title, file)
    if not branch.remote:
        note("this repository has no remote; add one, then push the branch and open the pull request:")
        say(f"git push REMOTE {branch.name}")
        say(shlex.join(command))
        return _content(proposal, report, is_written=True, branch=branch.name)
    pull_request.push(proposal.file, branch)
    say(f"pushed to {branch.remote}")
    address = pull_request.open_with_gh(proposal.file.parent, command)
    if address is None:
        note("GitHub's command line (`gh`) is not installed; open the pull request on its page, or with")
        say(shlex.join(command))
    else:
        say(f"pull request: {address}")
    return _content(proposal, report, is_written=True, branch=branch.name, url=address)


def _content(
    proposal: Proposal, report: str, *, is_written: bool, branch: str | None = None, url: str | None = None
) -> dict[str, Any]:
    return {
        "environment": proposal.environment,
        "workload": proposal.workload,
        "file": str(Path("config") / proposal.file.name),
        "pin": dict(proposal.pin),
        "written": is_written,
        "branch": branch,
        "pull_request": url,
        "report": report or None,
    }
