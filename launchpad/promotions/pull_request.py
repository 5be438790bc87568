"""Proposes a change of one config: a branch with one commit of one file, pushed, and a pull request.

Git's plumbing makes the commit from the base branch's own version of the file, in a separate index. So the working
tree, the index and the branch that is checked out stay as they are.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from launchpad.checkouts.origin import GIT_VARIABLES
from launchpad.messages.errors import LaunchpadError

PUSH_SECONDS = 120
Change = Callable[[str], str]
"""A function from the file's text on the base branch to the proposed one."""


@dataclass(frozen=True)
class Branch:
    """A new branch with one commit."""

    name: str
    base: str
    """The branch that it is to be merged into; empty if the repository has no remote one."""
    commit: str
    old: str
    new: str
    remote: str = ""
    """The remote that it was pushed to; empty without one."""


def commit(file: Path, branch: str, message: str, change: Change) -> Branch:
    """Create a branch with the changed file on top of the base branch, and touch nothing else.

    Raises:
        LaunchpadError: git refused, or the branch exists.
    """
    git = Git(file.parent)
    remote, base = git.base()
    if earlier := git.commit_of(f"refs/heads/{branch}"):
        delete = f"git branch -D {branch}"
        if not remote or git.commit_of(f"refs/remotes/{remote}/{branch}") != earlier:
            raise LaunchpadError(
                f"branch {branch} exists already; push it, or delete it with `{delete}` and run this again"
            )
        raise LaunchpadError(
            f"branch {branch} is pushed to {remote} already: open its pull request, if it has none; or delete it with"
            f" `{delete} && git push {remote} --delete {branch}`, which closes that, and run this again"
        )
    start, path, old = _on_base(git, file)
    new = change(old)
    if new == old:
        raise LaunchpadError(f"{start} has this pin already: there is nothing to propose")
    created = _commit_tree(git, start, path, new, message)
    git.run("branch", "--no-track", branch, created)
    return Branch(branch, base, created, old, new, remote)


def base_text(file: Path) -> tuple[str, str]:
    """Where a branch of `commit` begins, such as `origin/main`, and the text that the file has there.

    Raises:
        LaunchpadError: git refused.
    """
    start, _, text = _on_base(Git(file.parent), file)
    return start, text


def push(file: Path, branch: Branch) -> None:
    """Push the branch.

    Raises:
        LaunchpadError: git refused.
    """
    reference = f"refs/heads/{branch.name}"
    Git(file.parent).run("push", "--quiet", branch.remote, f"{reference}:{reference}", seconds=PUSH_SECONDS)


def open_command(branch: Branch, title: str, report: Path) -> list[str]:
    """GitHub's command that opens the pull request."""
    base = ["--base", branch.base] if branch.base else []
    return ["gh", "pr", "create", *base, "--head", branch.name, "--title", title, "--body-file", str(report)]


def open_with_gh(folder: Path, command: list[str]) -> str | None:
    """Open the pull request, and return its address; None without `gh`.

    Raises:
        LaunchpadError: `gh` refused.
    """
    if not shutil.which(command[0]):
        return None
    finished = _finished(command, folder, {}, PUSH_SECONDS)
    if finished.returncode:
        raise LaunchpadError(f"`gh` opened no pull request: {finished.stderr.strip()}; the branch is pushed")
    return finished.stdout.strip()


def earlier_texts(file: Path, most: int) -> list[str]:
    """The texts that the file had in the commits of the current branch, the newest first, at most `most`."""
    git = Git(file.parent)
    commits = git.run("log", f"--max-count={most}", "--format=%H", "--", file.name).split()
    path = f"{git.run('rev-parse', '--show-prefix')}{file.name}"
    texts = [git.try_run("show", f"{each}:{path}", strip=False) for each in commits]
    return [text for text in texts if text is not None]


class Git:
    """Git in one folder of a repository, without the variables that hooks set."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def run(self, *arguments: str, index: str = "", content: str = "", strip: bool = True, seconds: int = 30) -> str:
        """Run a command, and return its output.

        Raises:
            LaunchpadError: it failed; has git's words.
        """
        variables = {"GIT_INDEX_FILE": index} if index else {}
        finished = _finished(["git", *arguments], self._folder, variables, seconds, content)
        if finished.returncode:
            raise LaunchpadError(f"`git {arguments[0]}` failed: {finished.stderr.strip() or finished.stdout.strip()}")
        return finished.stdout.strip() if strip else finished.stdout

    def try_run(self, *arguments: str, strip: bool = True) -> str | None:
        """Run a command; None if it fails."""
        try:
            return self.run(*arguments, strip=strip)
        except LaunchpadError:
            return None

    def commit_of(self, reference: str) -> str | None:
        """The id of the commit that a branch or a tag points to; None if there is no such reference."""
        return self.try_run("rev-parse", "--verify", "--quiet", reference)

    def base(self) -> tuple[str, str]:
        """The remote, and its default branch as it was fetched; empty without one."""
        remotes = self.run("remote").split()
        remote = "origin" if "origin" in remotes else next(iter(remotes), "")
        if not remote:
            return "", ""
        head = self.try_run("symbolic-ref", "--short", f"refs/remotes/{remote}/HEAD")
        if head:
            return remote, head.removeprefix(f"{remote}/")
        names = (name for name in ("main", "master") if self.try_run("rev-parse", "--verify", f"{remote}/{name}"))
        return remote, next(names, "")


def _on_base(git: Git, file: Path) -> tuple[str, str, str]:
    """Where a proposal begins, the file's path below the repository, and its text there."""
    remote, base = git.base()
    start = f"{remote}/{base}" if remote and base else "HEAD"
    path = f"{git.run('rev-parse', '--show-prefix')}{file.name}"
    return start, path, git.run("show", f"{start}:{path}", strip=False)


def _commit_tree(git: Git, start: str, path: str, text: str, message: str) -> str:
    """The id of a new commit: the tree of `start` with one other file."""
    with tempfile.TemporaryDirectory() as folder:
        index = str(Path(folder) / "index")
        git.run("read-tree", start, index=index)
        mode = git.run("ls-files", "--stage", "--full-name", f":/{path}", index=index).split()[0]
        blob = git.run("hash-object", "-w", "--stdin", content=text)
        git.run("update-index", "--cacheinfo", f"{mode},{blob},{path}", index=index)
        tree = git.run("write-tree", index=index)
        return git.run("commit-tree", tree, "-p", start, "-F", "-", content=message)


def _finished(
    command: list[str], folder: Path, variables: dict[str, str], seconds: int, content: str = ""
) -> subprocess.CompletedProcess[str]:
    own = {name: text for name, text in os.environ.items() if name not in GIT_VARIABLES}
    try:
        finished = subprocess.run(
            command,
            cwd=folder,
            env={**own, "GIT_TERMINAL_PROMPT": "0", **variables},
            input=content.encode(),
            capture_output=True,
            check=False,
            timeout=seconds,
        )
    except FileNotFoundError:
        raise LaunchpadError(f"{command[0]} is not installed, and a pull request needs it") from None
    except subprocess.TimeoutExpired:
        raise LaunchpadError(f"`{command[0]} {command[1]}` did not end within {seconds} seconds") from None
    texts = (finished.stdout.decode("utf-8", "replace"), finished.stderr.decode("utf-8", "replace"))
    return subprocess.CompletedProcess(command, finished.returncode, *texts)
