"""Runs the command line for projects, and git, in separate processes."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from launchpad import paths

GIT = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.com",
    "GIT_CONFIG_GLOBAL": os.devnull,
}


def run(*command: object, folder: Path, text: str | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a program; neither the session's project nor its credentials reach it."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LAUNCHPAD_"))}
    return subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env={**inherited, **GIT, "COLUMNS": "200", **variables},
        input=text or "",
        capture_output=True,
        text=True,
        timeout=300,
    )


def git(folder: Path, *arguments: object) -> str:
    """Run git, which must succeed; its output."""
    result = run("git", "-C", folder, *arguments, folder=folder)
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def launchpad(*arguments: object, folder: Path, text: str | None = None, **variables: str):
    """Run this checkout's command line."""
    return run(paths.ROOT / ".venv" / "bin" / "launchpad", *arguments, folder=folder, text=text, **variables)
