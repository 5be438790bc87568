"""Synthesizes two commits: BASE, checked out into a temporary folder, and the working tree as it is.

Note: the user's tree is only read. BASE gets a separate worktree, which is removed afterwards even if the run is
interrupted. Each side is synthesized by its own code, but with the libraries that are installed now.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from launchpad.checkouts.locks import dependency_note
from launchpad.checkouts.origin import GIT_VARIABLES
from launchpad.checkouts.sides import Sides, read_sides
from launchpad.checkouts.synthesis import APP, Synthesis
from launchpad.messages.errors import LaunchpadError
from launchpad.processes.interrupts import held, ignored
from template_diff.markdown import Compared


def synthesize_both(folder: Path, base: str) -> Sides:
    """Synthesize commit `base` and the working tree of `folder`.

    Raises `LaunchpadError` for an unknown commit, and for a side that can't be synthesized. A base without `app.py` has
    no templates, so everything counts as added.
    """
    tree = Path(_git(folder, "rev-parse", "--show-toplevel"))
    commit = _commit(tree, base)
    if not (tree / APP).is_file():
        raise LaunchpadError(f"{tree}: the working tree has no {APP}, so there is nothing to synthesize.")
    stack = ExitStack()
    try:
        room = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="launchpad-diff-")))
        checkout = stack.enter_context(_worktree(tree, commit, room / "base"))
        runs: dict[str, Synthesis] = {}
        for name, side, label in (("old", checkout, f"{base} ({commit[:9]})"), ("new", tree, "the working tree")):
            if (side / APP).is_file():
                runs[name] = Synthesis(side, room / name, installed_from=tree, label=label)
                stack.callback(runs[name].stop)
        for run in runs.values():
            run.wait()
        old, new = (runs[name].output if name in runs else None for name in ("old", "new"))
        return read_sides(old, new, _compared(tree, checkout, base, commit))
    finally:
        with ignored():
            stack.close()


def _compared(tree: Path, checkout: Path, base: str, commit: str) -> Compared:
    head = _git(tree, "rev-parse", "--short=9", "HEAD")
    changed = " with uncommitted changes" if _git(tree, "status", "--porcelain") else ""
    notes = []
    if not (checkout / APP).is_file():
        notes.append(f"{base} has no {APP}: everything counts as added.")
    about_libraries = dependency_note(checkout, tree)
    if about_libraries:
        notes.append(about_libraries)
    old = commit[:9] if commit.startswith(base) else f"{base} ({commit[:9]})"
    return Compared(old, f"the working tree at {head}{changed}", tuple(notes))


def _commit(tree: Path, base: str) -> str:
    try:
        return _git(tree, "rev-parse", "--verify", "--quiet", f"{base}^{{commit}}")
    except LaunchpadError:
        remedy = "Name a commit, branch or tag: git log --oneline, git branch -a"
        if _git(tree, "rev-parse", "--is-shallow-repository") == "true":
            remedy = "This clone is shallow; fetch it first: git fetch --depth=1 origin <branch>, then use FETCH_HEAD"
        raise LaunchpadError(f"{base!r} is no commit in {tree}. {remedy}") from None


@contextmanager
def _worktree(tree: Path, commit: str, folder: Path) -> Iterator[Path]:
    """Check out `commit` at `folder`; remove the worktree from git afterwards."""
    try:
        with held():
            # Disabled, because the user's hooks may do anything on a checkout
            _git(tree, "-c", "core.hooksPath=/dev/null", "worktree", "add", "--quiet", "--detach", str(folder), commit)
        yield folder
    finally:
        if folder.exists():
            _git(tree, "worktree", "remove", "--force", str(folder))


def _git(folder: Path, *arguments: str) -> str:
    """Run git; return its output. Raises `LaunchpadError` with git's first error."""
    result = subprocess.run(
        ["git", "-C", str(folder), *arguments],
        env={name: value for name, value in os.environ.items() if name not in GIT_VARIABLES},
        capture_output=True,
        text=True,
        check=False,
        # Otherwise Ctrl-C at the terminal would also interrupt git in the middle of its work
        process_group=0,
    )
    if result.returncode != 0:
        complaint = result.stderr.strip().splitlines() or [f"git {arguments[0]} failed"]
        raise LaunchpadError(f"{folder}: {complaint[0]}")
    return result.stdout.strip()
