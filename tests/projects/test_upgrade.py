"""`launchpad upgrade` and `diff` in a project, with a small platform of two releases."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from launchpad import paths
from launchpad.projects.files import RENEWED
from launchpad.projects.upgrade import UNDO
from tests.projects.programs import git, launchpad, run

APP = """
import json, os, pathlib
version = {version}
queue = {{"Type": "AWS::SQS::Queue", "Properties": {{"QueueName": f"data-{{version}}"}}}}
folder = pathlib.Path(os.environ["CDK_OUTDIR"]) / "dev"
folder.mkdir(parents=True)
(folder / "storage.template.json").write_text(json.dumps({{"Resources": {{"Data": queue}}}}))
"""
CHANGELOG = """# Changelog

## {name}

### Upgrade notes
{notes}
### Added
- The first feature.
{added}"""
MAKEFILE = f"""setup:
\t@mkdir -p .venv/bin; printf '#!/bin/sh\\nexec {sys.executable} "$$@"\\n' > .venv/bin/python; chmod +x .venv/bin/python
"""


def release(origin: Path, number: int, notes: str, added: str, keys: tuple[str, ...]) -> None:
    """Commit and tag one version of the small platform."""
    schema = json.dumps({"properties": {key: {} for key in keys}})
    files = {
        "app.py": APP.format(version=number),
        "cdk.json": "{}",
        "CHANGELOG.md": CHANGELOG.format(name="Unreleased" if number == 1 else "0.2.0", notes=notes, added=added),
        "Makefile": MAKEFILE,
        ".gitignore": ".venv/\n",
        "schemas/environment.schema.json": schema,
        "schemas/workload.schema.json": "{}",
        "launchpad/templates/project/Makefile": f"# version {number}\nsetup:\n\t@$(MAKE) -C platform setup\n",
        ".github/workflows/checks.yaml": "name: checks\n",
    }
    if number == 1:
        files[".github/workflows/old.yaml"] = "name: old\n"
    else:
        (origin / ".github" / "workflows" / "old.yaml").unlink()
    for name, text in files.items():
        (origin / name).parent.mkdir(parents=True, exist_ok=True)
        (origin / name).write_text(text)
    git(origin, "add", "--all")
    git(origin, "commit", "--quiet", "--message", f"version {number}")
    git(origin, "tag", f"v0.{number}.0")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project at v0.1.0 of a platform that has v0.2.0."""
    origin, folder = tmp_path / "origin", tmp_path / "models"
    for path in (origin, folder):
        path.mkdir()
        git(path, "init", "--quiet", "--initial-branch=main")
    release(origin, 1, "", "", ("region", "budget"))
    release(origin, 2, "- Queues have other names: empty them first.\n", "- Another one.\n", ("region", "cost"))
    git(folder, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", origin, "platform")
    git(folder / "platform", "checkout", "--quiet", "v0.1.0")
    (folder / "launchpad.toml").touch()
    (folder / ".gitignore").write_text("build/\n")
    (folder / "config").mkdir()
    (folder / "config" / "dev.yaml").write_text("name: dev\nregion: eu-west-1\n")
    workflows = folder / ".github" / "workflows"
    workflows.mkdir(parents=True)
    for name in ("checks", "old"):
        (workflows / f"{name}.yaml").write_text(f"{RENEWED}\nname: {name} of v0.1.0\n")
    (folder / "Makefile").write_text("# version 1\nsetup:\n\t@$(MAKE) -C platform setup\n")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "begin")
    return folder


def upgrade(project: Path, *options: str, text: str = ""):
    return launchpad("upgrade", *options, folder=project, text=text, LAUNCHPAD_ROOT=str(project / "platform"))


def test_an_upgrade_reports_what_is_lost_before_it_asks(project):
    result = upgrade(project, text="n\n")
    assert result.returncode == 1
    lines = [line for line in result.stdout.splitlines() if line]
    assert lines[0] == "The platform: v0.1.0 → v0.2.0"
    assert lines[1].startswith("Data is lost.")
    assert "dev · storage Data (SQS::Queue)" in result.stdout
    assert result.stdout.index("dev · storage Data") < result.stdout.index("Upgrade notes")
    assert "- Queues have other names: empty them first." in result.stdout
    assert "- Another one." in result.stdout
    assert "The first feature" not in result.stdout, "it is in the version in use"
    assert "environment: `budget` is gone" in result.stdout
    assert "environment: `cost` is new" in result.stdout
    assert "Replaced" in (project / "build" / "upgrade.md").read_text("utf-8")
    assert git(project, "status", "--porcelain") == ""
    assert git(project / "platform", "describe", "--tags") == "v0.1.0"


def test_an_upgrade_is_staged_and_can_be_taken_back(project):
    result = upgrade(project, "--yes")
    assert result.returncode == 0, result.stdout + result.stderr
    assert git(project / "platform", "describe", "--tags") == "v0.2.0"
    staged = git(project, "diff", "--cached", "--name-only").splitlines()
    assert staged == [".github/workflows/checks.yaml", ".github/workflows/old.yaml", "Makefile", "platform"]
    assert (project / "Makefile").read_text("utf-8").startswith("# version 2")
    assert not (project / ".github" / "workflows" / "old.yaml").exists()
    command = UNDO.replace("git submodule", "git -c protocol.file.allow=always submodule")
    assert run("bash", "-c", command, folder=project).returncode == 0
    assert git(project, "status", "--porcelain") == ""
    assert git(project / "platform", "describe", "--tags") == "v0.1.0"


def test_a_workflow_of_the_projects_own_is_left_with_a_note(project):
    own = project / ".github" / "workflows" / "checks.yaml"
    own.write_text("name: ours\n")
    git(project, "commit", "--quiet", "--all", "--message", "our checks")
    result = upgrade(project, "--yes")
    assert result.returncode == 0, result.stdout + result.stderr
    assert own.read_text("utf-8") == "name: ours\n"
    assert ".github/workflows/checks.yaml is your own and was left" in result.stdout
    assert "checks.yaml" not in git(project, "diff", "--cached", "--name-only")


def test_an_interrupted_upgrade_is_finished_by_the_next_one(project):
    git(project / "platform", "checkout", "--quiet", "v0.2.0")
    result = upgrade(project)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "the platform is at v0.2.0 already; what is installed from it is renewed" in result.stderr
    assert (project / "Makefile").read_text("utf-8").startswith("# version 2")
    assert "platform" in git(project, "diff", "--cached", "--name-only").splitlines()


def test_a_report_of_the_version_in_use_renews_nothing(project):
    git(project / "platform", "checkout", "--quiet", "v0.2.0")
    result = upgrade(project, "--only-report")
    assert (result.returncode, result.stderr.strip()) == (0, "the platform is at v0.2.0 already")
    assert (project / "Makefile").read_text("utf-8").startswith("# version 1")


def test_without_a_release_the_same_command_is_named_with_a_branch(project):
    for tag in ("v0.1.0", "v0.2.0"):
        git(project.parent / "origin", "tag", "--delete", tag)
        git(project / "platform", "tag", "--delete", tag)
    result = upgrade(project, "--only-report")
    assert "no release yet; name a branch or commit: `launchpad upgrade --only-report --to main`" in result.stderr
    reported = upgrade(project, "--only-report", "--to", "main")
    assert reported.returncode == 0, reported.stderr
    assert "environment: `cost` is new" in reported.stdout


def test_edits_of_the_platform_are_not_overwritten(project):
    (project / "platform" / "app.py").write_text("edited")
    result = upgrade(project, "--yes")
    assert "platform has edits (app.py); an upgrade would lose them" in result.stderr


def test_an_unknown_version_is_refused_with_the_known_ones(project):
    result = upgrade(project, "--to", "v9")
    assert "the platform has no version 'v9'; its releases: v0.2.0, v0.1.0" in result.stderr


def test_outside_a_project_there_is_nothing_to_upgrade():
    assert "this is no project" in launchpad("upgrade", folder=paths.ROOT).stderr


def test_a_diff_compares_with_the_platform_that_the_base_pinned(project):
    git(project / "platform", "checkout", "--quiet", "v0.2.0")
    result = launchpad("diff", "HEAD", folder=project, LAUNCHPAD_ROOT=str(project / "platform"))
    assert result.returncode == 3, result.stderr
    assert "data-1" in result.stdout
    assert "data-2" in result.stdout
