"""Where the code of a launch comes from: the checkout's commit, and whether the workload's files differ from it."""

from __future__ import annotations

import getpass
import os
import subprocess
from pathlib import Path
from typing import Any

GIT_VARIABLES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY")
"""Variables that git sets inside hooks; they would direct our commands to the wrong tree."""
_TIMEOUT_SECONDS = 10


def origin_of(folder: Path, *more: Path) -> dict[str, Any]:
    """`{"commit": ..., "dirty": ..., "by": ...}` of a workload's folder, and of `more` that it takes scripts from.

    `commit` is empty outside a git repository or without git. `dirty` says whether a file is changed, new or deleted
    since the commit; files that git ignores don't count.
    """
    lines = _status([folder, *more])
    head = next((line.split()[2] for line in lines if line.startswith("# branch.oid ")), "")
    changes = [line for line in lines if not line.startswith("#")]
    return {"commit": "" if head == "(initial)" else head, "dirty": bool(changes), "by": _user()}


def origin_in_words(origin: dict[str, Any]) -> str:
    """Such as `commit 1a2b3c4, with changes`."""
    if not origin["commit"]:
        return "in no commit" if origin["dirty"] else "no git commit"
    return f"commit {origin['commit'][:7]}{', with changes' if origin['dirty'] else ''}"


def _status(folders: list[Path]) -> list[str]:
    command = ["git", "--no-optional-locks", "-C", str(folders[0]), "status", "--porcelain=v2", "--branch"]
    try:
        result = subprocess.run(
            [*command, "--untracked-files=normal", "--", *map(str, folders)],
            env={name: value for name, value in os.environ.items() if name not in GIT_VARIABLES},
            capture_output=True,
            text=True,
            check=False,
            timeout=_TIMEOUT_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return result.stdout.splitlines() if result.returncode == 0 else []


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return ""
