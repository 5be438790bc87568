"""A proposed pin is a branch with one commit of one file; nothing else in the checkout changes."""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from launchpad import paths
from launchpad.cli.commands import promote, rollback
from launchpad.cli.proposing import propose
from launchpad.messages.errors import LaunchpadError
from launchpad.promotions import candidate, proposal, targets
from launchpad.promotions.candidate import Candidate
from launchpad.promotions.earlier import artifacts_of, pins_before, refuse_other_pin_on_base, short_name
from launchpad.promotions.pull_request import commit, open_command, open_with_gh, push

WORKLOAD = "boston-housing"
PIN = "endpoints:\n  - workload: boston-housing\n    model_data: s3://b/boston-housing/models/{}/0123456789abcdef/model.tar.gz\n"


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    return subprocess.run(["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A config in a clone, with unfinished work on another branch."""
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "ada@example.com")
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", tmp_path / "remote"], check=True)
    git(tmp_path, "clone", "--quiet", "remote", "clone")
    clone = tmp_path / "clone"
    git(clone, "checkout", "--quiet", "-B", "main")
    (clone / "config").mkdir()
    file = clone / "config" / "qa.yaml"
    for job in ("a", "b"):
        file.write_text(PIN.format(job))
        git(clone, "add", ".")
        git(clone, "commit", "--quiet", "-m", job)
    git(clone, "push", "--quiet", "origin", "main")
    git(clone, "remote", "set-head", "origin", "main")
    git(clone, "checkout", "--quiet", "-b", "mine")
    (clone / "committed").write_text("mine")
    git(clone, "add", ".")
    git(clone, "commit", "--quiet", "-m", "mine")
    file.write_text(f"{PIN.format('b')}# unfinished\n")
    (clone / "staged").write_text("mine")
    git(clone, "add", "staged")
    return file


def change(text: str) -> str:
    return text.replace("/b/", "/c/")


def test_the_branch_has_one_file_on_top_of_the_base(config):
    status, head = git(config.parent, "status", "--porcelain"), git(config.parent, "rev-parse", "HEAD")
    branch = commit(config, "promote-wine-3-to-qa", "Promote\n", change)
    push(config, branch)
    assert (branch.old, branch.new) == (PIN.format("b"), change(PIN.format("b")))
    changes = git(config.parent, "diff", "--name-only", "origin/main", "origin/promote-wine-3-to-qa").split()
    assert changes == ["config/qa.yaml"]
    assert git(config.parent, "show", f"{branch.commit}:./qa.yaml") == branch.new
    assert git(config.parent, "status", "--porcelain") == status
    assert git(config.parent, "rev-parse", "HEAD") == head
    assert "# unfinished" in config.read_text()


def test_a_branch_that_exists_is_not_overwritten(config):
    commit(config, "promote-wine-3-to-qa", "Promote\n", change)
    with pytest.raises(LaunchpadError, match="promote-wine-3-to-qa exists already; push it, or delete it"):
        commit(config, "promote-wine-3-to-qa", "Promote\n", change)


def test_a_branch_that_was_pushed_is_not_to_be_pushed_again(config):
    push(config, commit(config, "promote-wine-3-to-qa", "Promote\n", change))
    with pytest.raises(LaunchpadError) as error:
        commit(config, "promote-wine-3-to-qa", "Promote\n", change)
    assert "promote-wine-3-to-qa is pushed to origin already: open its pull request" in str(error.value)
    assert "git push origin --delete promote-wine-3-to-qa" in str(error.value)


def test_nothing_is_proposed_where_the_base_has_the_pin(config):
    with pytest.raises(LaunchpadError, match="origin/main has this pin already"):
        commit(config, "promote-wine-3-to-qa", "Promote\n", str)


def test_without_a_remote_the_branch_begins_with_the_checkout(config):
    git(config.parent, "remote", "remove", "origin")
    branch = commit(config, "promote-wine-3-to-qa", "Promote\n", change)
    assert (branch.remote, branch.base) == ("", "")
    assert git(config.parent, "diff", "--name-only", "mine", branch.name).split() == ["config/qa.yaml"]


def test_without_gh_no_pull_request_is_opened(config, monkeypatch):
    branch = commit(config, "promote-wine-3-to-qa", "Promote\n", change)
    command = open_command(branch, "Promote wine", Path("build/promotion.md"))
    assert command[:7] == ["gh", "pr", "create", "--base", "main", "--head", "promote-wine-3-to-qa"]
    monkeypatch.setenv("PATH", "")
    assert open_with_gh(config.parent, command) is None


def test_what_was_pinned_before_is_in_the_history(config):
    (before,) = pins_before(config, WORKLOAD)
    assert artifacts_of(before) == ["s3://b/boston-housing/models/a/0123456789abcdef/model.tar.gz"]
    assert short_name(before) == "a"
    assert list(pins_before(config, "beer")) == []


def test_without_a_repository_nothing_was_pinned_before(tmp_path):
    file = tmp_path / "qa.yaml"
    file.write_text(PIN.format("a"))
    assert list(pins_before(file, WORKLOAD)) == []


@pytest.fixture
def older(config: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The config in a checkout of the commit before the base branch's last one."""
    monkeypatch.setattr(paths, "CONFIG", config.parent)
    git(config.parent, "checkout", "--quiet", "--force", "mine~2")
    return config


def test_an_older_checkout_proposes_no_earlier_pin(older, monkeypatch):
    settings = SimpleNamespace(direct_deploy=False, source=older)
    monkeypatch.setattr(rollback, "connect", lambda _: SimpleNamespace(settings=settings))
    monkeypatch.setattr(rollback, "find_platform", lambda _: None)
    with pytest.raises(LaunchpadError) as error:
        rollback.rollback("boston-housing", "qa", in_pull_request=True)
    assert "origin/main pins s3://b/boston-housing/models/b/" in str(error.value)
    assert "this checkout pins s3://b/boston-housing/models/a/" in str(error.value)


def test_the_same_pin_on_the_base_is_not_refused(config):
    refuse_other_pin_on_base(config, WORKLOAD)


@pytest.mark.parametrize(("in_pull_request", "job"), [(True, "b"), (False, "a")])
def test_what_a_promotion_replaces_is_what_it_changes(older, monkeypatch, in_pull_request, job):
    chosen = Candidate(WORKLOAD, "dev", "arn:aws:x:model-package/dev-boston-housing/7", "s3://x", "arn", "0" * 64, 1)
    proposals: list[Any] = []
    monkeypatch.setattr(promote, "connect", lambda _: SimpleNamespace(settings=None))
    monkeypatch.setattr(targets, "check_target", lambda *_: None)
    monkeypatch.setattr(candidate, "choose", lambda *_: chosen)
    monkeypatch.setattr(promote, "propose", lambda proposal, **_: proposals.append(proposal))
    promote.promote(WORKLOAD, "dev", "qa", in_pull_request=in_pull_request)
    assert f"/models/{job}/" in dict(proposals[0].facts)["replaces"]


def test_the_shown_change_is_the_one_that_is_proposed(older, monkeypatch):
    monkeypatch.setattr(proposal, "_validate", lambda *_: None)  # the config has its pins only
    pin = {"model_package": "arn:aws:x:model-package/qa-boston-housing/7"}
    proposed = proposal.Proposal("qa", WORKLOAD, pin, "Promote", "promote", [], "launchpad promote", "")
    content = propose(proposed, in_pull_request=True, yes=True, dry_run=True, json=False)
    assert "\n-    model_data: s3://b/boston-housing/models/b/" in content["report"]
