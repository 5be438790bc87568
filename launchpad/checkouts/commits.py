"""Synthesizes two commits: BASE, checked out into a temporary folder, and the working tree as it is.

Note: the user's tree is only read. BASE gets a separate worktree, which is removed afterwards even if the run is
interrupted. Each side is synthesized by its own code, but with the libraries that are installed now.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from launchpad.checkouts.git import git
from launchpad.checkouts.locks import dependency_note
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
    tree = Path(git(folder, "rev-parse", "--show-toplevel"))
    commit = find_commit(tree, base)
    if not (tree / APP).is_file():
        raise LaunchpadError(f"{tree}: the working tree has no {APP}, so there is nothing to synthesize.")
    with temporary_room() as (room, stack):
        checkout = stack.enter_context(worktree(tree, commit, room / "base"))
        sides = Side(f"{base} ({commit[:9]})", checkout), Side("the working tree", tree)
        old, new = synthesize(stack, room, sides, installed_from=tree)
        return read_sides(old, new, _compared(tree, checkout, base, commit))


@dataclass(frozen=True)
class Side:
    """One side of a comparison."""

    label: str
    """The side's name in messages."""
    platform: Path
    """A checkout of the platform."""
    project: Path | None = None
    """Where configs and workloads come from, if not from the platform's checkout."""


@contextmanager
def temporary_room() -> Iterator[tuple[Path, ExitStack]]:
    """A temporary folder, and a stack of what has to be ended or removed before it goes, even after Ctrl-C."""
    stack = ExitStack()
    try:
        yield Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="launchpad-diff-"))), stack
    finally:
        with ignored():
            stack.close()


def synthesize(
    stack: ExitStack, room: Path, sides: tuple[Side, Side], installed_from: Path
) -> tuple[Path | None, Path | None]:
    """Synthesize both sides at once; their outputs, None for a side without an app."""
    runs: dict[str, Synthesis] = {}
    for name, side in zip(("old", "new"), sides, strict=True):
        if (side.platform / APP).is_file():
            runs[name] = Synthesis(
                side.platform, room / name, installed_from=installed_from, label=side.label, project=side.project
            )
            stack.callback(runs[name].stop)
    for run in runs.values():
        run.wait()
    old, new = (runs[name].output if name in runs else None for name in ("old", "new"))
    return old, new


def _compared(tree: Path, checkout: Path, base: str, commit: str) -> Compared:
    head = git(tree, "rev-parse", "--short=9", "HEAD")
    changed = " with uncommitted changes" if git(tree, "status", "--porcelain") else ""
    notes = []
    if not (checkout / APP).is_file():
        notes.append(f"{base} has no {APP}: everything counts as added.")
    about_libraries = dependency_note(checkout, tree)
    if about_libraries:
        notes.append(about_libraries)
    old = commit[:9] if commit.startswith(base) else f"{base} ({commit[:9]})"
    return Compared(old, f"the working tree at {head}{changed}", tuple(notes))


def find_commit(tree: Path, base: str) -> str:
    """The commit that a name stands for. Raises `LaunchpadError` with a remedy for an unknown one."""
    try:
        return git(tree, "rev-parse", "--verify", "--quiet", f"{base}^{{commit}}")
    except LaunchpadError:
        remedy = "Name a commit, branch or tag: git log --oneline, git branch -a"
        if git(tree, "rev-parse", "--is-shallow-repository") == "true":
            remedy = "This clone is shallow; fetch it first: git fetch --depth=1 origin <branch>, then use FETCH_HEAD"
        raise LaunchpadError(f"{base!r} is no commit in {tree}. {remedy}") from None


@contextmanager
def worktree(tree: Path, commit: str, folder: Path) -> Iterator[Path]:
    """Check out `commit` at `folder`; remove the worktree from git afterwards."""
    try:
        with held():
            # Disabled, because the user's hooks may do anything on a checkout
            git(tree, "-c", "core.hooksPath=/dev/null", "worktree", "add", "--quiet", "--detach", str(folder), commit)
        yield folder
    finally:
        if folder.exists():
            git(tree, "worktree", "remove", "--force", str(folder))
