"""Runs git in a folder, whatever the variables of an enclosing git hook say."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from launchpad.checkouts.origin import GIT_VARIABLES
from launchpad.messages.errors import LaunchpadError


def git(folder: Path, *arguments: str) -> str:
    """Run git; return its output.

    Raises:
        LaunchpadError: it failed, with git's first error; or there is no git.
    """
    try:
        result = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            env={name: value for name, value in os.environ.items() if name not in GIT_VARIABLES},
            capture_output=True,
            text=True,
            check=False,
            # Otherwise Ctrl-C at the terminal would also interrupt git in the middle of its work
            process_group=0,
        )
    except FileNotFoundError:
        raise LaunchpadError("git is not installed, or not on the PATH") from None
    if result.returncode != 0:
        complaint = result.stderr.strip().splitlines() or [f"git {arguments[0]} failed"]
        raise LaunchpadError(f"{folder}: {complaint[0]}")
    return result.stdout.strip()
