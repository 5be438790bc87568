"""Where a launch's code comes from: a commit, and whether the workload differs from it."""

from __future__ import annotations

import subprocess

import pytest

from launchpad.checkouts.origin import origin_in_words, origin_of


@pytest.fixture
def repository(tmp_path):
    """A repository with two committed workloads."""

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "--quiet")
    for name in ("churn", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "train.py").write_text("print()\n")
    git("add", ".")
    git("commit", "--quiet", "-m", "first")
    return tmp_path, git("rev-parse", "HEAD")


def test_a_committed_workload_has_the_commit_and_no_changes(repository):
    root, commit = repository
    (root / "other" / "train.py").write_text("print(2)\n")  # another workload's
    origin = origin_of(root / "churn")
    assert (origin["commit"], origin["dirty"]) == (commit, False)
    assert origin_in_words(origin) == f"commit {commit[:7]}"


@pytest.mark.parametrize("name", ["train.py", "new.py"])
def test_a_changed_or_new_file_counts_as_a_change(repository, name):
    root, commit = repository
    (root / "churn" / name).write_text("print(2)\n")
    origin = origin_of(root / "churn")
    assert origin["dirty"] is True
    assert origin_in_words(origin) == f"commit {commit[:7]}, with changes"


def test_a_change_in_a_folder_that_it_shares_counts(repository):
    root, _ = repository
    (root / "other" / "train.py").write_text("print(2)\n")
    assert origin_of(root / "churn", root / "churn" / ".." / "other")["dirty"] is True


def test_without_a_repository_or_git_there_is_no_commit(tmp_path, monkeypatch):
    assert origin_of(tmp_path)["commit"] == ""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert origin_of(tmp_path)["commit"] == ""
    assert origin_in_words(origin_of(tmp_path)) == "no git commit"
