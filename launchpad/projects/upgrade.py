"""Takes another version of the platform over into a project: what it changes, then the change itself.

The version in use is the commit of the submodule. Every step can be done again, so that the next upgrade finishes one
that was interrupted. Nothing is committed, so that git takes it back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from launchpad import paths
from launchpad.checkouts.git import git
from launchpad.messages.errors import LaunchpadError, shown
from launchpad.projects.versions import described, newest_release

SCHEMAS = ("environment", "workload")
NOTES = "Upgrade notes"
UNDO = "git restore --staged --worktree . && git submodule update platform && make setup"
_SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
_PART = re.compile(r"^### (.+)$", re.MULTILINE)
_ENTRY = re.compile(r"^- .*(?:\n(?:  .*|))*", re.MULTILINE)


@dataclass(frozen=True)
class Versions:
    """Two commits of the platform, with their names."""

    old: str
    new: str
    old_name: str
    new_name: str


def find_versions(target: str | None, command: str = "launchpad upgrade", platform: Path = paths.ROOT) -> Versions:
    """The version in use, and the one to take over: `target`, else the newest release. Fetches.

    `command` is what a refusal says to call once more, with a version.

    Raises:
        LaunchpadError: the project's platform has edits, there is no release, or `target` is unknown.
    """
    if changes := git(platform, "status", "--porcelain", "--untracked-files=no"):
        message = f"{shown(platform)} has edits ({changes.split()[-1]}); an upgrade would lose them: put them aside"
        raise LaunchpadError(f"{message} with `git -C platform stash`, or propose them to the platform")
    git(platform, "-c", "protocol.file.allow=always", "fetch", "--quiet", "--tags", "--force", "origin")
    name = target or newest_release(platform)
    if name is None:
        raise LaunchpadError(
            f"the platform has no release yet; name a branch or commit: `{command} --to {_branch(platform)}`"
        )
    new = _commit(platform, name)
    old = git(platform, "rev-parse", "HEAD")
    return Versions(old, new, described(platform, old), described(platform, new))


def _branch(platform: Path) -> str:
    """The remote's default branch, as it was cloned."""
    try:
        return git(platform, "symbolic-ref", "--short", "refs/remotes/origin/HEAD").removeprefix("origin/")
    except LaunchpadError:
        return "main"


def _commit(platform: Path, name: str) -> str:
    """A tag's, a commit's, or that of a branch as the remote has it, for a local one is never moved by a fetch."""
    for candidate in (f"origin/{name}", name):
        try:
            return git(platform, "rev-parse", "--verify", "--quiet", f"{candidate}^{{commit}}")
        except LaunchpadError:
            continue
    releases = git(platform, "tag", "--list", "v*", "--sort=-version:refname").split()[:8]
    raise LaunchpadError(f"the platform has no version {name!r}; its releases: {', '.join(releases) or 'none yet'}")


def changelog_news(versions: Versions, platform: Path = paths.ROOT) -> str:
    """The entries of the changelog that only the new version has, as Markdown: upgrade notes first."""
    old, new = (_entries(_file(platform, commit, "CHANGELOG.md")) for commit in (versions.old, versions.new))
    news = [entry for entry in new if entry not in old]
    notes = [text for part, text in news if part == NOTES]
    others = [text for part, text in news if part != NOTES]
    lines = ["### Upgrade notes", "", *(notes or ["None."]), "", "### What else is new", "", *(others or ["Nothing."])]
    return "\n".join(lines) + "\n"


def _entries(changelog: str) -> list[tuple[str, str]]:
    """Each entry with the part that it is in, such as `Added`. Releases are left out, because releasing renames one."""
    entries = []
    for section in _SECTION.split(changelog)[2::2]:
        _, *parts = _PART.split(section)
        for name, text in zip(parts[::2], parts[1::2], strict=True):
            entries += [(name, entry.strip()) for entry in _ENTRY.findall(text)]
    return entries


def schema_news(versions: Versions, platform: Path = paths.ROOT) -> str:
    """The keys of configs and workloads that come and go, as Markdown."""
    lines = []
    for name in SCHEMAS:
        path = f"schemas/{name}.schema.json"
        old, new = (set(_keys(_file(platform, commit, path))) for commit in (versions.old, versions.new))
        lines += [f"- {name}: `{key}` is gone" for key in sorted(old - new)]
        lines += [f"- {name}: `{key}` is new" for key in sorted(new - old)]
    return "\n".join(["### Keys of configs and workloads", "", *(lines or ["The same."])]) + "\n"


def _keys(schema: str) -> Iterator[str]:
    """Each key as `section.key`; a section that several keys share has its own name."""
    parsed = json.loads(schema or "{}")
    for section, content in {"": parsed, **parsed.get("$defs", {})}.items():
        yield from (f"{section}.{key}".removeprefix(".") for key in content.get("properties", {}))


def _file(platform: Path, commit: str, path: str) -> str:
    """A file of a commit; empty if it has none."""
    try:
        return git(platform, "show", f"{commit}:{path}")
    except LaunchpadError:
        return ""


def check_out(commit: str, project: Path = paths.PROJECT, platform: Path = paths.ROOT) -> None:
    """Have the submodule at the commit, and stage that."""
    git(platform, "checkout", "--quiet", "--detach", commit)
    git(project, "add", paths.PLATFORM_FOLDER)
