"""Makes a release: `make release VERSION=0.2.0` renames *Unreleased* in the changelog, commits, and tags the commit."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime
from pathlib import Path

from launchpad import paths
from launchpad.checkouts.git import git
from launchpad.messages.errors import LaunchpadError

_VERSION = re.compile(r"\d+\.\d+\.\d+")
_OWN_VERSION = re.compile(r'^version = "(.+)"$', re.MULTILINE)
_UNRELEASED = re.compile(r"^## Unreleased\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


def release(version: str, root: Path = paths.ROOT) -> str:
    """Write, commit and tag; what to do next.

    Raises:
        LaunchpadError: the version is none or not newer, the tree has changes, or nothing is unreleased.
    """
    changelog, project = root / "CHANGELOG.md", root / "pyproject.toml"
    text, settings = changelog.read_text("utf-8"), project.read_text("utf-8")
    current = _OWN_VERSION.search(settings)
    _check(version, current[1] if current else "0.0.0", root)
    news = _UNRELEASED.search(text)
    if news is None or not news[1].strip():
        raise LaunchpadError("CHANGELOG.md: `## Unreleased` has no entries, so there is nothing to release")
    heading = f"## Unreleased\n\n## {version} ({datetime.now(UTC):%Y-%m-%d})\n"
    changelog.write_text(text[: news.start()] + heading + news[1] + text[news.end() :], "utf-8")
    project.write_text(_OWN_VERSION.sub(f'version = "{version}"', settings, count=1), "utf-8")
    git(root, "commit", "--quiet", "--message", f"Release {version}", "--", changelog.name, project.name)
    git(root, "tag", "--annotate", f"v{version}", "--message", f"Release {version}")
    return f"v{version} is tagged; publish it: git push --atomic origin HEAD v{version}"


def _check(version: str, current: str, root: Path) -> None:
    tags = git(root, "tag", "--list", "v*").split()
    if not _VERSION.fullmatch(version):
        raise LaunchpadError(f"{version!r} is no version; write one such as 0.2.0: make release VERSION=0.2.0")
    if f"v{version}" in tags or _parts(version) < _parts(current) or (tags and version == current):
        raise LaunchpadError(f"{version} isn't newer than {current}; a released version never changes")
    if changes := git(root, "status", "--porcelain"):
        raise LaunchpadError(f"commit or remove first: {', '.join(line[3:] for line in changes.splitlines())}")


def _parts(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)[:3]]


if __name__ == "__main__":
    try:
        sys.stdout.write(f"{release(sys.argv[1] if len(sys.argv) > 1 else '')}\n")
    except LaunchpadError as error:
        sys.exit(f"error: {error}")
