"""Makes a project: a git repository with the platform as a submodule, configs, workflows, and one workload."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from launchpad import paths
from launchpad.checkouts.git import git
from launchpad.messages.errors import LaunchpadError, shown
from launchpad.projects.answers import FILE
from launchpad.projects.files import Plan, own_files, renewed_files, write
from launchpad.requests.runbooks import PAGE
from launchpad.settings import load_environment

LOCAL_CLONE = ("-c", "protocol.file.allow=always")
"""Lets git clone a submodule from a folder of this machine, which it refuses otherwise (CVE-2022-39253)."""
_GITHUB = re.compile(
    r"(https://|ssh://git@|git@)github\.com[:/](?P<repository>[\w.-]+/[\w.-]+?)(\.git)?/?", re.IGNORECASE | re.ASCII
)


def platform_source(root: Path = paths.ROOT) -> str | None:
    """Where this checkout came from, as git fetches it: its remote `origin`; None without one."""
    try:
        return git(root, "remote", "get-url", "origin")
    except LaunchpadError:
        return None


def runbooks_page(source: str) -> str:
    """The address of the runbooks in the platform's repository, where that is on GitHub; else empty."""
    on_github = _GITHUB.fullmatch(source)
    return f"https://github.com/{on_github['repository']}/blob/HEAD/{PAGE}" if on_github else ""


def current_commit(root: Path = paths.ROOT) -> str:
    """The commit of this checkout.

    Raises:
        LaunchpadError: it is no git checkout.
    """
    return git(root, "rev-parse", "HEAD")


def refuse_taken(folder: Path) -> None:
    """Refuse a folder that has anything in it but git's own.

    Raises:
        LaunchpadError: it does.
    """
    if folder.exists() and (not folder.is_dir() or any(path.name != ".git" for path in folder.iterdir())):
        raise LaunchpadError(f"{shown(folder)} isn't empty; name a new folder, or an empty one")


def create(folder: Path, plan: Plan, source: str, commit: str, root: Path = paths.ROOT) -> None:
    """Write the project and add the platform; nothing is committed. A failure leaves an empty or no folder.

    Raises:
        LaunchpadError: the platform can't be fetched, `source` doesn't have `commit`, or a config has mistakes.
    """
    refuse_taken(folder)
    existed = folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        if not (folder / ".git").exists():
            git(folder, "init", "--quiet", "--initial-branch=main")
        _add_platform(folder, source, commit)
        write({**own_files(plan, root), **renewed_files(root)}, folder)
        for name in plan.environments:
            load_environment(name, folder / "config")
    except BaseException:
        _remove(folder, is_new=not existed)
        raise


def _add_platform(folder: Path, source: str, commit: str) -> None:
    local = LOCAL_CLONE if source.startswith(FILE) else ()
    git(folder, *local, "submodule", "--quiet", "add", "--force", source, paths.PLATFORM_FOLDER)
    platform = folder / paths.PLATFORM_FOLDER
    try:
        git(platform, "checkout", "--quiet", "--detach", commit)
    except LaunchpadError:
        message = f"{source} has no commit {commit[:9]}; push it there, or name another version: --version v0.1.0"
        raise LaunchpadError(message) from None
    git(folder, "add", paths.PLATFORM_FOLDER)


def _remove(folder: Path, *, is_new: bool) -> None:
    for path in [folder] if is_new else [path for path in folder.iterdir() if path.name != ".git"]:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
