"""Synthesizes a project twice: two of its commits, each with its own version of the platform, or one with two versions.

Note: as with two commits of the platform itself, both sides use the libraries that are installed now.
"""

from __future__ import annotations

from pathlib import Path

from launchpad import paths
from launchpad.checkouts.commits import Side, find_commit, synthesize, temporary_room, worktree
from launchpad.checkouts.git import git
from launchpad.checkouts.locks import dependency_note
from launchpad.checkouts.sides import Sides, read_sides
from launchpad.messages.errors import LaunchpadError
from template_diff.markdown import Compared


def synthesize_commits(project: Path, base: str, platform: Path = paths.ROOT) -> Sides:
    """Synthesize commit `base` of the project with the platform that it pinned, and the working tree with today's.

    Raises:
        LaunchpadError: an unknown commit, one without a platform, or a side that can't be synthesized.
    """
    commit = find_commit(project, base)
    pinned = pinned_platform(project, commit, platform)
    head = git(project, "rev-parse", "--short=9", "HEAD")
    changed = " with uncommitted changes" if git(project, "status", "--porcelain") else ""
    with temporary_room() as (room, stack):
        old_project = stack.enter_context(worktree(project, commit, room / "project"))
        old_platform = stack.enter_context(worktree(platform, pinned, room / "base"))
        sides = (
            Side(f"{base} ({commit[:9]})", old_platform, old_project),
            Side("the working tree", platform, project),
        )
        old, new = synthesize(stack, room, sides, installed_from=platform)
        note = dependency_note(old_platform, platform)
        label = commit[:9] if commit.startswith(base) else f"{base} ({commit[:9]})"
        return read_sides(old, new, Compared(label, f"the working tree at {head}{changed}", (note,) if note else ()))


def synthesize_versions(project: Path, commit: str, names: tuple[str, str], platform: Path = paths.ROOT) -> Sides:
    """Synthesize the project as it is with today's platform and with another commit of it; `names` of both.

    Raises:
        LaunchpadError: a side can't be synthesized.
    """
    with temporary_room() as (room, stack):
        new_platform = stack.enter_context(worktree(platform, commit, room / "base"))
        sides = Side(f"platform {names[0]}", platform, project), Side(f"platform {names[1]}", new_platform, project)
        old, new = synthesize(stack, room, sides, installed_from=platform)
        note = dependency_note(platform, new_platform)
        return read_sides(old, new, Compared(sides[0].label, sides[1].label, (note,) if note else ()))


def pinned_platform(project: Path, commit: str, platform: Path = paths.ROOT) -> str:
    """The platform's commit that a commit of the project pins; fetched, if this clone of the platform lacks it.

    Raises:
        LaunchpadError: it pins none, or the commit can't be fetched.
    """
    entry = git(project, "ls-tree", commit, "--", paths.PLATFORM_FOLDER).split()
    if len(entry) < 3 or entry[1] != "commit":
        raise LaunchpadError(f"commit {commit[:9]} has no submodule {paths.PLATFORM_FOLDER}/, so there is no base")
    pinned = entry[2]
    try:
        git(platform, "cat-file", "-e", f"{pinned}^{{commit}}")
    except LaunchpadError:
        git(platform, "fetch", "--quiet", "--depth=1", "origin", pinned)
    return pinned
