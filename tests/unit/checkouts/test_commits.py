"""Both commits are synthesized by their own code, and the user's tree is left as it was."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from launchpad import paths
from launchpad.checkouts.commits import synthesize_both
from launchpad.checkouts.locks import dependency_note
from launchpad.checkouts.synthesis import Synthesis
from launchpad.messages.errors import LaunchpadError
from template_diff.compare import compare

WRITES = """
import json, os, pathlib, settings
template = {"Resources": {"It": {"Type": "AWS::SNS::Topic", "Properties": settings.PROPERTIES}}}
folder = pathlib.Path(os.environ["CDK_OUTDIR"]) / "dev"
folder.mkdir(parents=True)
(folder / "it.template.json").write_text(json.dumps(template))
"""
"""An app that is quick to synthesize: what it writes depends on a module of its commit."""


CDK_APP = """
import aws_cdk as cdk
from aws_cdk import aws_iam as iam, aws_sqs as sqs

app = cdk.App()
for name in ("dev", "prod"):
    stack = cdk.Stack(cdk.Stage(app, name), "storage")
    queue = sqs.Queue(stack, "{name}")
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    role.add_to_policy(iam.PolicyStatement(actions={actions}, resources=["*"]))
app.synth()
"""
SLEEPS = """
import os, pathlib, time
pathlib.Path({folder!r}, f"{{os.getpid()}}.pid").touch()
time.sleep(60)
"""
FAILS_AFTER_THE_OTHER_BEGAN = """
import pathlib, time
while not list(pathlib.Path({folder!r}).glob("*.pid")):
    time.sleep(0.05)
raise SystemExit(1)
"""


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "init.defaultBranch=main"]
    result = subprocess.run(["git", "-C", folder, *identity, *arguments], check=True, capture_output=True, text=True)
    return result.stdout.strip()


_ENDINGS = re.compile("_(py|txt|json)$")
Commit = Callable[..., str]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty repository; temporary folders are made next to it, so that leftovers show."""
    rooms = tmp_path / "rooms"
    rooms.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(rooms))
    root = tmp_path / "repository"
    root.mkdir()
    git(root, "init", "--quiet")
    yield root
    assert list(rooms.iterdir()) == []
    assert len(git(root, "worktree", "list").splitlines()) == 1


@pytest.fixture
def commit(repository: Path) -> Commit:
    def make(**files: str) -> str:
        for name, text in files.items():
            path = repository / _ENDINGS.sub(r".\1", name.replace("__", "/"))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        git(repository, "add", "--all")
        git(repository, "commit", "--quiet", "--allow-empty", "--message", "a commit")
        return git(repository, "rev-parse", "HEAD")

    return make


def properties(side: dict) -> dict:
    return side["dev", "it"]["Resources"]["It"]["Properties"]


def test_each_side_is_synthesized_by_its_own_modules(repository: Path, commit: Commit) -> None:
    base = commit(app_py=WRITES, settings_py="PROPERTIES = {'DisplayName': 'old'}")
    commit(settings_py="PROPERTIES = {'DisplayName': 'new'}")
    sides = synthesize_both(repository, base)
    assert (properties(sides.old), properties(sides.new)) == ({"DisplayName": "old"}, {"DisplayName": "new"})
    assert sides.compared.old == base[:9]


def test_uncommitted_changes_belong_to_the_new_side_and_stay_uncommitted(repository: Path, commit: Commit) -> None:
    commit(app_py=WRITES, settings_py="PROPERTIES = {}")
    (repository / "settings.py").write_text("PROPERTIES = {'DisplayName': 'draft'}")
    before = git(repository, "status", "--porcelain")
    sides = synthesize_both(repository, "main")
    assert properties(sides.new) == {"DisplayName": "draft"}
    assert properties(sides.old) == {}
    assert "uncommitted" in sides.compared.new
    assert git(repository, "status", "--porcelain") == before


def test_a_commit_does_not_borrow_modules_of_the_tree_that_is_installed(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    (checkout / "app.py").write_text("import template_diff")
    elsewhere = Synthesis(checkout, tmp_path / "one", installed_from=tmp_path, label="it")
    elsewhere.wait()
    with pytest.raises(LaunchpadError, match="No module named 'template_diff'"):
        Synthesis(checkout, tmp_path / "two", installed_from=paths.ROOT, label="it").wait()


def test_a_base_without_app_has_no_templates_and_says_so(repository: Path, commit: Commit) -> None:
    base = commit()
    commit(app_py=WRITES, settings_py="PROPERTIES = {}")
    sides = synthesize_both(repository, base)
    assert sides.old == {}
    assert ("dev", "it") in sides.new
    assert any("has no app.py: everything counts as added" in note for note in sides.compared.notes)


def test_feature_flags_of_each_sides_cdk_json_reach_its_app(repository: Path, commit: Commit) -> None:
    reads = "import json, os; PROPERTIES = {'DisplayName': json.loads(os.environ['CDK_CONTEXT_JSON'])['flag']}"
    base = commit(app_py=WRITES, settings_py=reads, cdk_json=json.dumps({"context": {"flag": "old"}}))
    commit(cdk_json=json.dumps({"context": {"flag": "new"}}))
    sides = synthesize_both(repository, base)
    assert (properties(sides.old), properties(sides.new)) == ({"DisplayName": "old"}, {"DisplayName": "new"})


def test_it_works_from_a_folder_within_the_tree(repository: Path, commit: Commit) -> None:
    commit(app_py=WRITES, settings_py="PROPERTIES = {}", deep__er__file_txt="")
    assert synthesize_both(repository / "deep" / "er", "HEAD").old


def test_hooks_of_the_user_do_not_run(repository: Path, commit: Commit) -> None:
    commit(app_py=WRITES, settings_py="PROPERTIES = {}")
    hook = repository / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {repository}/hook-ran\n")
    hook.chmod(0o755)
    synthesize_both(repository, "HEAD")
    assert not (repository / "hook-ran").exists()


@pytest.mark.parametrize("base", ["nonsense", "HEAD~5", "--help", ""])
def test_an_unknown_base_is_one_clear_line(repository: Path, commit: Commit, base: str) -> None:
    commit(app_py=WRITES, settings_py="PROPERTIES = {}")
    with pytest.raises(LaunchpadError) as caught:
        synthesize_both(repository, base)
    assert repr(base) in str(caught.value)
    assert "git log" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_in_a_shallow_clone_the_remedy_is_to_fetch(repository: Path, commit: Commit, tmp_path: Path) -> None:
    base = commit(app_py=WRITES, settings_py="PROPERTIES = {}")
    commit(settings_py="PROPERTIES = {'DisplayName': 'x'}")
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{repository}", str(shallow))
    with pytest.raises(LaunchpadError, match="git fetch"):
        synthesize_both(shallow, base)


def test_outside_a_repository_git_says_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(LaunchpadError, match="not a git repository"):
        synthesize_both(tmp_path, "HEAD")


@pytest.mark.parametrize("broken", ["old", "new"])
def test_a_side_that_fails_is_named_with_its_last_words(repository: Path, commit: Commit, broken: str) -> None:
    fails = "raise ValueError('no such subnet')"
    base = commit(app_py=WRITES, settings_py=fails if broken == "old" else "PROPERTIES = {}")
    commit(settings_py="PROPERTIES = {}" if broken == "old" else fails)
    with pytest.raises(LaunchpadError, match=r"(?s)app\.py failed.*ValueError: no such subnet") as caught:
        synthesize_both(repository, base)
    assert str(caught.value).startswith(base if broken == "old" else "the working tree")


def test_when_one_side_fails_the_other_one_is_ended(repository: Path, commit: Commit, tmp_path: Path) -> None:
    base = commit(app_py=FAILS_AFTER_THE_OTHER_BEGAN.format(folder=str(tmp_path)))
    commit(app_py=SLEEPS.format(folder=str(tmp_path)))
    with pytest.raises(LaunchpadError, match="it printed nothing"):
        synthesize_both(repository, base)
    (other,) = tmp_path.glob("*.pid")
    with pytest.raises(ProcessLookupError):
        os.kill(int(other.stem), 0)


def test_differing_dependencies_are_noted(repository: Path, commit: Commit) -> None:
    base = commit(app_py=WRITES, settings_py="PROPERTIES = {}", requirements__app_txt="a==1 \\\n    --hash=x\nb==2\n")
    commit(requirements__app_txt="a==1.1 \\\n    --hash=y\nb==2\nc==3\n")
    (note,) = synthesize_both(repository, base).compared.notes
    assert "a 1 → 1.1, c none → 3" in note


def test_equal_dependencies_are_not_noted(tmp_path: Path) -> None:
    assert dependency_note(tmp_path, tmp_path) is None


def launchpad_diff(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """The command in a separate process; its temporary folders are where those of the test are."""
    return subprocess.Popen(
        [sys.executable, "-c", "from launchpad.cli.main import app; app()", "diff", *arguments],
        cwd=folder,
        env={**os.environ, "TMPDIR": str(tempfile.gettempdir())},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_commits_of_a_real_app_are_compared_by_the_command(repository: Path, commit: Commit) -> None:
    base = commit(app_py=CDK_APP.format(name="Data", actions=["s3:GetObject"]))
    commit(app_py=CDK_APP.format(name="Datasets", actions=["s3:Get*"]))
    run = launchpad_diff(repository, base)
    report, progress = run.communicate(timeout=120)
    assert run.returncode == 5, progress
    assert report.startswith("**Data is lost and permissions are widened.**")
    assert "| **Loses data** | dev, prod · storage<br>" in report
    assert "`s3:GetObject` → `s3:Get*`" in report
    assert "synthesizing" in progress


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_no_worktree_no_folder_and_no_program(
    repository: Path, commit: Commit, tmp_path: Path, number: signal.Signals
) -> None:
    commit(app_py=SLEEPS.format(folder=str(tmp_path)))
    run = launchpad_diff(repository, "HEAD")
    try:
        deadline = time.monotonic() + 30
        while len(pid_files := list(tmp_path.glob("*.pid"))) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        run.send_signal(number)
        assert run.wait(20) == 128 + number
    finally:
        run.kill()
        run.communicate()
    assert len(pid_files) == 2
    for path in pid_files:
        with pytest.raises(ProcessLookupError):
            os.kill(int(path.stem), 0)


ACCOUNT_APP = """
import aws_cdk as cdk
from aws_cdk import aws_iam as iam

app = cdk.App()
stack = cdk.Stack(cdk.Stage(app, "dev", env=cdk.Environment(account={account}, region="eu-west-1")), "access")
role = iam.Role(stack, "Role", assumed_by=iam.AccountRootPrincipal())
queue = stack.format_arn(service="sqs", resource="q")
role.add_to_policy(iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[queue]))
app.synth()
"""


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [("None", "'111111111111'", False), ("'222222222222'", "'111111111111'", True)],
    ids=["named", "changed"],
)
def test_naming_the_account_widens_nothing(
    repository: Path, commit: Commit, before: str, after: str, changes: bool
) -> None:
    base = commit(app_py=ACCOUNT_APP.format(account=before))
    commit(app_py=ACCOUNT_APP.format(account=after))
    sides = synthesize_both(repository, base)
    difference = compare(sides.old, sides.new)
    assert bool(difference.permissions) is changes
    assert bool(compare(sides.old, sides.new, sides.old_locations, sides.new_locations).moves) is changes
    assert any("dev (111111111111)" in note for note in sides.compared.notes) is not changes
