"""The platform's version: the number of its release, and the commit that is checked out."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from launchpad import paths
from launchpad.checkouts.git import git
from launchpad.messages.errors import LaunchpadError

PACKAGE = "sagemaker-launchpad"
TAGS = "v*"
"""The tags of releases: v0.2.0."""


def version_in_words(root: Path = paths.ROOT) -> str:
    """Such as `0.1.0, commit 1a2b3c4d5, with changes`; only the number outside a git checkout."""
    try:
        number = version(PACKAGE)
    except PackageNotFoundError:
        number = "unknown version"
    try:
        top = git(root, "rev-parse", "--show-toplevel")
        if Path(top).resolve() != root.resolve():  # unpacked inside another repository
            return number
        commit = git(root, "rev-parse", "--short=9", "HEAD")
        changed = ", with changes" if git(root, "status", "--porcelain", "--untracked-files=no") else ""
    except LaunchpadError:
        return number
    return f"{number}, commit {commit}{changed}"


def described(repository: Path, commit: str) -> str:
    """The release at a commit or before it, such as `v0.2.0` or `v0.2.0-3-g1a2b3c4d5`; else the short commit."""
    return git(repository, "describe", "--tags", "--match", TAGS, "--always", "--abbrev=9", commit)


def newest_release(repository: Path) -> str | None:
    """The tag of the newest release, by number; None without any."""
    tags = git(repository, "tag", "--list", TAGS, "--sort=-version:refname").splitlines()
    return next((tag for tag in tags if "-" not in tag), None)
